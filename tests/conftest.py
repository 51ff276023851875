"""How the tests are set up.

Fakes stand only at ports: the clock, the embedder, the HTTP client. What is slow and never changed by a test (the
real model, the sample catalogue in a store and an index) is made once per session. Vectors of the sample are cached
in var/test-vectors across sessions, keyed by model and text, as in the product. A server that is not installed is a
visible skip; HACKGO_REQUIRE names those whose absence is an error (CI).
"""

import datetime
import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest
from fastapi.testclient import TestClient

from catalogue.api.parts import Parts
from catalogue.app import build_api, open_parts
from catalogue.loading import load_sample
from catalogue.locks import exclusive
from catalogue.search.analysis import Analyser
from catalogue.search.index import IndexWriter
from catalogue.settings import ROOT, SCHEMAS, Settings
from catalogue.store import Store
from catalogue.vocabulary import Vocabulary, read_vocabulary
from tests import databases, ports, postgres
from tests.engines import ANALYSER, ENGINES, Embedded, Engine, OnCluster
from tests.opensearch import node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOON = datetime.datetime(2026, 11, 24, 5, 0, tzinfo=datetime.UTC)
VECTORS = ROOT / "var" / "test-vectors"

# Files that took longest (`--durations=0`), so that the workers end together: each takes a file when it has done one.
LONGEST_FIRST = (
    "test_drills",
    "test_outage",
    "test_deployment",
    "test_agreement",
    "test_lease",
    "test_kill",
    "test_ui_work",
    "test_ui_form",
    "test_ui_review",
    "test_mail_server",
    "test_import_drill",
    "test_browser",
    "test_browser_pages",
    "test_indexer_command",
    "test_browser_uploads",
    "test_duplicates_api",
    "test_import_command",
    "test_scale",
    "test_backup",
    "test_up",
    "test_attack_files",
    "test_browser_work",
    "test_golden",
    "test_browser_curation",
    "test_logs",
    "test_damage",
    "test_browser_accounts",
    "test_store_concurrency",
)


# What HACKGO_REQUIRE may name: a name that is mistyped would require nothing.
SERVERS = frozenset({"chromium", "libreoffice", "model", "opensearch", "postgres", "sentence-transformers"})


# A deadline for one example, or too few of them in a second, tells of a busy machine only.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_configure() -> None:
    """Refuse what HACKGO_REQUIRE cannot mean, and let Ctrl-C reach the programs that tests start: a shell has those
    ignore it that it runs in the background.
    """
    if unknown := required() - SERVERS:
        raise pytest.UsageError(f"HACKGO_REQUIRE names {sorted(unknown)}; it may name {sorted(SERVERS)}")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in order."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def pytest_collection_finish() -> None:
    """Keep the collector from looking through a million objects that stay, such as the dictionary, all the time."""
    gc.freeze()


def required() -> set[str]:
    """The servers whose absence is an error."""
    return {name for name in os.environ.get("HACKGO_REQUIRE", "").split(",") if name}


