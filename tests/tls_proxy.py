"""nginx with TLS and a password before a node without either: to a client, a cluster with the security plugin."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from catalogue.deployment import NODE, NODE_KEY
from tests import ports
from tests.conftest import absent

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificates}/{node};
        ssl_certificate_key {certificates}/{node_key};
        auth_basic "cluster";
        auth_basic_user_file {folder}/users;
        location / {{ proxy_pass {behind}; }}
    }}
}}
"""


@contextmanager
def tls_proxy(behind: str, folder: Path, certificates: Path, passwords: Mapping[str, str]) -> Iterator[int]:
    """Serve ``behind`` over TLS with a folder of certificates, to these users alone; gives the port on localhost."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        absent("opensearch", "its TLS tests need nginx (apt install nginx)")
    port = ports.port()
    (folder / "users").write_text("".join(f"{name}:{{PLAIN}}{word}\n" for name, word in passwords.items()))
    text = CONFIGURATION.format(
        folder=folder, port=port, certificates=certificates, node=NODE, node_key=NODE_KEY, behind=behind
    )
    # As root nginx gives its workers' rights away, to a user who cannot read the tests' folders.
    (folder / "nginx.conf").write_text(("user root;\n" if os.getuid() == 0 else "") + text)
    process = subprocess.Popen([program, "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"])
    try:
        deadline = time.monotonic() + 30
        while not _listening(port):
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
