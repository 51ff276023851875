"""`/metrics`: counts for Prometheus; and the middleware that counts requests. For operators, so not in the contract."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import APIRouter, Response

from catalogue.api.parts import PartsDep
from catalogue.metrics import CONTENT_TYPE
from catalogue.routes import template

router = APIRouter(include_in_schema=False)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@router.get("/metrics")
def metrics(parts: PartsDep) -> Response:
    """What this process counted, and how its indexes stand, in Prometheus' text format."""
    return Response(parts.metrics.exposition(parts.engines, parts.store.revision), media_type=CONTENT_TYPE)


class RequestCounter:
    """Counts every request by its route's template and status. Pure ASGI: websockets and streams pass untouched."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts = getattr(scope["app"].state, "parts", None)  # now: a mounted app puts itself into the scope
        status = 500  # where nothing was sent, the server answers so

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            if parts is not None:
                parts.metrics.requested(scope["method"], template(scope), status)
