"""Builds the web process: the JSON API, the pages without JavaScript and the Streamlit UI on one port."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from catalogue import logs, problems
from catalogue.api import (
    completions,
    decisions,
    dumps,
    duplicates,
    entries,
    history,
    hosts,
    imports,
    merges,
    metrics,
    people,
    queue,
    search,
    state,
    submissions,
    vocabularies,
)
from catalogue.api.conditional import Conditional
from catalogue.api.parts import Parts
from catalogue.api.summaries import Cards
from catalogue.metrics import Metrics
from catalogue.search.analysis import Analyser
from catalogue.search.engines import open_reader
from catalogue.search.fallback import Engine, Engines, Observe
from catalogue.search.likeness import Places
from catalogue.search.models import open_model
from catalogue.search.query import QueryAnalyser
from catalogue.search.vectors import VectorCache
from catalogue.settings import ROOT, SCHEMAS, Settings
from catalogue.store.store import Store
from catalogue.vocabulary import read_vocabulary
from catalogue.web import accounts, pages, shell, sitemap

API = "/api/v1"
START = "start"  # the UI's page at its root, which has no address of its own
DESCRIPTION = """Problems of Thailand, and what hackathons proposed for them, found in Thai or English.

Errors are RFC 9457 problem documents in both languages. Readable text is per language, with its origin."""


def _operation_id(route: APIRoute) -> str:
    return route.name


def build_api() -> FastAPI:
    """The JSON API alone: what the committed OpenAPI document describes. Needs no store, index or model."""
    app = FastAPI(
        title="hack.go.th Pain Point Catalogue",
        version="1",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        generate_unique_id_function=_operation_id,
        responses={422: {"model": problems.Problem}, 503: {"model": problems.Problem}},
        dependencies=[Depends(problems.refuse_nul)],
        docs_url=None,  # its page would load scripts from another origin; web/pages.py describes the API itself
        redoc_url=None,
    )
    api = APIRouter(prefix=API)
    for noun in (
        search,
        completions,
        dumps,
        entries,
        submissions,
        imports,
        decisions,
        history,
        hosts,
        queue,
        duplicates,
        merges,
        vocabularies,
        people,
        state,
    ):
        api.include_router(noun.router)
    app.include_router(api)
    app.include_router(state.probes)
    app.include_router(metrics.router)
    app.add_middleware(Conditional)  # within the counter, which tells HEAD from GET
    app.add_middleware(metrics.RequestCounter)
    problems.install(app, pages.missing)
    problems.describe(app)
    return app


def open_parts(settings: Settings, beside: Parts | None = None) -> Parts:
    """Open what the settings name; raises the domain's errors where something is missing or damaged.

    Parts ``beside`` these in the same process lend what understands text: it takes a second and 300 MB.
    """
    if beside:
        analyser, embedder, queries, places = beside.analyser, beside.embedder, beside.queries, beside.places
    else:
        analyser, model = Analyser(), open_model(settings)
        model.queries(["พร้อม"])  # loads it now: no search shall wait for it
        bank = VectorCache(settings.bank_dir, model)
        embedder, queries = model, QueryAnalyser(analyser, model, is_word=model.is_word, kept=bank)
        queries.learn_names(settings.bank_dir / "learning.lock")
        places = Places(model, analyser, lambda: VectorCache(settings.vectors_dir, model))
    counted = Metrics()
    store = Store.open(settings.database)
    return Parts(
        store=store,
        cards=Cards(store),
        engines=open_engines(settings, counted.answered),
        embedder=embedder,
        analyser=analyser,
        queries=queries,
        vocabulary=read_vocabulary(SCHEMAS),
        metrics=counted,
        places=places,
        upload_mb=settings.upload_mb,
    )


def open_engines(settings: Settings, observe: Observe) -> Engines:
    """The engine that the settings name, and the one that steps in for it."""
    found = [Engine(name, open_reader(settings, name, ahead=True)) for name in settings.engines]
    return Engines(found[0], found[1] if settings.fallback else None, observe=observe)


def build_app(settings: Settings, parts: Parts | None = None, with_ui: bool = True) -> FastAPI:
    """The whole web process."""
    app = build_api()
    app.state.settings = settings
    app.state.parts = parts or open_parts(settings)
    app.include_router(pages.router)
    app.include_router(sitemap.router)
    app.include_router(accounts.router)
    app.mount("/static", StaticFiles(directory=ROOT / "ui" / "static"), name="static")
    if with_ui:
        _mount_ui(app, settings)
    return app


def _mount_ui(app: FastAPI, settings: Settings) -> None:
    os.environ["HACKGO_API_URL"] = settings.api_url or f"http://{settings.host}:{settings.port}"
    from streamlit import config
    from streamlit.starlette import App

    ui = App(ROOT / "ui" / "streamlit_app.py")

    streamlit = ui.lifespan()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with streamlit(app):
            logs.adopt()
            # Streamlit holds an upload in memory before the API can refuse it. Its own file is read by now.
            config.set_option("server.maxUploadSize", settings.upload_mb)
            app.state.parts.titles.read_ahead()
            yield

    app.router.lifespan_context = lifespan

    @app.get("/", include_in_schema=False)
    def start() -> RedirectResponse:
        return RedirectResponse("/app/")

    named = {path.stem for path in (ROOT / "ui" / "app_pages").glob("*.py")} - {START}
    app.mount("/app", shell.Shell(ui, named, pages.missing))
