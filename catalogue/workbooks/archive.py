"""Looks at an uploaded workbook as a zip archive before anything in it is parsed."""

import io
import zipfile
import zlib

from catalogue.workbooks import limits
from catalogue.workbooks.refusals import refused

CHUNK = 256 * 1024
ENCRYPTED = 0x1  # flag of a zip entry
# Ratios of small parts mean nothing: a list of 400 equal styles shrinks a hundred times.
SMALL = limits.MEBIBYTE


def check_archive(data: bytes) -> None:
    """Raise ``FileRefused`` unless the bytes are an XLSX workbook of sensible size without macros and DTDs.

    What the archive says of itself is checked first; then everything is unpacked once, piece by piece and kept
    nowhere, because headers may lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_headers(archive.infolist(), len(data))
            _check_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise refused("damaged") from error


def _check_headers(parts: list[zipfile.ZipInfo], size: int) -> None:
    names = [part.filename for part in parts]
    folded = {name.casefold() for name in names}
    if len(names) > limits.MOST_ENTRIES or len(folded) < len(names):
        raise refused("archive-entries")
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise refused("encrypted")
    if "mimetype" in folded and "content.xml" in folded:
        raise refused("opendocument")
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in folded):
        raise refused("macros")
    if "xl/workbook.bin" in folded:
        raise refused("binary-workbook")
    if "[content_types].xml" not in folded or not any(name.startswith("xl/") for name in folded):
        raise refused("not-a-workbook")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.MOST_UNPACKED or (unpacked > SMALL and unpacked > limits.MOST_RATIO * size):
        raise refused("archive-bomb")
    for part in parts:
        if part.file_size > SMALL and part.file_size > limits.MOST_RATIO * part.compress_size:
            raise refused("archive-bomb")


def _check_parts(archive: zipfile.ZipFile) -> None:
    unpacked = 0
    for part in archive.infolist():
        end = b""
        with archive.open(part) as stream:
            while piece := stream.read(CHUNK):
                unpacked += len(piece)
                if unpacked > limits.MOST_UNPACKED:
                    raise refused("archive-bomb")
                # UTF-16 says the same with zeros in between; a word may lie across two pieces.
                seen = end + piece.replace(b"\0", b"")
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise refused("document-type")
                end = seen[-9:]
