"""docker-compose.yml and Dockerfile as data, filled in as Compose and Docker would: for tests without either."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from catalogue.settings import ROOT

_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::(-|\?)([^}]*))?\})")


def variables(text: str) -> dict[str, str | None]:
    """Every variable that the file asks for, with its default; None where it has to be given."""
    asked = [match for match in _VARIABLE.finditer(text) if match[1]]
    return {match[1]: match[3] if match[2] == "-" else None for match in asked}


def filled(text: str, given: Mapping[str, str]) -> str:
    """The text with its variables; KeyError for one that has to be given and is not."""

    def value(match: re.Match[str]) -> str:
        if not match[1]:
            return "$"
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
