"""The reader's own account: roles, notices, API keys."""

from typing import Any

import streamlit as st

from ui import dates
from ui.frame import heading, refuse, section
from ui.language import current, known, t
from ui.links import in_language, link
from ui.markup import escaped, label, paragraphs
from ui.person import forget, me
from ui.vocabularies import api, label_of

SCOPES = ("read", "import", "curate")
DAYS = (30, 90, 365)
SHOWN, TURN, SECRET = "notices-shown", "keys-turn", "keys-secret"


def _roles(grants: list[dict[str, Any]]) -> None:
    section(t("account.roles"))
    names = []
    for grant in grants:
        parts = [known(f"role.{grant['role']}", grant["role"])]
        parts += [label_of("organisations", grant["organisation"])] if grant.get("organisation") else []
        parts += [label_of("themes", theme) for theme in grant.get("themes") or []]
        names.append(f"<li>{escaped(' · '.join(parts))}</li>")
    st.html(f'<ul class="hg-list">{"".join(names)}</ul>' if names else f"<p>{t('account.no_roles')}</p>")


def _notices(unread: int) -> None:
    section(t("notices.title"))
    told = api().items("/notices", {"lang": current()})
    for notice in told:
        new = "" if notice["read"] else " data-new"
        st.html(
            f'<div class="hg-notice"{new}><strong>{escaped(notice["subject"])}</strong> '
            f"<small>{escaped(dates.day_of(notice['at'], current()))}</small><br>{paragraphs(notice['text'])}<br>"
            f'<a href="{in_language(notice["link"])}" target="_self">{t("notices.open")}</a></div>'
        )
    if not told:
        st.html(f"<p>{t('notices.none')}</p>")
    # Those that were on the screen before the click: what came since is shown first.
    read, st.session_state[SHOWN] = st.session_state.get(SHOWN, []), [notice["id"] for notice in told]
    if unread and st.button(t("notices.read"), key="read-notices"):
        api().send("POST", "/notices/read", {"ids": read})
        forget()
        st.rerun()


def _keys() -> None:
    section(t("keys.title"))
    st.html(f'<p class="hg-text">{t("keys.about")}</p>')
    turn = st.session_state.setdefault(TURN, 0)  # another number makes empty boxes of them
    with st.form(f"new-key-{turn}"):
        name = st.text_input(t("keys.name"), max_chars=80)
        scopes = st.multiselect(t("keys.scopes"), SCOPES, ["read"], format_func=lambda scope: t(f"keys.scope_{scope}"))
        days = st.selectbox(t("keys.days"), DAYS, 1)
        empty = [t(f"keys.{box}") for box, said in (("name", name.strip()), ("scopes", scopes)) if not said]
        pressed = st.form_submit_button(t("keys.make"))
        if pressed and empty:
            st.error(t("form.empty", fields=", ".join(empty)))
        elif pressed:
            made = api().send("POST", "/keys", {"name": name, "scopes": scopes, "days": days})
            st.session_state[SECRET], st.session_state[TURN] = made["secret"], turn + 1
            st.rerun()
    if secret := st.session_state.pop(SECRET, None):
        st.success(t("keys.secret"))
        st.code(secret, language=None)
    for key in api().items("/keys"):
        until = dates.day_of(key["expires_at"], current())
        ends = t("keys.revoked") if key["revoked_at"] else t("keys.until", day=until)
        used = t("keys.used", day=dates.day_of(key["used_at"], current())) if key["used_at"] else t("keys.unused")
        may = ", ".join(t(f"keys.scope_{scope}") for scope in key["scopes"])
        about = " · ".join((may, ends, used))
        st.html(f"<p><strong>{escaped(key['name'])}</strong> <code>{escaped(key['prefix'])}…</code> {about}</p>")
        if not key["revoked_at"] and st.button(label(t("keys.revoke", name=key["name"])), key=f"revoke-{key['id']}"):
            api().send("DELETE", f"/keys/{key['id']}")
            st.rerun()


reader = me()
if reader is None:
    refuse(t("account.title"), t("account.visitor"), "account")
else:
    heading(t("account.title"))
    _roles(reader["grants"])
    if any(grant["role"] in ("admin", "host_admin") for grant in reader["grants"]):
        link("people", t("people.title"))
    _notices(reader["unread"])
    _keys()
