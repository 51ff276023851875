"""The UI's only door to the product: a typed client of the HTTP API, ``/api/v1``."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

import httpx

DEFAULT_URL = "http://127.0.0.1:8080"
LONG_TIMEOUT = httpx.Timeout(180.0, connect=3.0)  # the largest file that is allowed takes a minute and a half to mark
TIMEOUT = httpx.Timeout(10.0, connect=3.0)  # a search takes milliseconds; after ten seconds people have left
SESSION = "hackgo_session"  # the cookie that /sign-in sets
DEGRADED = "Hackgo-Degraded"  # header of an answer that a reserve engine gave
Params = Mapping[str, str | int | Sequence[str]]


class Text(TypedDict, total=False):
    """Text per language, and who wrote it: ``human`` or ``machine``."""

    th: str | None
    en: str | None
    origin: dict[str, str]


class Named(TypedDict):
    """Another entry by its id and title."""

    id: str
    title: Text


class Counts(TypedDict, total=False):
    """How many entries are linked to one."""

    proposals: int
    pain_points: int


class Summary(TypedDict, total=False):
    """What a list shows of an entry."""

    id: str
    kind: str
    language: Literal["th", "en"]
    status: str
    title: Text
    summary: Text | None
    theme: str | None
    provinces: list[str]
    nationwide: bool
    country: str | None
    year: int | None
    sample: bool
    hackathon: Named | None
    counts: Counts
    url: str


class Highlights(TypedDict, total=False):
    """Matched stretches as [start, end) in characters, per language."""

    title: dict[str, list[list[int]]]
    snippet: dict[str, list[list[int]]]


class Why(TypedDict, total=False):
    """Why an entry was found."""

    by: Literal["terms", "meaning", "both", "newest"]
    terms: list[str]
    otherwise: list[str]
    highlights: Highlights


class Hit(TypedDict, total=False):
    """One result of a search."""

    rank: int
    why: Why
    scores: dict[str, float] | None
    snippet: Text | None
    entry: Summary


class FacetValue(TypedDict):
    """One value of a filter and how many results have it."""

    value: str
    label: dict[str, str | None]
    count: int


class Total(TypedDict):
    """How many results there are; relation ``gte`` means at least so many."""

    value: int
    relation: Literal["eq", "gte"]


class Meant(TypedDict):
    """Another question that may have been meant, and why: ``keyboard`` or ``spelling``."""

    text: str
    reason: str


class Place(TypedDict):
    """A province that the question names."""

    code: str
    label: dict[str, str | None]
    text: str


class Asked(TypedDict, total=False):
    """The question as the API understood it."""

    terms: list[str]
    did_you_mean: list[Meant]
    answered: str | None
    places: list[Place]


class SearchPage(TypedDict, total=False):
    """One page of results; ``notice`` is a sentence about them in both languages."""

    query: Asked
    total: Total
    nothing_close: bool
    limit: int
    offset: int
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    degraded: bool
    notice: dict[str, str] | None


class Linked(TypedDict, total=False):
    """An entry linked to the one shown, with what it does for it and why; its id alone where that is all to be seen."""

    id: str
    entry: Summary | None
    role: str
    reason: Text | None


class EntryPage(TypedDict, total=False):
    """An entry in full with everything around it."""

    entry: dict[str, Any]
    status: str
    public: bool
    revision: int
    summary: Summary
    hackathon: Summary | None
    proposals: list[Linked]
    pain_points: list[Linked]
    posed_here: list[Summary]
    submitted_here: list[Summary]
    provenance: dict[str, dict[str, Any]]
    merged: list[dict[str, Any]]
    progress: list[dict[str, Any]]
    hosts: list[dict[str, Any]]


class Item(TypedDict, total=False):
    """One theme, province or organisation with the number of its entries."""

    id: str
    label: dict[str, Any]
    count: int
    description: dict[str, Any] | None
    icon: str | None
    region: dict[str, Any] | None


class Me(TypedDict, total=False):
    """Whoever asks: their roles, the secret of their session, and how many notices they have not read."""

    signed_in: bool
    id: str
    name: str
    language: Literal["th", "en"]
    grants: list[dict[str, Any]]
    csrf: str | None
    unread: int


class ApiError(Exception):
    """The API refused or did not answer. ``status`` is None when nothing came back at all."""

    def __init__(self, status: int | None, document: Mapping[str, Any]) -> None:
        super().__init__(document.get("title") or f"HTTP {status}")
        self.status = status
        self.document = document

    def said(self, member: Literal["title", "detail"], language: str) -> str | None:
        """What the problem document says in ``language``, falling back to English; None if it says nothing."""
        return self.document.get(f"{member}_th" if language == "th" else member) or self.document.get(member)


class ApiClient:
    """A connection pool to one API; methods answer decoded documents or raise :class:`ApiError`.

    ``heard`` is told of everything that is read whether it is degraded.
    """

    def __init__(self, base_url: str = DEFAULT_URL, heard: Callable[[bool], None] = lambda degraded: None) -> None:
        self._heard = heard
        self._headers: dict[str, str] = {}
        # trust_env: a proxy of the machine is never between the UI and its own API.
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1", timeout=TIMEOUT, trust_env=False, follow_redirects=True
        )

    def of(self, session: str | None) -> "ApiClient":
        """The same connections, used as whoever's session this is; as a visitor without one."""
        if not session or not session.isascii() or not session.isprintable():
            return self
        mine = copy.copy(self)
        mine._headers = {"Cookie": f"{SESSION}={session}"}
        return mine

    def me(self) -> Me:
        """Whom the API takes us for."""
        return cast(Me, self._get("/me"))

    def send(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        path: str,
        body: Any = None,
        revision: int | None = None,
    ) -> dict[str, Any]:
        """Change something as this person, with their session's secret; the answer's document, empty where none.

        ``revision``: what was read of the entry that is changed; the API refuses where it has changed since.
        """
        headers = self._secret()
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        return self._ask(method, path, json=body, headers=headers)

    def upload_told(
        self, path: str, data: bytes, params: Params, told: Callable[[str, int, int], None]
    ) -> dict[str, Any]:
        """Send a file as it is; the answer's document.

        ``told`` hears what the work is at, how many rows are done, and of how many.
        """
        asked: Any = {"content": data, "params": {**params, "progress": "true"}, "timeout": LONG_TIMEOUT}
        try:
            with self._http.stream("POST", path, headers={**self._headers, **self._secret()}, **asked) as response:
                if not response.is_success:
                    response.read()
                    raise ApiError(response.status_code, _document(response) or {})
                for line in response.iter_lines():
                    news = json.loads(line)
                    if news["state"] == "done":
                        return cast(dict[str, Any], news["result"])
                    if news["state"] == "refused":
                        raise ApiError(news["problem"].get("status"), news["problem"])
                    told(news["state"], news["done"], news["total"])
        except (httpx.HTTPError, ValueError) as error:
            raise ApiError(None, {}) from error
        raise ApiError(None, {})  # the server ended in the middle of it

    def file(self, path: str, data: bytes, params: Params) -> bytes:
        """Send a file as it is; the file that comes back."""
        asked = {"content": data, "params": dict(params), "timeout": LONG_TIMEOUT}
        return self._answer("POST", path, self._secret(), **asked).content

    def _secret(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.me().get("csrf") or ""}

    def items(
        self, path: Literal["/keys", "/notices", "/people"], params: Params | None = None
    ) -> list[dict[str, Any]]:
        """The items of one of this person's lists."""
        return cast(list[dict[str, Any]], self._get(path, params)["items"])

    def read(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """The document at this path, for pages of curators and hosts."""
        return self._get(path, params)

    def pairs(self, params: Params) -> dict[str, Any]:
        """One page of entries that may be told twice. The first time after a change all of them are compared."""
        return self._ask("GET", "/duplicates", params=dict(params), timeout=LONG_TIMEOUT)

    def queue(self, params: Params) -> dict[str, Any]:
        """What waits for this curator, the longest waiting first."""
        return self._get("/queue", params)

    def own_entries(self, params: Params) -> dict[str, Any]:
        """A page of the entries of this person's organisations, drafts too."""
        return self._get("/own-entries", params)

    def standing(self, entry_id: str) -> dict[str, Any]:
        """How an entry stands and what this person may do to it now."""
        return self._get(f"/entries/{_segment(entry_id)}/decisions")

    def history(self, entry_id: str) -> dict[str, Any]:
        """What happened to an entry, as far as this person may know it."""
        return self._get(f"/entries/{_segment(entry_id)}/history")

    def duplicates(self, entry_id: str) -> dict[str, Any]:
        """What an entry may repeat and why, best first, for its curators and its organisation."""
        return self._get(f"/entries/{_segment(entry_id)}/duplicates")

    def fields(self) -> dict[str, list[dict[str, Any]]]:
        """Every field of every kind of entry: what it is called, means, and how a form asks for it."""
        return cast(dict[str, list[dict[str, Any]]], self._get("/fields")["kinds"])

    def reasons(self) -> list[Item]:
        """The reasons for not accepting an entry; ``id`` is the code."""
        return [cast(Item, {"id": r["code"], "label": r["label"]}) for r in self._get("/reasons")["items"]]

    def decide_many(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Each entry's own outcome of one action for many; comparing them with the catalogue may take a while."""
        answer = self._ask("POST", "/decisions", self._secret(), json=dict(wanted), timeout=LONG_TIMEOUT)
        return cast(list[dict[str, Any]], answer["outcomes"])

    def decide(self, entry_id: str, revision: int, decision: Mapping[str, Any]) -> dict[str, Any]:
        """Decide on an entry that was read at this revision; how it stands afterwards."""
        return self.send("POST", f"/entries/{_segment(entry_id)}/decisions", dict(decision), revision)

    def undo_merge(self, batch: str, reason: str = "") -> dict[str, Any]:
        """Take a merge back; what became of its entries."""
        return self.send("POST", f"/merges/{_segment(batch)}/undo", {"reason": reason})

    def search(self, params: Params) -> SearchPage:
        """One page of results for the API's own search parameters."""
        return cast(SearchPage, self._get("/search", params))

    def entry(self, entry_id: str) -> EntryPage:
        """The entry with ``entry_id`` and everything around it."""
        return cast(EntryPage, self._get(f"/entries/{_segment(entry_id)}"))

    def similar(self, entry_id: str, limit: int = 5) -> list[Summary]:
        """Up to ``limit`` entries that are most like this one, nearest first."""
        answer = self._get(f"/entries/{_segment(entry_id)}/similar", {"limit": limit})
        return [hit["entry"] for hit in answer["hits"]]

    def vocabulary(self, name: Literal["themes", "provinces", "organisations"]) -> list[Item]:
        """Every value of a vocabulary with its number of entries, in the vocabulary's own order."""
        return cast(list[Item], self._get(f"/{name}")["items"])

    def index(self) -> dict[str, Any]:
        """What the live search index is and how far behind the store it stands."""
        return self._get("/index")

    def _get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        return self._ask("GET", path, params=dict(params or {}))

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
        response = self._answer(method, path, headers, **more)
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        document = _document(response)
        if document is None:
            raise ApiError(response.status_code, {})
        if method == "GET":  # what is read is shown; and who wrote something learns first that it is written
            self._heard(DEGRADED in response.headers)
        return document

    def _answer(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, headers={**self._headers, **(headers or {})}, **more)
        except httpx.HTTPError as error:
            raise ApiError(None, {}) from error
        if not response.is_success:
            raise ApiError(response.status_code, _document(response) or {})
        return response


def _document(response: httpx.Response) -> dict[str, Any] | None:
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _segment(name: str) -> str:
    """An id as one path segment, whatever a person typed into the address."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else "_" for c in name)[:64] or "_"
