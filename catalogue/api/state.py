"""`/api/v1/index`, `/healthz`, `/readyz`: what the server serves from, and whether it can."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from catalogue.api.parts import MAY_BE_DEGRADED, Parts, PartsDep, told
from catalogue.errors import IndexNotReady
from catalogue.loading import has_sample
from catalogue.search.fallback import answering
from catalogue.search.fingerprint import fingerprint
from catalogue.search.index import IndexInfo, IndexReader

router = APIRouter(tags=["state"])
probes = APIRouter(tags=["state"])


class IndexState(BaseModel):
    """The index that answers and how far it is behind the store."""

    engine: str
    degraded: bool
    name: str
    fingerprint: str
    current: bool
    revision: int
    lag: int
    documents: int
    built_at: str
    model: str
    sample: bool


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Searches are answered, from an index that is ``lag`` events behind the store.

    ``degraded``: by another engine than the usual one, which does not answer; keep sending requests here.
    """

    status: Literal["ready", "degraded"]
    engine: str
    lag: int


@router.get("/index", responses=MAY_BE_DEGRADED)
def index(parts: PartsDep, response: Response) -> IndexState:
    """Which index is live, whether it was built by this version, and how many events it is behind."""
    answer = parts.engines.ask("state", answering)
    live = told(answer, response)
    return IndexState(
        engine=answer.engine,
        degraded=answer.degraded,
        name=live.name,
        fingerprint=live.fingerprint,
        current=live.fingerprint == fingerprint(parts.embedder),
        revision=live.revision,
        lag=lag(parts, live),
        documents=live.documents,
        built_at=live.built_at,
        model=parts.embedder.model_id,
        sample=has_sample(parts.store),
    )


@probes.get("/healthz")
def healthz() -> Health:
    """The process is alive."""
    return Health()


@probes.get("/readyz", responses=MAY_BE_DEGRADED)
def readyz(parts: PartsDep, response: Response) -> Readiness:
    """Searches can be answered; 503 where no index is live or it was built by another version."""
    answer = parts.engines.ask("state", lambda reader: _current(parts, reader))
    live = told(answer, response)
    return Readiness(status="degraded" if answer.degraded else "ready", engine=answer.engine, lag=lag(parts, live))


def lag(parts: Parts, live: IndexInfo) -> int:
    """How many events an index is behind the store."""
    return max(0, parts.store.revision() - live.revision)


def _current(parts: Parts, reader: IndexReader) -> IndexInfo:
    live = answering(reader)
    if live.fingerprint != fingerprint(parts.embedder):
        raise IndexNotReady(
            "The live index was built by another version. Run `hackgo-index rebuild`.",
            "ดัชนีที่ใช้อยู่สร้างจากโปรแกรมรุ่นอื่น โปรดสั่ง `hackgo-index rebuild`",
        )
    return live
