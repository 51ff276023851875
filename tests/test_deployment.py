"""The deployment without Docker: the files say what they must, and their commands run as processes, as they stand."""

import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from catalogue import deployment
from catalogue.curation import Status
from catalogue.deployment import NODES, environment
from catalogue.loading import SAMPLE
from catalogue.settings import PREFIX, ROOT, Settings
from catalogue.store import STATUS_CHANGED, Change, Store
from tests import compose, ports
from tests.compose import Deployment
from tests.conftest import VECTORS, absent
from tests.postgres import Server
from tests.serving import ask
from tests.small_catalogue import wait_for
from tests.tls_proxy import tls_proxy

pytestmark = pytest.mark.skipif(os.name != "posix", reason="containers are Linux's")

FOLLOWING = ("indexer", "tick", "web")
OURS = ("certificates", "migrate", *FOLLOWING)
PINNED = re.compile(r"[a-z/]+:\d+\.\d+\.?\d*(-[a-z-]+)?")


@pytest.fixture(scope="module")
def given() -> dict[str, str]:
    return compose.dotenv(environment(1))


@pytest.fixture(scope="module")
def services(given: dict[str, str]) -> dict[str, dict[str, Any]]:
    return compose.services(given)


def hackgo(*arguments: str, program: str = "hackgo", environ: dict[str, str] | None = None) -> list[str] | Any:
    command = [sys.executable, "-m", compose.PROGRAMS[program], *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.run(command, env=clean | (environ or {}), cwd=ROOT, capture_output=True, text=True, check=False)


# ---- passwords and certificates


def test_the_environment_file_has_what_compose_asks_for_and_is_never_overwritten(tmp_path: Path) -> None:
    made = hackgo("env", str(tmp_path))
    assert made.returncode == 0, made.stderr
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    values, asked = compose.dotenv(text), compose.variables(compose.compose_text())
    assert values.keys() == asked.keys()
    passwords = [value for name, value in values.items() if "PASSWORD" in name]
    assert len(passwords) == len(set(passwords)) == 3
    for password in passwords:
        assert password not in made.stdout + made.stderr
        assert len(password) > 30
        assert all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[-_]"))
        assert re.fullmatch(r"[\w-]+", password), "nothing that Compose or a shell reads as something else"
    again = hackgo("env", str(tmp_path))
    assert again.returncode == 2
    assert "docs/howto/rotate-a-password.md" in again.stderr
    assert file.read_text() == text


def test_three_nodes_are_addressed_by_the_names_of_the_services(services: dict[str, Any]) -> None:
    values = compose.dotenv(environment(3))
    assert values["COMPOSE_PROFILES"] == "cluster"
    assert values["OPENSEARCH_URL"] == ",".join(f"https://{name}:9200" for name in NODES)
    assert [name for name in services if name.startswith("opensearch")] == list(NODES)
    assert hackgo("env", "--nodes", "2", "/").returncode == 2


@pytest.mark.parametrize("nodes", [1, 3])
def test_a_node_that_lost_its_disk_founds_no_cluster_beside_the_others(nodes: int) -> None:
    services = compose.services(compose.dotenv(environment(nodes)))
    for name in NODES[:nodes]:
        founders = services[name]["environment"]["cluster.initial_cluster_manager_nodes"]
        assert founders.split(",") == list(NODES[:nodes]), "more than half of them have to meet"


def test_certificates_are_made_once_and_hold_for_the_nodes_alone(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        absent("opensearch", "its certificates need openssl (apt install openssl)")
    ours, others = tmp_path / "ours", tmp_path / "others"
    for folder in (ours, others):
        assert deployment.make_certificates(folder)
    assert sorted(path.name for path in ours.iterdir()) == ["ca.pem", "node-key.pem", "node.pem"]
    assert stat.S_IMODE((ours / "node-key.pem").stat().st_mode) == 0o600
    before = {path.name: path.read_bytes() for path in ours.iterdir()}
    assert not deployment.make_certificates(ours)
    assert {path.name: path.read_bytes() for path in ours.iterdir()} == before

    for name in (*NODES, "localhost"):
        assert shake_hands(ours, ours / "ca.pem", name)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(ours, ours / "ca.pem", "elsewhere")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shake_hands(ours, others / "ca.pem", "opensearch")


def shake_hands(folder: Path, ca: Path, name: str) -> str | None:
    """The TLS version that a client which trusts ``ca`` agrees on with a node that calls itself ``name``."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "node.pem", folder / "node-key.pem")
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server_side.wrap_socket(far, server_side=True).close()
        except OSError:
            far.close()  # the client refused: its error is what the test is about

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client = ssl.create_default_context(cafile=str(ca))
        with client.wrap_socket(near, server_hostname=name) as shaken:
            return shaken.version()
    finally:
        near.close()
        thread.join()


# ---- what the files say


def test_images_are_pinned_and_ours_runs_without_root(services: dict[str, dict[str, Any]]) -> None:
    image = compose.image()
    for name in [*image.bases, *(service["image"] for service in services.values())]:
        assert PINNED.fullmatch(name), name
    assert {services[name]["image"] for name in OURS} == {f"hackgo:{project_version()}"}
    assert image.user == "1000:1000"
    assert image.entrypoint == ["hackgo"]
    for name in OURS:
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]


def project_version() -> str:
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        version: str = tomllib.load(file)["project"]["version"]
    return version


def test_the_image_installs_by_hash_alone_and_copies_only_what_is_named() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install (.*)", text)
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: --requirement requirements.lock" in installs[0]
    assert "--no-index --no-deps" in installs[1]
    wanted = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line.removeprefix("!") for line in wanted if line.startswith("!")]
    assert wanted[1] == "*"
    assert all((ROOT / path).exists() for path in kept)
    assert {"catalogue", "indexer", "ui", "schemas", "requirements.lock", "pyproject.toml"} <= set(kept)
    assert not {".env", "var", ".git", "."} & set(kept)


def test_every_setting_is_known_and_read_alike_by_all(services: dict[str, dict[str, Any]]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    image = compose.image().environ
    for name, service in services.items():
        ours = {key for key in {**service.get("environment", {}), **image} if key.startswith(PREFIX)}
        assert ours <= known, name
    for name in OURS[1:]:
        assert services[name]["environment"].items() <= services["web"]["environment"].items()
        settings = Settings.from_env(image | services[name]["environment"])
        assert (settings.engine, settings.fallback) == ("opensearch", "embedded")


def test_only_the_web_server_has_a_port_and_on_loopback_alone(services: dict[str, dict[str, Any]]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert services["web"]["ports"] == ["127.0.0.1:8080:8080"]
    assert [name for name, service in services.items() if "outside" in service["networks"]] == ["tick", "web"]
    assert all("network_mode" not in service for service in services.values())


def test_the_proxy_tells_who_asks_and_lets_the_largest_file_through(services: dict[str, dict[str, Any]]) -> None:
    """Else all visitors count as one, and are slowed down together."""
    assert services["web"]["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    proxy = (ROOT / "docs" / "howto" / "deploy.md").read_text(encoding="utf-8").split("server {")[1].split("```")[0]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy, "replaced: a visitor's own counts for nothing"
    (most_mb,) = re.findall(r"client_max_body_size (\d+)m;", proxy)
    assert int(most_mb) > Settings().upload_mb


def test_the_cluster_has_security_and_certificates_of_its_own(services: dict[str, dict[str, Any]]) -> None:
    for name in NODES:
        environ = services[name]["environment"]
        assert environ["node.name"] == name
        assert environ["plugins.security.ssl.http.enabled"] == "true"
        assert "plugins.security.disabled" not in environ
        assert "DISABLE_SECURITY_PLUGIN" not in environ
        files = {"pemcert": deployment.NODE, "pemkey": deployment.NODE_KEY, "pemtrustedcas": deployment.CA}
        for layer in ("http", "transport"):
            for what, file in files.items():
                assert environ[f"plugins.security.ssl.{layer}.{what}_filepath"] == f"certificates/{file}"
        assert set(environ["discovery.seed_hosts"].split(",")) == set(NODES)
        assert services[name].get("profiles") == (None if name == NODES[0] else ["cluster"])
    web = services["web"]["environment"]
    assert all(address.startswith("https://") for address in web["HACKGO_OPENSEARCH_URL"].split(","))
    assert web["HACKGO_OPENSEARCH_CA_FILE"] == "/certificates/ca.pem"


def test_services_wait_for_what_tells_that_it_is_ready(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            other = services[needed]
            disabled = other.get("healthcheck", {}).get("disable", False)
            if how["condition"] == "service_healthy":
                assert other["healthcheck"]["test"], f"{name} waits for {needed}"
            elif how["condition"] == "service_completed_successfully":
                assert other["restart"] == "no"
                assert disabled
            else:
                assert how["condition"] == "service_started"
        assert service["restart"] in ("no", "unless-stopped")
    volumes = {mount.split(":")[0] for service in services.values() for mount in service.get("volumes", ())}
    assert all(f"\n  {volume}: {{}}" in compose.compose_text() for volume in volumes)


def test_no_password_stands_in_a_file_that_is_committed(given: dict[str, str]) -> None:
    text = compose.compose_text() + (ROOT / "Dockerfile").read_text(encoding="utf-8")
    values = re.findall(r"(?:PASSWORD|password)\w*[=:] *(\S+)", text)
    assert values
    assert all(value.startswith(("$", "make", "once")) for value in values), values
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


# ---- the commands, as they stand


@pytest.fixture
def deployed(services: dict[str, dict[str, Any]], tmp_path: Path) -> Iterator[Callable[..., Deployment]]:
    """Makes a deployment on these servers: what they are is said by the environment that replaces the file's. Another
    one beside it has a folder of its own.
    """
    made: list[Deployment] = []

    def deploy(servers: dict[str, str], beside: str = ".") -> Deployment:
        port = ports.port()
        own = {
            "HACKGO_STATE_DIR": str(tmp_path / "state"),
            "HACKGO_VECTOR_CACHE": str(VECTORS),
            "HACKGO_HOST": "127.0.0.1",
            "HACKGO_PORT": str(port),
            "HACKGO_API_URL": f"http://127.0.0.1:{port}",
        }
        (tmp_path / beside / "state").mkdir(parents=True)
        made.append(Deployment(services, own | servers, tmp_path / beside))
        return made[-1]

    yield deploy
    for product in made:
        for process in product.running.values():
            process.kill()
            process.wait()


EMBEDDED = dict.fromkeys(("HACKGO_DATABASE_URL", "HACKGO_FALLBACK", "HACKGO_OPENSEARCH_URL"), "")
EMBEDDED["HACKGO_ENGINE"] = "embedded"


def run_through(product: Deployment) -> str:
    """Start everything in the order of depends_on, import entries while it runs, search; the web server's address."""
    url = product.environ("web")["HACKGO_API_URL"]
    assert product.finish("web", product.health("web")).returncode == 1, "not healthy before it runs"
    migrated = product.finish("migrate")
    assert (migrated.returncode, migrated.stdout) == (0, "revision 0\n"), migrated.stderr
    for name in FOLLOWING:
        product.start(name)
    wait_for(lambda: product.finish("web", product.health("web")).returncode == 0)
    file = str(SAMPLE / "hackathons.jsonl")
    command = [sys.executable, "-m", "catalogue.cli", "import", file, "--commit"]
    imported = subprocess.run(command, env=product.environ("web"), cwd=ROOT, capture_output=True, check=False)
    assert imported.returncode == 0, imported.stderr
    wait_for(lambda: ask(f"{url}/api/v1/index").json()["documents"] == 59)
    asked = f"{url}/api/v1/search?q=hackathon"
    wait_for(lambda: not ask(asked).json()["degraded"])  # an engine that has just started may be late once
    assert ask(asked).json()["hits"]
    assert ask(f"{url}/app/").status_code == 200
    return url


def stop_all(product: Deployment) -> str:
    """Stop all that runs, in order; what they logged."""
    for name in FOLLOWING:
        # uvicorn shuts down in order, and then ends by the signal that told it to.
        assert product.stop(name) in ((0, -signal.SIGTERM) if name == "web" else (0,)), name
    text = "".join((product.folder / f"{name}.log").read_text() for name in FOLLOWING)
    assert "Traceback" not in text
    return text


def test_the_services_run_as_the_file_says(deployed: Callable[[dict[str, str]], Deployment]) -> None:
    product = deployed(EMBEDDED)
    run_through(product)
    stop_all(product)


def test_the_services_run_as_the_file_says_on_real_servers(
    deployed: Callable[[dict[str, str]], Deployment],
    given: dict[str, str],
    postgres_server: Server,
    opensearch_url: str,
    tmp_path: Path,
) -> None:
    """PostgreSQL, and OpenSearch behind TLS with the certificates of the service and the passwords of the file."""
    with postgres_server.database() as database_url:
        database = make_url(database_url)
        product = deployed(
            {
                # As in the file, the address has no password: it is in PGPASSWORD alone.
                "HACKGO_DATABASE_URL": database._replace(password=None).render_as_string(),
                "PGPASSWORD": str(database.password),
                "HACKGO_OPENSEARCH_CA_FILE": str(tmp_path / "certificates" / deployment.CA),
                "HACKGO_OPENSEARCH_INDEX": f"deployed-{os.getpid()}",
            }
        )
        assert product.finish("certificates").returncode == 0
        ours, theirs = given["OPENSEARCH_PASSWORD"], given["OPENSEARCH_ADMIN_PASSWORD"]
        passwords = {product.environ("web")["HACKGO_OPENSEARCH_USER"]: ours, "admin": theirs}
        with tls_proxy(opensearch_url, tmp_path, tmp_path / "certificates", passwords) as port:
            for name in NODES:
                assert product.node_is_healthy(name, port)
            assert not product.node_is_healthy(name, port, OPENSEARCH_INITIAL_ADMIN_PASSWORD="wrong")
            product.instead["HACKGO_OPENSEARCH_URL"] = f"https://localhost:{port}"
            url = run_through(product)
            assert ask(f"{url}/readyz").json()["engine"] == "opensearch"
            for engine in ("opensearch", "embedded"):
                wait_for(lambda engine=engine: product.documents(engine) == 59)  # type: ignore[misc]
            metrics = ask(f"{url}/metrics").text
            assert 'hackgo_engine_up{engine="opensearch"} 1.0' in metrics
            text = stop_all(product)
            secrets = (ours, str(database.password), f"{database.host}:{database.port}", f"localhost:{port}")
            assert not [secret for secret in secrets if secret in text]


def test_the_next_version_runs_beside_this_one_as_the_howto_says(
    deployed: Callable[..., Deployment], postgres_server: Server, opensearch_url: str, tmp_path: Path
) -> None:
    """Two of one version here: on one store and one cluster, and nothing else is shared."""
    text = (ROOT / "docs" / "howto" / "upgrade.md").read_text(encoding="utf-8")
    commands = re.findall(r"docker compose run --detach[^`]*?(?<= )(indexer|web)\n", text)
    told, again = (dict(re.findall(r"--env (\w+)=(\S+)", part)) for part in text.split("run --detach")[1:])
    assert (commands, told) == (["indexer", "web"], again)
    index, state = f"beside-{os.getpid()}", str(tmp_path / "state")
    with postgres_server.database() as database_url:
        servers = {"HACKGO_DATABASE_URL": database_url, "HACKGO_OPENSEARCH_URL": opensearch_url}
        servers |= {f"HACKGO_OPENSEARCH_{name}": "" for name in ("USER", "PASSWORD", "CA_FILE")}
        old = deployed(servers | {"HACKGO_OPENSEARCH_INDEX": index})
        run_through(old)
        own = {name: value.replace("/var/lib/hackgo", state).replace("hackgo", index) for name, value in told.items()}
        new = deployed(servers | own, beside="beside")
        for name in ("indexer", "web"):
            new.start(name)

        def both_hold(documents: int) -> bool:
            """In each index of each version, and with nothing left to follow."""
            held = {one.documents(engine) for one in (old, new) for engine in ("opensearch", "embedded")}
            ready = [ask(f"{one.instead['HACKGO_API_URL']}/readyz").json() for one in (old, new)]
            return held == {documents} and ready == [{"status": "ready", "engine": "opensearch", "lag": 0}] * 2

        wait_for(lambda: new.finish("web", new.health("web")).returncode == 0)
        wait_for(lambda: both_hold(59))
        with closing(Store.open(database_url)) as store:
            store.apply([Change(STATUS_CHANGED, "HK-2569-001", status=Status.WITHDRAWN)], "test")
        wait_for(lambda: both_hold(58))
        for one in (old, new):
            for name in [*one.running]:
                one.stop(name)


def test_certificates_are_made_by_the_service_that_the_nodes_wait_for(
    deployed: Callable[[dict[str, str]], Deployment], tmp_path: Path
) -> None:
    product = deployed(EMBEDDED)
    for _ in range(2):  # and again at every start
        assert product.finish("certificates").returncode == 0
    assert (tmp_path / "certificates" / "ca.pem").is_file()
