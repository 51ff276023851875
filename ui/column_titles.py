"""How the titles of a file's columns are read: those to explain, those to change, and what is remembered of them."""

from typing import Any

import streamlit as st

from ui.frame import section
from ui.language import counted, t
from ui.markup import escaped, label
from ui.vocabularies import shown

Meant = dict[str, str | None]
"""By title: the column that it means, "" to leave it out, None to forget what was said of it."""
AS_EVER = "as-ever"  # offered beside the columns: how the catalogue itself reads a title


def unknown(found: dict[str, Any]) -> Meant:
    """Ask what unknown titles mean; the answer once it is given, else empty."""
    titles = {header["header"]: header for header in found["unknown_headers"]}
    if not titles:
        return {}
    section(t("upload.unknown"), t("upload.unknown_note"))
    meant: Meant = {}
    with st.form("mapping"):
        for number, (title, header) in enumerate(titles.items()):
            names = _names(found, header)
            offered = list(names)
            meant[title] = st.selectbox(
                label(t("upload.means", header=title, cell=header["cell"])),
                offered,
                offered.index(header["suggestion"] if header["suggestion"] in names else ""),
                format_func=names.__getitem__,
                key=f"means-{number}-{title}",
            )
        done = st.form_submit_button(t("upload.remember"), type="primary")
    return meant if done else {}


def known(found: dict[str, Any]) -> Meant:
    """Show how the other titles are read, those first that somebody explained; what one is to mean once it is said."""
    titles = sorted(found["known_headers"], key=lambda header: not header["told"])
    if not titles:
        return {}
    with st.expander(counted("upload.columns", len(titles))):
        rows = "".join(_row(_where(header), header["header"], _read_as(found, header)) for header in titles)
        _table(("cell", "column", "read_as"), rows)
        chosen = st.selectbox(
            t("upload.change"),
            range(len(titles)),
            None,
            format_func=lambda number: f"{_where(titles[number])} {titles[number]['header']}",
            placeholder=t("form.choose"),
            key="title",
        )
        if chosen is None:
            return {}
        header = titles[chosen]
        names = _names(found, header) | ({AS_EVER: t("upload.as_ever")} if header["told"] else {})
        meant = st.selectbox(
            label(t("upload.means", header=header["header"], cell=_where(header))),
            list(names),
            list(names).index(header["key"]),
            format_func=names.__getitem__,
            key=f"other-{chosen}-{header['header']}",
        )
        done = st.button(t("upload.remember"), key="change-title", type="primary")
    if not done or meant == header["key"]:
        return {}
    return {header["header"]: None if meant == AS_EVER else meant}


def remembered(said: dict[str, Any]) -> Meant:
    """Show what an organisation said of titles until now, of whatever file; those to be forgotten, once it is said."""
    titles = said["mapping"]
    if not titles:
        return {}
    with st.expander(counted("upload.remembered", len(titles))):
        names = {key: shown(name, key) for key, name in said["labels"].items()}
        rows = (_row("", title, names.get(key, key) or t("upload.leave_out")) for title, key in titles.items())
        _table(("column", "read_as"), "".join(rows))
        chosen = st.multiselect(t("upload.forget"), list(titles), placeholder=t("form.choose"), key="forget")
        done = st.button(t("upload.forget_chosen"), key="forget-chosen", disabled=not chosen)
    return dict.fromkeys(chosen) if done else {}


def _names(found: dict[str, Any], header: dict[str, Any]) -> dict[str, str]:
    """What a title may mean, by column; first of all nothing."""
    columns = found["columns"][header["kind"]]
    return {"": t("upload.leave_out"), **{column["key"]: shown(column["label"], column["key"]) for column in columns}}


def _read_as(found: dict[str, Any], header: dict[str, Any]) -> str:
    name = _names(found, header).get(header["key"], header["key"])
    return f"{name} ({t('upload.as_told')})" if header["told"] else name


def _where(header: dict[str, Any]) -> str:
    return " ".join(filter(None, (header["sheet"], header["cell"])))


def _table(titles: tuple[str, ...], rows: str) -> None:
    heads = "".join(f'<th scope="col">{t(f"upload.{name}")}</th>' for name in titles)
    st.html(f'<table class="hg-titles"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')


def _row(where: str, title: str, read_as: str) -> str:
    place = f"<td>{escaped(where)}</td>" if where else ""
    return f"<tr>{place}<td><strong>{escaped(title)}</strong></td><td>{escaped(read_as)}</td></tr>"
