"""Answers that tell how far long work is: a line of JSON whenever it got further, and how it ended as the last one.

No job is kept anywhere, so that any of several web servers gives such an answer. Who stops reading stops nothing: the
work goes on to its end, as it does where a request is given up.
"""

import json
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from catalogue.errors import CatalogueError
from catalogue.imports import Progress, State
from catalogue.problems import UNEXPECTED, document_of

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/x-ndjson"
MOST_LINES = 100  # of one state, however many rows there are
DESCRIPTION = (
    'Lines of JSON: `{"state": "planning" | "comparing" | "writing", "done": rows, "total": rows}` while it goes on; '
    'the last one is `{"state": "done", "result": …}` or `{"state": "refused", "problem": …}`.'
)


def told_in_lines(work: Callable[[Progress], BaseModel]) -> StreamingResponse:
    """Begin the work and answer while it is under way; its result, or its problem document, is the last line."""
    lines: SimpleQueue[str | None] = SimpleQueue()
    shares: dict[State, int] = {}

    def told(state: State, done: int, total: int) -> None:
        share = done * MOST_LINES // total
        if share > shares.get(state, 0):
            shares[state] = share
            lines.put(_line(state=state, done=done, total=total))

    def run() -> None:
        try:
            lines.put(_line(state="done", result=work(told).model_dump(mode="json")))
        except CatalogueError as error:
            lines.put(_line(state="refused", problem=document_of(error)))
        except Exception:
            log.exception("request.failed")
            lines.put(_line(state="refused", problem=UNEXPECTED))
        finally:
            lines.put(None)

    threading.Thread(target=run, name="told-in-lines").start()
    # A proxy that collects an answer before it passes it on would keep all lines to the end.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(iter(lines.get, None), media_type=MEDIA_TYPE, headers=headers)


def _line(**members: Any) -> str:
    return json.dumps(members, ensure_ascii=False) + "\n"
