"""Log lines: ``noun.verb_past`` and fields. Never a query's text, a full URL, a name or an e-mail address."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

# The attributes that every record has; whatever else it carries was given as ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class _Lines(logging.Formatter):
    def __init__(self, form: Literal["console", "json"]) -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self.form == "json":
            line = {"at": at, "level": record.levelname, "event": record.getMessage(), **fields}
            return json.dumps(line | ({"trace": trace} if trace else {}), ensure_ascii=False, default=str)
        pairs = " ".join(f"{name}={value}" for name, value in fields.items())
        return f"{at} {record.levelname:7} {record.getMessage()} {pairs}".rstrip() + (f"\n{trace}" if trace else "")


def configure(form: Literal["console", "json"]) -> None:
    """Send log lines to standard error in the given form; called once, by an entry point."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "uvicorn.access", "watchdog"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
