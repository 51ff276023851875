"""What the programs log: events and fields, one JSON object a line in containers, and nothing that a person typed."""

import ast
import json
import re
import subprocess
import sys
from contextlib import suppress
from urllib.parse import quote

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from catalogue.settings import ROOT, Settings
from catalogue.up import is_ready
from tests import ports
from tests.conftest import environ
from tests.serving import ENDS_WITHIN_S, ask
from tests.small_catalogue import wait_for
from tests.test_architecture import MODULES, tree

EVENT = re.compile(r"[a-z]+\.[a-z_]+")
SECRET = "ความลับ secret-of-the-reader"
LEVELS = {"debug", "info", "warning", "error", "exception"}


def events() -> list[tuple[str, str]]:
    """(file, event) of every log line in the code."""
    found = []
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = ast.unparse(node.func.value)
            if owner == "log" or owner.startswith("logging.getLogger("):
                at = {"log": 1}.get(node.func.attr, 0 if node.func.attr in LEVELS else None)
                if at is not None:
                    found.append((path.as_posix(), ast.literal_eval(node.args[at])))
    return found


def test_every_event_is_a_noun_and_what_happened_to_it() -> None:
    assert len(events()) > 10
    for path, event in events():
        assert EVENT.fullmatch(event), f"{path}: {event}"


def test_every_event_is_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", page, re.MULTILINE)) == {event for _, event in events()}


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_servers_log_holds_nothing_that_a_reader_typed(own_settings: Settings, form: str) -> None:
    port = ports.port()
    url = f"http://127.0.0.1:{port}"
    log = own_settings.state_dir / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalogue.cli", "serve"],
            env=environ(own_settings, HACKGO_PORT=str(port), HACKGO_LOG_FORMAT=form),
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: is_ready(url))
        assert ask(f"{url}/api/v1/search", params={"q": SECRET}).status_code == 200
        assert ask(f"{url}/api/v1/search", params={"theme": "secret-of-the-reader"}).status_code == 422
        for path in ("api/v1/entries/", "p/", "app/", ""):
            ask(f"{url}/{path}{quote(SECRET)}?q={quote(SECRET)}")
        with suppress(WebSocketException), connect(f"ws://127.0.0.1:{port}/app/_stcore/stream?q={quote(SECRET)}"):
            pass
    finally:
        process.terminate()
        process.wait(timeout=ENDS_WITHIN_S)
    text = log.read_text(encoding="utf-8")
    for typed in (SECRET, quote(SECRET), "secret-of-the-reader", "127.0.0.1"):
        assert typed not in text
    assert "catalogue.opened" in text
    assert "request.refused" in text
    if form == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert {"at", "level", "event"} <= set.intersection(*(set(line) for line in lines))
        refused = next(line for line in lines if line["event"] == "request.refused")
        assert refused["slug"]
        assert refused["route"].startswith("/api/v1/")
