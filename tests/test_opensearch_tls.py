"""TLS, a password and wrong ones of both, through a real TLS proxy before a real node."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from catalogue.deployment import CA, make_certificates
from catalogue.errors import IndexUnavailable
from catalogue.search.engines import open_reader, open_writer
from catalogue.settings import Settings
from tests.engines import ANALYSER, FOUR, fill
from tests.tls_proxy import tls_proxy

pytestmark = pytest.mark.skipif(os.name != "posix", reason="nginx from the system")

USER, PASSWORD = "searching-user", "correct-horse"


@dataclass
class Proxy:
    """What stands before the node: its address by name and by number, and the folder of its certificates."""

    port: int
    certificates: Path

    def settings(self, **other: object) -> Settings:
        right = {
            "engine": "opensearch",
            "opensearch_url": f"https://localhost:{self.port}",
            "opensearch_user": USER,
            "opensearch_password": SecretStr(PASSWORD),
            "opensearch_ca_file": str(self.certificates / CA),
            "opensearch_index": "tls",
        }
        return Settings.model_validate(right | other)


@pytest.fixture(scope="module")
def proxy(opensearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    make_certificates(folder / "certificates")
    with tls_proxy(opensearch_url, folder, folder / "certificates", {USER: PASSWORD}) as port:
        yield Proxy(port, folder / "certificates")


@pytest.fixture(scope="module")
def filled(proxy: Proxy) -> Iterator[Proxy]:
    """An index that was written through the proxy."""
    writer = open_writer(proxy.settings(), ANALYSER)
    fill(writer, FOUR)
    yield proxy
    writer.prune()
    writer.close()


def test_an_index_is_written_and_read_through_tls_with_a_password(filled: Proxy) -> None:
    index = open_reader(filled.settings()).open()
    assert index.info.documents == 4
    ids, total = index.browse({}, 10, 0)
    assert (set(ids), total) == ({"PP-1", "PP-2", "PP-3", "PR-1"}, 4)
    assert np.isfinite([cosine for _, cosine in index.similar("PP-1", 3)]).all()


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """The certificate of an authority that did not sign the proxy's."""
    make_certificates(tmp_path / "stranger")
    return str(tmp_path / "stranger" / CA)


@pytest.mark.parametrize("wrong", ["certificate", "name", "authority", "password", "user", "none", "plain"])
def test_what_is_wrong_is_an_engine_that_does_not_answer_and_tells_nobody_why(
    filled: Proxy, stranger: str, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    port = filled.port
    given = {
        "certificate": {"opensearch_ca_file": stranger},
        "name": {"opensearch_url": f"https://127.0.0.2:{port}"},
        "authority": {"opensearch_ca_file": ""},  # the system's, which never heard of ours
        "password": {"opensearch_password": SecretStr("wrong-horse")},
        "user": {"opensearch_user": "nobody"},
        "none": {"opensearch_user": "", "opensearch_password": SecretStr("")},
        "plain": {"opensearch_url": f"http://localhost:{port}"},
    }[wrong]
    caplog.set_level(logging.INFO)
    with pytest.raises(IndexUnavailable) as refused:
        open_reader(filled.settings(**given)).open().browse({}, 10, 0)
    told = (
        f"{refused.value.en} {refused.value.th} {refused.value.members} {[vars(record) for record in caplog.records]}"
    )
    for secret in (USER, PASSWORD, "wrong-horse", str(port), "localhost", str(filled.certificates), stranger):
        assert secret not in told
