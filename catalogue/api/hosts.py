"""`/api/v1/entries/{id}/hosts/{organisation}/confirmation`: an organisation says whether it hosts a hackathon."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from catalogue import hosting, review
from catalogue.api.decisions import EntryIdPath
from catalogue.api.parts import PartsDep
from catalogue.api.person import NowDep, SignedIn
from catalogue.errors import InvalidParameter, NotAllowed
from catalogue.problems import Problem
from catalogue.store.store import Fact

router = APIRouter(prefix="/entries", tags=["entries"], responses={n: {"model": Problem} for n in (401, 403, 404)})


class HostAnswer(BaseModel):
    """Does the organisation take part?"""

    model_config = ConfigDict(extra="forbid")

    accept: bool


class HostState(BaseModel):
    """How an organisation that a hackathon names as host stands; ``may_answer``: you may say so for it."""

    organisation: str | None = Field(description="Null for one that the catalogue does not know.")
    state: hosting.State
    may_answer: bool


@router.post("/{entry_id}/hosts/{organisation}/confirmation")
def confirm_host(
    entry_id: EntryIdPath,
    organisation: Annotated[str, Path(max_length=40)],
    answer: HostAnswer,
    parts: PartsDep,
    person: SignedIn,
    at: NowDep,
) -> HostState:
    """Accept or decline for your organisation, named as host by the one that sent the hackathon; the latest counts."""
    stored, _ = review.latest(parts.store, entry_id, person)
    if not hosting.may_answer(person, organisation):
        raise NotAllowed(
            "Only a host administrator of this organisation answers for it.",
            "เฉพาะผู้ดูแลของหน่วยงานนี้เท่านั้นที่ตอบแทนหน่วยงานได้",
        )
    if not any(host.asked and host.organisation == organisation for host in review.hosts_of(parts.store, stored)):
        raise InvalidParameter(
            "Nobody else named this organisation as a host of this entry.",
            "ไม่มีหน่วยงานอื่นระบุว่าหน่วยงานนี้เป็นผู้จัดร่วมของรายการนี้",
        )
    kind = hosting.CONFIRMED if answer.accept else hosting.DECLINED
    parts.store.apply([Fact(kind, {"organisation": organisation}, entry_id)], person.id, at=at)
    return HostState(organisation=organisation, state=hosting.STATES[kind], may_answer=True)
