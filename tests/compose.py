"""docker-compose.yml and Dockerfile as data, filled in as Compose and Docker would, and as processes: for tests without
either."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from catalogue.settings import PREFIX, ROOT
from tests.serving import ask

PROGRAMS = {"hackgo": "catalogue.cli", "hackgo-index": "indexer.cli"}
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::(-|\?|\+)([^}]*))?\})")


def variables(text: str) -> dict[str, str | None]:
    """Every variable that the file asks for, with its default; None where it has to be given."""
    asked = [match for match in _VARIABLE.finditer(text) if match[1]]
    return {match[1]: match[3] if match[2] == "-" else None for match in asked}


def filled(text: str, given: Mapping[str, str]) -> str:
    """The text with its variables; KeyError for one that has to be given and is not."""

    def value(match: re.Match[str]) -> str:
        if not match[1]:
            return "$"
        if match[2] == "+":
            return match[3] if given.get(match[1]) else ""
        return given.get(match[1]) or (match[3] if match[2] == "-" else given[match[1]])

    return _VARIABLE.sub(value, text)


def dotenv(text: str) -> dict[str, str]:
    """The variables of a file such as ``.env``."""
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def compose_text() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def services(given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    parsed: dict[str, Any] = yaml.safe_load(filled(compose_text(), given))
    found: dict[str, dict[str, Any]] = parsed["services"]
    return found


@dataclass(frozen=True)
class Image:
    """What the last stage of the Dockerfile says."""

    bases: list[str]
    environ: dict[str, str]
    user: str
    entrypoint: list[str]
    command: list[str]
    healthcheck: list[str]


def image() -> Image:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    last = max(number for number, (word, _) in enumerate(lines) if word == "FROM")
    said = dict(lines[last:])
    return Image(
        bases=[rest.split()[0] for word, rest in lines if word == "FROM"],
        environ=dict(pair.split("=", 1) for word, rest in lines[last:] if word == "ENV" for pair in shlex.split(rest)),
        user=said["USER"],
        entrypoint=json.loads(said["ENTRYPOINT"]),
        command=json.loads(said["CMD"]),
        healthcheck=json.loads(said["HEALTHCHECK"].split(" CMD ")[1]),
    )


class Deployment:
    """Runs services of docker-compose.yml as processes: their entry point, command and environment."""

    def __init__(self, services: dict[str, dict[str, Any]], instead: dict[str, str], folder: Path) -> None:
        self._services = services
        self.instead = instead
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environ(self, name: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        said = {k: v for k, v in image().environ.items() if k.startswith(PREFIX)}
        return clean | said | self._services[name]["environment"] | self.instead

    def command(self, name: str, arguments: list[str] | None = None) -> list[str]:
        service = self._services[name]
        program, *rest = arguments or [*service.get("entrypoint", image().entrypoint), *service["command"]]
        here = [str(self.folder / word.lstrip("/")) if word.startswith("/") else word for word in rest]
        return [sys.executable, "-m", PROGRAMS[program], *here]

    def finish(self, name: str, arguments: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        command = self.command(name, arguments)
        return subprocess.run(
            command, env=self.environ(name), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
        )

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self.command(name), env=self.environ(name), cwd=ROOT, stdout=log, stderr=log
            )

    def stop(self, name: str) -> int:
        """As `docker stop` does; its grace period is part of the test."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        grace_s = {"s": 1, "m": 60}
        said = self._services[name]["stop_grace_period"]
        return process.wait(timeout=int(said[:-1]) * grace_s[said[-1]])

    def documents(self, engine: str) -> int | None:
        """What the web server's metrics say that this engine's index holds."""
        metrics = ask(f"{self.instead['HACKGO_API_URL']}/metrics").text
        found = re.search(rf'^hackgo_index_documents{{engine="{engine}"}} (\d+)', metrics, re.MULTILINE)
        return int(found[1]) if found else None

    def health(self, name: str) -> list[str]:
        test = self._services[name]["healthcheck"]["test"]
        assert test[0] == "CMD"
        words: list[str] = test[1:]
        return words

    def node_is_healthy(self, name: str, port: int, **instead: str) -> bool:
        """Does a search node's own test find it well, where it listens on this port?"""
        (kind, script) = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        home = self.folder / "node"  # where the certificates lie in the container
        home.joinpath("config").mkdir(parents=True, exist_ok=True)
        if not (home / "config" / "certificates").exists():
            (home / "config" / "certificates").symlink_to(self.folder / "certificates")
        script = script.replace("localhost:9200", f"localhost:{port}")
        environ = {"PATH": os.environ["PATH"], **self._services[name]["environment"], **instead}
        return subprocess.run(["sh", "-c", script], env=environ, cwd=home, check=False).returncode == 0
