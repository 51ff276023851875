"""What the documents list is what the code has."""

import re

import pytest

from catalogue import errors
from catalogue.api import metrics, state
from catalogue.errors import CatalogueError, SettingsInvalid
from catalogue.settings import PREFIX, ROOT, Settings
from catalogue.web import accounts, pages


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_description() -> None:
    page = read("docs/settings.md")
    documented = dict(re.findall(r"^\| `(HACKGO_\w+)` \| .* \| (.+) \|$", page, re.MULTILINE))
    declared = {PREFIX + name.upper(): field.description or "" for name, field in Settings.model_fields.items()}
    assert documented.keys() == declared.keys()
    for name, description in declared.items():
        assert documented[name].startswith(description.rstrip(".").split(" (")[0]), name


def test_what_only_tests_read_is_no_setting() -> None:
    named = {"HACKGO_TEST_PICTURES": "var/pictures", "HACKGO_REQUIRE": "chromium"}
    assert Settings.from_env(named) == Settings.from_env({})
    with pytest.raises(SettingsInvalid, match="HACKGO_TESTS"):
        Settings.from_env({"HACKGO_TESTS": ""})


def test_every_address_outside_the_api_is_named() -> None:
    told = read("docs/architecture.md").partition("Addresses: ")[2].partition("\n\n")[0]
    routers = (pages.router, accounts.router, state.probes, metrics.router)
    served = {getattr(route, "path", "") for router in routers for route in router.routes}
    assert len(served) > 10
    for path in served | {"/openapi.json", "/static"}:
        assert f"`{path.replace('{entry_id}', '{id}')}`" in told, path


def test_every_error_is_documented() -> None:
    page = read("docs/problems.md")
    slugs = {e.slug for e in vars(errors).values() if isinstance(e, type) and issubclass(e, CatalogueError)}
    anchored = set(re.findall(r'<a id="([a-z-]+)">', page))
    assert anchored == slugs - {"unexpected"}


def test_every_error_has_titles_in_both_languages() -> None:
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, CatalogueError):
            assert re.search("[\u0e00-\u0e7f]", error.title_th)
            assert error.title_en
            assert 400 <= error.status <= 599


def test_the_readme_names_the_two_commands() -> None:
    readme = read("README.md")
    assert readme.index("python3 run.py demo") < readme.index("python3 run.py test")


def test_pictures_and_pages_that_documents_link_exist() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links {target}"
