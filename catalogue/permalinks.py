"""Addresses of entries that never change. Pure."""

_ROOMS = {"pain_point": "p", "proposal": "p", "hackathon": "h"}


def permalink(kind: str, entry_id: str) -> str | None:
    """``/p/PP-2566-00042`` or ``/h/HK-2566-011``; None for a kind without a page of its own."""
    room = _ROOMS.get(kind)
    return f"/{room}/{entry_id}" if room else None


KINDS_WITH_PAGES = frozenset(_ROOMS)
