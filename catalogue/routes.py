"""A request by the template of its route. Pure.

Logs and counts name this: a path may hold what a person typed.
"""

from collections.abc import Mapping
from typing import Any

UNMATCHED = "unmatched"


def template(scope: Mapping[str, Any]) -> str:
    """Such as ``/api/v1/entries/{entry_id}``; ``/app/*`` for what is mounted; ``unmatched``. Known after routing."""
    if mounted := scope.get("root_path"):
        return f"{mounted}/*"
    route = getattr(scope.get("route"), "path", None)
    if route is None:
        return UNMATCHED
    # A route of an included router knows its path without the router's prefix, which has no parameters.
    prefix = scope["path"].split("/")[: -route.count("/")]
    return "/".join(prefix) + str(route)
