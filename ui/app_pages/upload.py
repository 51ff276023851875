"""A host's workbook: check it, explain its column titles, correct it, save it, take it back."""

import hashlib
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import column_titles, dates, plan_view
from ui.api_client import ApiError
from ui.frame import heading, section, show_error
from ui.language import counted, current, known, t
from ui.person import organisations
from ui.vocabularies import api, label_of

PLAN, MARKED, NOTE, ROUND, SURE = "upload-plan", "upload-marked", "upload-note", "upload-round", "upload-sure"
LEFT = "upload-left"  # remarks on the rows of a file that was saved
TEMPLATE = "/api/v1/imports/template.xlsx"  # a plain link: the browser's own cookie says who asks
PASTED = "pasted.txt"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _source() -> tuple[str, bytes] | None:
    """Name and content of what the host sends; None as long as there is nothing."""
    # Another number makes empty fields of them: after a commit the page begins anew.
    turn = st.session_state.setdefault(ROUND, 0)
    how = st.radio(
        t("upload.how"), ("file", "paste"), format_func=lambda way: t(f"upload.how_{way}"), horizontal=True, key="how"
    )
    if how == "file":
        # Streamlit has no words for this field in other languages than English.
        browse = t("upload.browse")
        button = '[data-testid="stFileUploaderDropzone"] [data-testid="stBaseButton-secondary"]'
        refused = '[data-testid="stFileUploader"]:has([data-testid="stFileChip"][aria-invalid="true"])'
        st.html(
            f'<style>{button}::after {{ content: "{browse}"; }}'
            f'{refused}::after {{ content: "{t("upload.too_large")}"; color: #A3201D; }}</style>'
        )
        chosen = st.file_uploader(t("upload.file"), key=f"file-{turn}")
        return (chosen.name, chosen.getvalue()) if chosen else None
    words = st.text_area(t("upload.paste"), height=160, key=f"paste-{turn}")
    st.button(t("upload.check"), key="check")  # leaving the field is enough; people look for a button
    return (PASTED, words.encode()) if words.strip() else None


def _asked(owner: str, name: str) -> dict[str, str]:
    return {"name": name, "organisation": owner}


def _sent(asked: dict[str, str], data: bytes, place: DeltaGenerator) -> dict[str, Any]:
    """What the API answers to the file; a bar shows how far it is meanwhile."""
    bar = place.progress(0.0, t("upload.checking"))

    def told(state: str, done: int, total: int) -> None:
        words = known(f"upload.{state}", t("upload.checking"))
        bar.progress(done / max(1, total), words.format(done=f"{done:,}", total=f"{total:,}"))

    try:
        return api().upload_told("/imports", data, asked, told)
    finally:
        place.empty()


def _plan(owner: str, name: str, data: bytes, place: DeltaGenerator) -> dict[str, Any] | None:
    """What the file would do; asked once for as long as neither the file nor its titles' meanings change."""
    of = (owner, name, hashlib.sha256(data).hexdigest())
    held = st.session_state.get(PLAN)
    if held and held[0] == of:
        return held[1]  # type: ignore[no-any-return]  # what was put there below
    for earlier in (MARKED, PLAN, LEFT):
        st.session_state.pop(earlier, None)
    try:
        found = _sent(_asked(owner, name), data, place)
    except ApiError as error:
        show_error(error)
        return None
    st.session_state[PLAN] = (of, found)
    return found


def _marked(owner: str, name: str, data: bytes) -> None:
    """The workbook with remarks: made on demand, because that takes as long as checking."""
    if st.button(t("upload.mark"), key="mark", icon=":material/rate_review:"):
        with st.spinner(t("upload.checking")):
            st.session_state[MARKED] = api().file("/imports/annotated", data, _asked(owner, name))
    if made := st.session_state.get(MARKED):
        stem = name.rpartition(".")[0] or name
        st.download_button(
            t("upload.marked"), made, f"{stem}-checked.xlsx", XLSX, key="marked", icon=":material/download:"
        )


