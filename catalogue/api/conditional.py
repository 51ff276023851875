"""HEAD, and readers who have an answer already: every GET answers both, by what it says of itself before its body."""

from contextlib import suppress

from catalogue.api.metrics import App, Message, Receive, Scope, Send

OF_THE_BODY = (b"content-length", b"content-type", b"content-disposition")


class Told(Exception):
    """All that was asked for is sent: what would follow need not be made."""


class Conditional:
    """Answers HEAD as GET without the body, and 304 where If-None-Match has the answer's ETag.

    Pure ASGI; every other request passes untouched.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        method = scope["method"] if scope["type"] == "http" else ""
        known = [v for n, v in scope["headers"] if n == b"if-none-match"] if method in ("GET", "HEAD") else []
        if method != "HEAD" and not known:
            await self._app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] != "http.response.start":
                await send(message)
                return
            headers = message["headers"]
            tags = [value for name, value in headers if name.lower() == b"etag"]
            had = message["status"] == 200 and any(_has(one, tag) for one in known for tag in tags)
            if had:
                kept = [(name, value) for name, value in headers if name.lower() not in OF_THE_BODY]
                message = {**message, "status": 304, "headers": kept}
            await send(message)
            if had or method == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                raise Told

        with suppress(Told):
            await self._app({**scope, "method": "GET"}, receive, tell)


def _has(known: bytes, tag: bytes) -> bool:
    """Does an If-None-Match name this ETag? Weakly: of a strong and a weak one their words alone count."""
    named = {one.strip().removeprefix(b"W/") for one in known.split(b",")}
    return b"*" in named or tag.removeprefix(b"W/") in named
