"""Every error as one shape: RFC 9457 ``application/problem+json`` in Thai and English (docs/problems.md)."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from catalogue.errors import CatalogueError, worded
from catalogue.routes import template

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"

# What the framework itself raises, in Thai: the status is all it tells.
TITLES_TH = {
    308: "รายการนี้รวมกับรายการอื่นแล้ว",
    400: "คำขอไม่ถูกต้อง",
    404: "ไม่พบหน้าที่ขอ",
    405: "ใช้คำสั่งนี้กับที่อยู่นี้ไม่ได้",
    413: "ข้อมูลที่ส่งมาใหญ่เกินไป",
    422: "ค่าที่ส่งมาไม่ถูกต้อง",
    500: "ระบบขัดข้อง",
    503: "ระบบยังไม่พร้อม",
}


class InvalidInput(BaseModel):
    """One wrong input: where it is and why, in both languages."""

    parameter: str | None = None
    pointer: str | None = None
    detail: str
    detail_th: str


class Problem(BaseModel):
    """RFC 9457 problem document; ``title_th`` and ``detail_th`` say the same in Thai."""

    type: str = Field(description="Address of the explanation, or about:blank.")
    title: str
    title_th: str
    status: int
    detail: str
    detail_th: str
    instance: str = Field(description="Path of the request, without its query.")
    errors: list[InvalidInput] | None = None


UNEXPECTED = {
    "title": "Internal error",
    "title_th": TITLES_TH[500],
    "status": 500,
    "detail": "Something went wrong on our side. Try again; the operator finds the cause in the log.",
    "detail_th": "เกิดข้อผิดพลาดในระบบ โปรดลองอีกครั้ง ผู้ดูแลระบบดูสาเหตุได้จากบันทึก",
}


def problem(request: Request, document: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """Render one problem document; the request's query string is never repeated in it."""
    body = {"type": "about:blank", **document, "instance": request.url.path}
    return JSONResponse(body, status_code=document["status"], headers=headers, media_type=MEDIA_TYPE)


def document_of(error: CatalogueError) -> dict[str, Any]:
    """The members of a domain error's problem document, ``instance`` excepted."""
    return {
        "type": f"/docs#{error.slug}",
        "title": error.title_en,
        "title_th": error.title_th,
        "status": int(error.status),
        "detail": error.en,
        "detail_th": error.th,
        **error.members,
    }


def invalid_input(error: dict[str, Any]) -> InvalidInput:
    """Say which input was wrong and why, without repeating its value (it may be personal)."""
    source, *path = map(str, error["loc"])
    where = {"pointer": "#/" + "/".join(path)} if source == "body" else {"parameter": ".".join(path)}
    en, th = worded(error)
    return InvalidInput(**where, detail=en, detail_th=th)


async def refuse_nul(request: Request) -> None:
    """A dependency of every route: nothing has an address with NUL in it, for which PostgreSQL cannot be asked."""
    if "\0" in request.scope["path"]:
        raise HTTPException(HTTPStatus.NOT_FOUND)


def install(app: FastAPI, page: Callable[[Request], Response]) -> None:
    """Route every error of the app through :func:`problem`, so that clients parse one shape.

    ``page`` is what a person in a browser gets for an address that leads nowhere.
    """

    @app.exception_handler(CatalogueError)
    def _known(request: Request, error: CatalogueError) -> JSONResponse:
        log.info("request.refused", extra={"slug": error.slug, "route": template(request.scope)})
        retry = {"Retry-After": RETRY_AFTER_S} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
        if error.status == HTTPStatus.UNAUTHORIZED:
            retry = {"WWW-Authenticate": "Bearer"}
        return problem(request, document_of(error), retry)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [invalid_input(dict(e)) for e in error.errors()]
        named = ", ".join(dict.fromkeys(e.parameter or e.pointer or "" for e in errors))
        return problem(
            request,
            {
                "title": "Invalid request",
                "title_th": TITLES_TH[422],
                "status": 422,
                "detail": f"Check: {named}.",
                "detail_th": f"โปรดตรวจสอบ: {named}",
                "errors": [e.model_dump(exclude_none=True) for e in errors],
            },
        )

    @app.exception_handler(HTTPException)
    def _framework(request: Request, error: HTTPException) -> Response:
        in_browser = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        if error.status_code == HTTPStatus.NOT_FOUND and in_browser:
            return page(request)
        title = HTTPStatus(error.status_code).phrase
        title_th = TITLES_TH.get(error.status_code, TITLES_TH[400])
        shown = {
            "title": title,
            "title_th": title_th,
            "status": error.status_code,
            "detail": str(error.detail),
            "detail_th": title_th,
        }
        return problem(request, shown, dict(error.headers or {}))  # 405 needs its Allow

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("request.failed", extra={"route": template(request.scope)}, exc_info=error)
        return problem(request, UNEXPECTED)


def describe(app: FastAPI) -> None:
    """Make the app's OpenAPI document say that errors are problem documents, as :func:`install` sends them."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        for operations in document["paths"].values():
            for operation in operations.values():
                if "requestBody" in operation:  # one that is no JSON at all
                    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                    operation["responses"].setdefault("400", {"description": "Bad Request", "content": content})
                for status, response in operation["responses"].items():
                    if status.startswith(("4", "5")) and "application/json" in response.get("content", {}):
                        response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