def _commit(owner: str, name: str, data: bytes, found: dict[str, Any]) -> None:
    new = found["create"] + found["update"]
    if not new:
        st.html(f"<p>{t('upload.nothing')}</p>")
        return
    if found["rejected"]:
        st.html(f'<p class="hg-facts">{t("upload.left_out")}</p>')
    if st.button(counted("upload.commit", new), key="commit", type="primary"):
        try:
            done = _sent({**_asked(owner, name), "commit": "true"}, data, st.empty())
        except ApiError as error:
            show_error(error)
            return
        st.session_state[NOTE] = _done(done)
        st.session_state[ROUND] += 1
        st.session_state[LEFT] = done["problems"]
        st.session_state.pop(PLAN, None)
        st.session_state.pop(MARKED, None)
        st.rerun()


def _done(done: dict[str, Any]) -> str:
    """What saving really did: it looks at every row anew, and others may have written since the file was checked."""
    if done["batch"]:
        said = t("upload.done", created=done["create"], updated=done["update"])
    else:
        said = counted("upload.all_saved", done["unchanged"]) if done["unchanged"] else t("upload.none_saved")
    return f"{said} {counted('upload.done_rejected', done['rejected'])}" if done["rejected"] else said


def _check(owner: str, name: str, data: bytes) -> None:
    # There from the first: were it not on the next run, what opens below it would shut.
    found = _plan(owner, name, data, st.empty())
    if found is None:
        return
    _remember(owner, column_titles.unknown(found))
    _remember(owner, column_titles.known(found))
    plan_view.result(found)
    if found["problems"]:
        _marked(owner, name, data)
    _commit(owner, name, data, found)


def _remember(owner: str, meant: column_titles.Meant) -> None:
    """Keep what the host says of column titles, if anything, and look at the file once more."""
    if meant:
        api().send("PUT", f"/imports/mapping?organisation={owner}", {"mapping": meant})
        st.session_state[NOTE] = t("upload.noted")
        st.session_state.pop(PLAN, None)
        st.session_state.pop("title", None)
        st.rerun()


def _before() -> None:
    section(t("upload.before"))
    found = api().read("/imports")["items"]
    if not found:
        st.html(f"<p>{t('upload.none_before')}</p>")
    for batch in found:
        with st.container(border=True, key=f"batch-{batch['id']}"):
            day = dates.day_of(batch["at"], current())
            plan_view.batch(batch, day)
            if batch["undone"]:
                continue
            if st.session_state.get(SURE) != batch["id"]:
                if st.button(t("upload.undo"), key=f"undo-{batch['id']}"):
                    st.session_state[SURE] = batch["id"]
                    st.rerun()
                continue
            st.html(f"<p>{t('upload.undo_what')}</p>")
            if st.button(t("upload.undo_sure"), key=f"sure-{batch['id']}", type="primary"):
                st.session_state.pop(SURE)
                try:
                    undone = api().send("POST", f"/imports/{batch['id']}/undo")
                except ApiError as error:
                    show_error(error)
                else:
                    st.session_state[NOTE] = counted("upload.undid", undone["entries"])
                    st.session_state.pop(PLAN, None)
                    st.rerun()


heading(t("upload.title"), t("upload.note"))
with st.container():
    if said := st.session_state.pop(NOTE, None):
        st.success(said)
    if left := st.session_state.get(LEFT):
        section(t("upload.of_saved"))
        plan_view.problems(left)
mine = organisations()
if mine:
    st.html(f'<p><a href="{TEMPLATE}" download>{t("upload.template")}</a></p>')
    sender = mine[0]
    if len(mine) > 1:
        sender = st.selectbox(t("form.owner"), mine, format_func=lambda v: label_of("organisations", v), key="owner")
    if source := _source():
        _check(sender, *source)
    _remember(sender, column_titles.remembered(api().read("/imports/mapping", {"organisation": sender})))
    _before()
else:
    st.html(f"<p>{t('own.refused')}</p>")
