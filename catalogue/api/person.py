"""Who asks: the person behind a request's session cookie or API key, and what every unsafe request has to show.

``PersonDep`` never refuses: whoever shows nothing valid is ``VISITOR``. ``SignedIn`` refuses visitors.
"""

from typing import Annotated

from fastapi import Depends, Request

from catalogue.errors import SignInNeeded
from catalogue.people import VISITOR, Person


async def person_of(request: Request) -> Person:
    """Whoever asks; ``VISITOR`` without a valid session or key."""
    person: Person = getattr(request.state, "person", VISITOR)
    return person


PersonDep = Annotated[Person, Depends(person_of)]


async def signed_in(person: PersonDep) -> Person:
    """Whoever asks, if they are signed in or show a key; raises ``SignInNeeded`` for visitors."""
    if person == VISITOR:
        raise SignInNeeded(
            "Sign in at /sign-in, or send an API key as `Authorization: Bearer KEY`.",
            "โปรดเข้าสู่ระบบที่ /sign-in หรือส่ง API key ด้วย `Authorization: Bearer KEY`",
        )
    return person


SignedIn = Annotated[Person, Depends(signed_in)]
