"""Pairs that may be one problem told twice; two entries side by side; judging, merging and taking a merge back."""

import streamlit as st

from ui.api_client import ApiClient
from ui.cards import title_of
from ui.comparison import differences, pair_card, told_entry
from ui.frame import heading, section
from ui.language import counted, t
from ui.links import link, open_page, same_page_link
from ui.markup import escaped
from ui.person import is_curator
from ui.vocabularies import api

PER_PAGE = 10
DONE = "duplicates-done"  # what this reader's last step answered


def _pairs(client: ApiClient) -> None:
    page = max(1, int(at)) if (at := st.query_params.get("page") or "1").isdecimal() else 1
    answer = client.read("/duplicates", {"limit": str(PER_PAGE), "offset": str((page - 1) * PER_PAGE)})
    heading(t("duplicates.title"), t("duplicates.lead"))
    if not answer["hits"]:
        st.html(f"<p>{escaped(t('duplicates.none'))}</p>")
        link("search", t("entry.to_search"), icon=":material/search:")
        return
    newest = f" · {t('duplicates.newest')}" if answer["total_relation"] == "gte" else ""
    st.html(f'<p class="hg-facts">{escaped(counted("duplicates.total", answer["total"]) + newest)}</p>')
    for hit in answer["hits"]:
        pair_card(hit)
    if answer["total"] > page * PER_PAGE:
        same_page_link("duplicates", t("duplicates.more"), {"page": str(page + 1)})


def _compare(client: ApiClient, one: str, other: str) -> None:
    heading(t("duplicates.side_by_side"), t("duplicates.marked"))
    same_page_link("duplicates", t("duplicates.back"))
    entries = {i: client.read(f"/entries/{i}")["entry"] for i in (one, other)}
    canonical = st.radio(
        t("duplicates.keep"), list(entries), format_func=lambda i: f"{i} · {title_of(entries[i])}", key=f"keep-{one}"
    )
    asked = {"canonical": canonical, "members": [i for i in entries if i != canonical], "preview": True}
    plan = client.send("POST", "/merges", asked)
    choices = differences(plan, [one, other])
    reason = st.text_input(t("duplicates.why"), max_chars=2000)
    with st.container(horizontal=True):
        preview = st.toggle(t("duplicates.preview"))
        related = st.button(t("duplicates.related"))
        distinct = st.button(t("duplicates.distinct"))
    for verdict, pressed in (("related", related), ("distinct", distinct)):
        if pressed:
            client.send(
                "POST", "/duplicates/judgements", {"entries": [one, other], "verdict": verdict, "reason": reason}
            )
            open_page("duplicates")
    if preview:
        section(t("duplicates.becomes"))
        told_entry(client.send("POST", "/merges", asked | {"choices": choices})["entry"])
    if st.button(t("duplicates.merge"), type="primary"):
        # The revisions that were shown: whoever edits meanwhile is not overwritten.
        asked |= {"choices": choices, "preview": False, "reason": reason, "read": plan["revisions"]}
        open_page("duplicates", {"batch": client.send("POST", "/merges", asked)["batch"], "canonical": canonical})


def _merged(client: ApiClient, batch: str, canonical: str) -> None:
    heading(t("duplicates.merged", id=canonical))
    link("entry", canonical, {"id": canonical}, icon=":material/article:")
    same_page_link("duplicates", t("duplicates.back"))
    if st.button(t("duplicates.undo")):
        undone = client.send("POST", f"/merges/{batch}/undo", {})
        said = t("duplicates.undone")
        if undone["kept_fields"]:
            said += ". " + t("duplicates.kept", fields=", ".join(undone["kept_fields"]))
        st.session_state[DONE] = said
        open_page("duplicates")


def _show() -> None:
    if not is_curator():
        heading(t("duplicates.sign_in"), t("duplicates.sign_in_hint"))
        link("search", t("entry.to_search"), icon=":material/search:")
        return
    client = api()
    if said := st.session_state.pop(DONE, None):
        st.success(said)
    asked = st.query_params
    if asked.get("batch") and asked.get("canonical"):
        _merged(client, asked["batch"], asked["canonical"])
    elif asked.get("a") and asked.get("b"):
        _compare(client, asked["a"], asked["b"])
    else:
        _pairs(client)


_show()
