"""The catalogue's user at OpenSearch: the service ``access``, run as docker-compose.yml says it."""

import base64
import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catalogue import deployment
from catalogue.settings import Settings
from tests import compose
from tests.conftest import absent

pytestmark = pytest.mark.skipif(os.name != "posix", reason="containers are Linux's")

Services = dict[str, dict[str, Any]]


@pytest.fixture
def given() -> dict[str, str]:
    if not (shutil.which("curl") and shutil.which("openssl")):
        absent("opensearch", "its certificates and requests need openssl and curl (apt install openssl curl)")
    return compose.dotenv(deployment.environment(1))


@pytest.fixture
def services(given: dict[str, str]) -> Services:
    return compose.services(given)


@dataclass
class Told:
    """What a server was sent, and what it answers to."""

    refuses: str = ""
    sent: list[tuple[str, str, Any]] = field(default_factory=list)  # path, Authorization, body


@contextmanager
def security_plugin(certificates: Path, told: Told) -> Iterator[str]:
    """Answers over TLS as the REST API of OpenSearch's security plugin does, which does not run without a container."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.sent.append((self.path, self.headers["Authorization"], body))
            status = 403 if self.path == told.refuses else 201
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"status": "FORBIDDEN"}' if status == 403 else b'{"status": "CREATED"}')

        def log_message(self, *words: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / deployment.NODE, certificates / deployment.NODE_KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def access(services: Services, told: Told, folder: Path) -> subprocess.CompletedProcess[str]:
    """The service ``access`` run as the file says it, against the plugin's API."""
    service, certificates = services["access"], folder / "config" / "certificates"  # where the volume is mounted
    deployment.make_certificates(certificates)
    with security_plugin(certificates, told) as node:
        environ = {"PATH": os.environ["PATH"], **service["environment"], "NODE": node}
        command = [*service["entrypoint"], *service["command"]]
        return subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=False)


def test_the_catalogue_gets_a_user_of_its_own_with_the_password_of_the_file(
    services: Services, given: dict[str, str], tmp_path: Path
) -> None:
    told, web = Told(), services["web"]["environment"]
    done = access(services, told, tmp_path)
    assert done.returncode == 0, done.stderr
    admin = base64.b64encode(f"admin:{given['OPENSEARCH_ADMIN_PASSWORD']}".encode()).decode()
    assert {authorization for _, authorization, _ in told.sent} == {f"Basic {admin}"}
    bodies = {path.removeprefix("/_plugins/_security/api/"): body for path, _, body in told.sent}
    user = web["HACKGO_OPENSEARCH_USER"]
    assert user != "admin", "he is reserved: his password cannot be rotated"
    assert bodies[f"internalusers/{user}"] == {"password": web["HACKGO_OPENSEARCH_PASSWORD"]}
    ((role, mapped),) = ((path, body) for path, body in bodies.items() if path.startswith("rolesmapping/"))
    assert mapped == {"users": [user]}
    (rights,) = bodies[role.replace("rolesmapping", "roles")]["index_permissions"]
    alias = Settings().opensearch_index
    for name, ours in ((alias, True), (f"{alias}-0a1b-0001", True), (".opendistro_security", False), ("other", False)):
        assert any(fnmatch(name, pattern) for pattern in rights["index_patterns"]) == ours
    assert list(bodies) == [role.replace("rolesmapping", "roles"), f"internalusers/{user}", role]


def test_a_user_that_the_cluster_refuses_is_not_passed_over(
    services: Services, given: dict[str, str], tmp_path: Path
) -> None:
    told = Told(refuses="/_plugins/_security/api/internalusers/hackgo")
    done = access(services, told, tmp_path)
    assert done.returncode != 0
    assert "FORBIDDEN" in done.stdout
    assert told.sent[-1][0] == told.refuses
    assert not [value for name, value in given.items() if "PASSWORD" in name and value in done.stdout + done.stderr]
