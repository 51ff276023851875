"""What a deployment needs before its first start: a file of passwords, and certificates for the cluster's nodes."""

import os
import secrets
import subprocess
import tempfile
from pathlib import Path

from catalogue.errors import DeploymentRefused

ENVIRONMENT = ".env"
NODES = ("opensearch", "opensearch-2", "opensearch-3")
HTTP_PORT = 9200
CA, NODE, NODE_KEY = "ca.pem", "node.pem", "node-key.pem"
CERTIFICATE_DAYS = 825  # the most that every client accepts of a certificate
# By this registered id in its name OpenSearch's security plugin tells a node from a client of the same authority.
NODE_OID = "RID:1.2.3.4.5.5"


def environment(nodes: int) -> str:
    """The text of a new ``.env`` for docker-compose.yml, with passwords of 190 bits, for 1 or 3 search nodes."""
    addresses = ",".join(f"https://{node}:{HTTP_PORT}" for node in NODES[:nodes])
    lines = [
        "# Read by docker-compose.yml. Keep it secret, and a copy of it with the backups.",
        f"POSTGRES_PASSWORD={_password()}",
        f"OPENSEARCH_ADMIN_PASSWORD={_password()}",
        f"OPENSEARCH_PASSWORD={_password()}",
        f"OPENSEARCH_URL={addresses}",
        f"COMPOSE_PROFILES={'cluster' if nodes > 1 else ''}",
        "# Heap of each search node; give the machine at least twice as much for it.",
        "OPENSEARCH_HEAP=1g",
        "# Port of the web server on this machine's loopback address.",
        "PORT=8080",
        "# Address by which people reach the site: links in mails begin so.",
        "PUBLIC_URL=http://127.0.0.1:8080",
        "# Mail server, smtp://user:password@host:587 or smtps://…:465; empty: mails stay files in the volume `state`.",
        "SMTP_URL=",
        "MAIL_FROM=hack.go.th <no-reply@localhost>",
    ]
    return "\n".join(lines) + "\n"


def write_environment(folder: Path, nodes: int) -> Path:
    """Write ``.env`` into the folder, readable by its owner alone; raises DeploymentRefused where there is one."""
    file = folder / ENVIRONMENT
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DeploymentRefused(
            f"There is a {ENVIRONMENT} already. It holds the only copy of passwords that servers may be using: move it "
            "away yourself if you want a new one. Changing a password: docs/howto/rotate-a-password.md.",
            f"มีไฟล์ {ENVIRONMENT} อยู่แล้ว ในนั้นอาจเป็นรหัสผ่านชุดเดียวที่เซิร์ฟเวอร์ใช้อยู่ หากต้องการสร้างใหม่โปรดย้ายไฟล์เดิมออกเอง "
            "วิธีเปลี่ยนรหัสผ่าน: docs/howto/rotate-a-password.md",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(environment(nodes))
    return file


def make_certificates(folder: Path) -> bool:
    """Certificate and key that all nodes share, and the authority's certificate; False where they are there already.

    The authority's key is thrown away: nobody can sign another node with it, and new certificates are a new authority.
    Raises DeploymentRefused where openssl is missing or fails.
    """
    if (folder / CA).exists():
        return False
    names = ",".join([*(f"DNS:{name}" for name in (*NODES, "localhost")), "IP:127.0.0.1", NODE_OID])
    with tempfile.TemporaryDirectory() as scratch:
        key, request, signed = (Path(scratch) / name for name in ("ca-key.pem", "node.csr", "node.pem"))
        ca, node_key, extensions = Path(scratch) / CA, Path(scratch) / NODE_KEY, Path(scratch) / "extensions"
        extensions.write_text(
            f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n",
            encoding="ascii",
        )
        new_key = ["req", "-newkey", "rsa:3072", "-noenc"]
        valid = ["-days", str(CERTIFICATE_DAYS), "-sha256"]
        authority = "basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"
        _openssl(
            *(*new_key, "-x509", *valid, "-subj", "/O=hackgo/CN=hackgo authority", "-keyout", key, "-out", ca),
            *("-addext", authority[0], "-addext", authority[1]),
        )
        _openssl(*new_key, "-subj", "/O=hackgo/CN=hackgo node", "-keyout", node_key, "-out", request)
        _openssl(
            *("x509", "-req", *valid, "-in", request, "-CA", ca, "-CAkey", key, "-CAcreateserial"),
            *("-extfile", extensions, "-out", signed),
        )
        folder.mkdir(parents=True, exist_ok=True)
        for made, name, mode in ((node_key, NODE_KEY, 0o600), (signed, NODE, 0o644), (ca, CA, 0o644)):
            new = folder / f"{name}.new"
            new.write_bytes(made.read_bytes())
            new.chmod(mode)
            os.replace(new, folder / name)  # the authority's last: it says that all are there
    return True


def _password() -> str:
    """A random password; the last letters are for OpenSearch, which wants one of each kind."""
    return f"{secrets.token_urlsafe(24)}-aA1"


def _openssl(*words: object) -> None:
    try:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DeploymentRefused(
            "Certificates are made by openssl, version 3, which is missing or failed. Install it and try again.",
            "ใบรับรองสร้างด้วยโปรแกรม openssl รุ่น 3 ซึ่งไม่มีหรือทำงานไม่สำเร็จ โปรดติดตั้งแล้วลองใหม่",
        ) from error