def absent(name: str, how: str) -> NoReturn:
    """Skip visibly, or fail where the server is required."""
    assert name in SERVERS
    message = f"{name} is not installed: {how}"
    if name in required():
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def analyser() -> Analyser:
    """The product's analyser; it keeps nothing of what it read."""
    return ANALYSER


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server: the one that the environment names, or one of our own."""
    given, programs = os.environ.get("HACKGO_TEST_POSTGRES_URL"), postgres.binaries()
    if given:
        yield postgres.Server(given)
    elif programs is None:
        absent("postgres", postgres.HOW)
    else:
        with postgres.own_server(programs) as server:
            yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> databases.NewDatabase:
    """Each database in turn: makes empty ones."""
    if request.param == "sqlite":
        return databases.files(tmp_path_factory.mktemp("databases"))
    return databases.of_server(request.getfixturevalue("postgres_server"))


@pytest.fixture
def database(new_database: databases.NewDatabase) -> Iterator[databases.Database]:
    """An empty database, one test for each kind."""
    with new_database() as made:
        yield made


@pytest.fixture
def url(database: databases.Database) -> str:
    """The URL of an empty database."""
    return database.url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store, on each kind of database in turn."""
    opened = Store.open(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return read_vocabulary(SCHEMAS)


@pytest.fixture(scope="session")
def sample_settings(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> Settings:
    """A state folder with the sample catalogue in store and index. Read only: tests that write copy it."""
    state = tmp_path_factory.mktemp("sample")
    settings = Settings(state_dir=state, vector_cache=str(VECTORS))
    store = Store.open(settings.database)
    load_sample(store, vocabulary, NOON)
    store.close()
    with exclusive(VECTORS / "lock", wait=True):  # of several workers the first embeds it, the others find its vectors
        subprocess.run([sys.executable, "-m", "indexer.cli", "rebuild"], env=environ(settings), check=True, cwd=ROOT)
    return settings


@pytest.fixture
def own_settings(sample_settings: Settings, tmp_path: Path) -> Settings:
    """A copy of the sample's state folder that a test may change."""
    shutil.copytree(sample_settings.state_dir, tmp_path / "state")
    return sample_settings.model_copy(update={"state_dir": tmp_path / "state"})


@pytest.fixture(scope="session")
def parts(sample_settings: Settings) -> Iterator[Parts]:
    """The sample catalogue behind real parts: store, index, model."""
    made = open_parts(sample_settings)
    yield made
    made.store.close()


def environ(settings: Settings, **more: str) -> dict[str, str]:
    """The environment of a child process with these settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HACKGO_")}
    return clean | {
        "HACKGO_STATE_DIR": str(settings.state_dir),
        "HACKGO_DATABASE_URL": settings.database_url,
        "HACKGO_VECTOR_CACHE": settings.vector_cache,
        "HACKGO_PORT": str(settings.port),
        **more,
    }


@pytest.fixture(scope="module")
def client(parts: Parts) -> Iterator[TestClient]:
    """The JSON API over the sample catalogue, with the real model, index and store."""
    app = build_api()
    app.state.parts = parts
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="session")
def product_url(sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole product as `hackgo up --demo` runs it, on a copy of the sample's state; its address."""
    from catalogue.up import is_ready
    from tests.serving import ENDS_WITHIN_S, ask
    from tests.small_catalogue import wait_for

    state = tmp_path_factory.mktemp("product") / "state"
    shutil.copytree(sample_settings.state_dir, state)
    port = ports.port()
    settings = sample_settings.model_copy(update={"state_dir": state, "port": port})
    with (state / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalogue.leash", "catalogue.cli", "up", "--demo"],
            env=environ(settings),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:

        def ready() -> bool:
            assert process.poll() is None, (state / "up.log").read_text()
            return is_ready(url)

        wait_for(ready)
        ask(f"{url}/readyz").raise_for_status()
        yield url
    finally:
        process.communicate(timeout=ENDS_WITHIN_S)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A real Chromium; it goes with the module, because its event loop would stand in the way of others."""
    from tests.browsing import chromium

    with chromium() as launched:
        yield launched


@contextmanager
def own_nodes(folder: Path, heap_mb: int = 256) -> Iterator[Sequence[node.Node]]:
    """A cluster of one node that a test may stop, whatever HACKGO_TEST_OPENSEARCH_URL names."""
    with ExitStack() as held:
        try:
            nodes = held.enter_context(node.cluster(folder, heap_mb=heap_mb))
        except node.Absent as error:
            absent("opensearch", f"it needs {error}")
        yield nodes


@pytest.fixture(scope="session")
def opensearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real OpenSearch: the one that is named, or a node of our own."""
    if named := os.environ.get("HACKGO_TEST_OPENSEARCH_URL"):
        yield named
        return
    with own_nodes(tmp_path_factory.mktemp("opensearch")) as (one,):
        yield one.url


@pytest.fixture
def on_cluster(opensearch_url: str) -> Iterator[OnCluster]:
    """The engine on a cluster, empty."""
    made = OnCluster(opensearch_url)
    yield made
    made.cluster.delete_all(made.alias)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Each engine in turn, empty."""
    if request.param == "embedded":
        return Embedded(tmp_path)
    made: Engine = request.getfixturevalue("on_cluster")
    return made


@pytest.fixture
def writer(engine: Engine) -> Iterator[IndexWriter]:
    """The writer of the engine under test."""
    made = engine.writer()
    yield made
    made.close()
