"""What is the embedded engine's own: files that a killed process left, locks, and what damage looks like."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import IndexDamaged
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.index import Depth
from tests.engines import ANALYSER, CENTRES, FLOOD, FOUR, SMOKE, TAPS, asked, entry, fill

TOLD = replace(FLOOD, excerpts={"th": np.stack([FLOOD.vector, SMOKE.vector])})


def writer(folder: Path) -> EmbeddedWriter:
    return EmbeddedWriter(folder, ANALYSER)


def test_bytes_beyond_the_commit_are_never_read_and_written_over(tmp_path: Path) -> None:
    first = writer(tmp_path)
    name = fill(first, [TOLD, SMOKE])
    first.close()
    for file in (
        "entries.jsonl",
        "vectors.f32",
        "excerpts.i8",
    ):  # as a process leaves them that is killed before its commit
        with (tmp_path / name / file).open("ab") as out:
            out.write(b'{"slot": 2, "id": "half' * 9)
    assert set(EmbeddedReader(tmp_path).open().revisions()) == {"PP-1", "PP-2"}
    second = writer(tmp_path)
    second.write(name, [replace(TAPS, excerpts={"en": TAPS.vector[None]})], (), 2)
    second.close()
    index = EmbeddedReader(tmp_path).open()
    assert set(index.revisions()) == {"PP-1", "PP-2", "PP-3"}
    assert {i: sum(map(len, one.values())) for i, one in index.excerpts(index.revisions()).items()} == {
        "PP-1": 2,
        "PP-3": 1,
    }
    found = index.candidates(asked("taps", like=TAPS.title, language="en"), {}, Depth())
    assert found.cosine[found.ids.index("PP-3")] == pytest.approx(1, abs=1e-5)


def test_a_generation_has_one_writer_at_a_time_and_a_left_lock_file_is_no_lock(tmp_path: Path) -> None:
    first, second = writer(tmp_path), writer(tmp_path)
    name = fill(first, [FLOOD])
    with pytest.raises(IndexDamaged):
        second.write(name, [SMOKE], (), 2)
    first.write(name, [SMOKE], (), 2)
    first.close()
    assert (tmp_path / name / "terms" / ".tantivy-writer.lock").exists()
    second.write(name, [TAPS], (), 3)
    second.close()
    assert EmbeddedReader(tmp_path).live().documents == 3


def test_a_half_made_generation_is_passed_over_and_pruned(tmp_path: Path) -> None:
    one = writer(tmp_path)
    live = fill(one, [FLOOD])
    half = one.create("f1", CENTRES)
    (tmp_path / half / "header.json").unlink()
    assert [generation.name for generation in one.generations()] == [live]
    assert one.prune() == [half]
    assert not (tmp_path / half).exists()
    one.close()


def test_a_generation_that_cannot_be_read_is_not_promoted(tmp_path: Path) -> None:
    one = writer(tmp_path)
    live = fill(one, [FLOOD])
    broken = one.create("f1", CENTRES)
    one.write(broken, [SMOKE], (), 2)
    (tmp_path / broken / "vectors.f32").write_bytes(b"")
    with pytest.raises(IndexDamaged):
        one.promote(broken)
    assert EmbeddedReader(tmp_path).live().name == live
    one.close()


@pytest.mark.parametrize("file", ["header.json", "entries.jsonl", "vectors.f32", "excerpts.i8", "terms/meta.json"])
@pytest.mark.parametrize("how", ["gone", "empty", "garbled"])
def test_every_file_that_is_broken_is_noticed(tmp_path: Path, file: str, how: str) -> None:
    one = writer(tmp_path)
    name = fill(one, [TOLD, SMOKE, TAPS])
    one.close()
    broken = tmp_path / name / file
    if how == "gone":
        broken.unlink()
    else:
        broken.write_bytes(b"" if how == "empty" else b"\xff\x00" * (broken.stat().st_size // 2))
    with pytest.raises(IndexDamaged):
        EmbeddedReader(tmp_path).open().excerpts(["PP-1"])  # not read before they are shown


@pytest.mark.parametrize("pointer", ["", "[]", "{}", '{"name": "../elsewhere"}', '{"name": "gone-0001"}'])
def test_a_broken_pointer_is_damage_not_an_empty_index(tmp_path: Path, pointer: str) -> None:
    one = writer(tmp_path)
    fill(one, FOUR)
    one.close()
    (tmp_path / "live.json").write_text(pointer)
    with pytest.raises(IndexDamaged):
        EmbeddedReader(tmp_path).open()


def test_broken_term_files_are_damage_at_the_latest_when_they_are_read(tmp_path: Path) -> None:
    one = writer(tmp_path)
    name = fill(one, FOUR)
    one.close()
    for file in (tmp_path / name / "terms").glob("*.*"):
        if file.suffix in {".idx", ".term", ".pos", ".fast", ".store"}:
            file.write_bytes(b"\xff" * file.stat().st_size)
    with pytest.raises(IndexDamaged):
        EmbeddedReader(tmp_path).open().candidates(asked("น้ำท่วม"), {}, Depth())


def test_a_full_disk_is_told_as_such_and_what_was_committed_stays(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits the size of files, as a full disk does")
    one = writer(tmp_path)
    name = fill(one, FOUR)
    long = [replace(FLOOD, id=f"L-{i}", text=" ".join(f"word{i}x{n}" for n in range(3000))) for i in range(60)]
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for _ in range(2):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most[1]))
        try:
            with pytest.raises(OSError, match=name):
                one.write(name, long, (), 2)
            one.close()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, most)
        assert EmbeddedReader(tmp_path).live().documents == 4
    one.write(name, long, (), 2)
    one.close()
    assert EmbeddedReader(tmp_path).live().documents == 64


def test_an_index_that_disappears_under_a_reader_is_noticed(tmp_path: Path) -> None:
    one = writer(tmp_path)
    name = fill(one, FOUR)
    one.close()
    reader = EmbeddedReader(tmp_path)
    assert reader.live().documents == 4
    shutil.rmtree(tmp_path / name)
    with pytest.raises(IndexDamaged):
        reader.open()


def test_a_generation_that_was_deleted_and_built_anew_under_its_name_is_read_anew(tmp_path: Path) -> None:
    first = writer(tmp_path)
    name = fill(first, [FLOOD, SMOKE])
    first.close()
    reader = EmbeddedReader(tmp_path)
    assert reader.live().documents == 2
    shutil.rmtree(tmp_path / name)
    (tmp_path / "live.json").unlink()
    again = writer(tmp_path)
    assert fill(again, [TAPS]) == name
    again.close()
    assert set(reader.open().revisions()) == {"PP-3"}


def test_readers_in_threads_see_whole_commits_while_a_writer_goes_on(tmp_path: Path) -> None:
    one = writer(tmp_path)
    name = fill(one, FOUR)
    reader, wrong, done = EmbeddedReader(tmp_path), list[object](), threading.Event()

    def ask() -> None:
        while not done.is_set():
            index = reader.open()
            pairs = {i[:-1] for i in index.revisions() if i.startswith("W")}
            if index.info.documents != 4 + 2 * len(pairs) or index.info.revision != 1 + len(pairs):
                wrong.append(index.info)
            found = index.candidates(asked("เขียนใหม่"), {}, Depth())
            if not np.isfinite(found.cosine).all():
                wrong.append(found.ids)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(15):
        one.write(name, [entry(f"W{turn}a", "เขียนใหม่"), entry(f"W{turn}b", "เขียนใหม่")], (), turn + 2)
    done.set()
    for thread in threads:
        thread.join()
    one.close()
    assert wrong == []
    assert reader.live().documents == 34
