"""`/api/v1/index`, `/healthz`, `/readyz`: what the server serves from, and whether it can."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from catalogue.api.parts import PartsDep
from catalogue.errors import IndexNotReady
from catalogue.loading import has_sample
from catalogue.search.fingerprint import fingerprint

router = APIRouter(tags=["state"])
probes = APIRouter(tags=["state"])


class IndexState(BaseModel):
    """The live index and how far it is behind the store."""

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
    """Searches are answered, from an index that is ``lag`` events behind the store."""

    status: Literal["ready"] = "ready"
    lag: int


@router.get("/index")
def index(parts: PartsDep) -> IndexState:
    """Which index is live, whether it was built by this version, and how many events it is behind."""
    live = parts.index.live()
    return IndexState(
        name=live.name,
        fingerprint=live.fingerprint,
        current=live.fingerprint == fingerprint(parts.embedder),
        revision=live.revision,
        lag=max(0, parts.store.revision() - live.revision),
        documents=live.documents,
        built_at=live.built_at,
        model=parts.embedder.model_id,
        sample=has_sample(parts.store),
    )


@probes.get("/healthz")
def healthz() -> Health:
    """The process is alive."""
    return Health()


@probes.get("/readyz")
def readyz(parts: PartsDep) -> Readiness:
    """Searches can be answered; 503 where no index is live or it was built by another version."""
    live = parts.index.live()
    if live.fingerprint != fingerprint(parts.embedder):
        raise IndexNotReady(
            "The live index was built by another version. Run `hackgo-index rebuild`.",
            "ดัชนีที่ใช้อยู่สร้างจากโปรแกรมรุ่นอื่น โปรดสั่ง `hackgo-index rebuild`",
        )
    return Readiness(lag=max(0, parts.store.revision() - live.revision))
