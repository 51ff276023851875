"""The HTTP API as schemas/examples/ records it, on a free port: what the tests of the UI talk to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

EXAMPLES = Path(__file__).resolve().parents[1] / "schemas" / "examples"
Answer = tuple[int, Any]
Edit = Callable[[str, Any], Any]
"""Given an example's name and document, what to answer instead."""

ENTRIES = {"PP-2569-00322": "entry-pain-point", "PR-2569-00082": "entry-proposal", "HK-2569-015": "entry-hackathon"}
STATUS = {"problem-404": 404, "problem-422": 422}


def example(name: str) -> Any:
    if name == "me":
        return {"signed_in": False}
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def example_for(path: str, query: dict[str, list[str]]) -> str:
    """The example that answers a request, by name."""
    if path.startswith("/api/v1/entries/"):
        entry_id = path.split("/")[4]
        return "similar" if path.endswith("/similar") else ENTRIES.get(entry_id, "problem-404")
    if path == "/api/v1/search":
        if query.get("theme") == ["nope"]:
            return "problem-422"
        q = query.get("q", [""])[0]
        return "search-newest" if not q else "search-empty" if q == "qwxzv" else "search"
    return path.removeprefix("/api/v1/")


@contextmanager
def serve(
    edit: Edit = lambda name, document: document, headers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, list[str]]]:
    """Serve the examples with these headers; gives the address and the list of requests answered so far."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            parts = urlsplit(self.path)
            name = example_for(parts.path, parse_qs(parts.query))
            body = json.dumps(edit(name, example(name))).encode()
            kind = "application/problem+json" if name in STATUS else "application/json"
            self.send_response(STATUS.get(name, 200))
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            for header in headers.items():
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
