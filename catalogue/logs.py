"""Log lines: ``noun.verb_past`` and fields. Never a query's text, a full URL, a name or an e-mail address."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

# The attributes that every record has; whatever else it carries was given as ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}

# Libraries whose information nobody needs, or may have: uvicorn.error tells every websocket's full URL and the address
# of its reader, httpx every URL that it asks.
_NOISY = ("httpx", "httpcore", "alembic", "uvicorn.access", "uvicorn.error", "watchdog")


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
    logging.captureWarnings(True)
    for noisy in _NOISY:
        # A filter, because Streamlit sets levels anew when it starts.
        logging.getLogger(noisy).addFilter(_is_trouble)


def adopt() -> None:
    """Take over the lines that Streamlit, since it started, sends to standard error in a form of its own."""
    for logger in logging.root.manager.loggerDict.values():
        own = vars(logger).pop("streamlit_console_handler", None)
        if isinstance(logger, logging.Logger) and own is not None:
            logger.removeHandler(own)
            logger.propagate = True


def _is_trouble(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
