"""The accounts that the reader manages: invite, give a role, take it away."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.frame import heading, refuse, section
from ui.language import current, known, t
from ui.markup import escaped, label
from ui.person import me
from ui.vocabularies import api, label_of, most_first

HOSTS = ("host_editor", "host_admin")
CURATOR = "curator"
ROLES = (*HOSTS, CURATOR, "admin")
TURN, NOTE = "people-turn", "people-note"


def _named(grant: dict[str, Any]) -> str:
    """A role with its organisation and themes, as people read it."""
    parts = [known(f"role.{grant['role']}", grant["role"])]
    parts += [label_of("organisations", grant["organisation"])] if grant.get("organisation") else []
    return " · ".join([*parts, *(label_of("themes", theme) for theme in grant.get("themes") or [])])


def _themes(key: str, chosen: Sequence[str] = ()) -> list[str]:
    """The themes within which a curator reviews; none means everywhere."""
    return st.multiselect(
        t("people.themes"),
        [item["id"] for item in most_first("themes")],
        list(chosen),
        format_func=lambda theme: label_of("themes", theme),
        placeholder=t("people.all_themes"),
        key=key,
    )


def _invite(organisations: list[str], roles: tuple[str, ...]) -> None:
    section(t("people.invite"))
    turn = st.session_state.setdefault(TURN, 0)  # another number makes empty boxes of them
    with st.container(border=True, key="invite"):
        email = st.text_input(t("people.email"), max_chars=254, key=f"email-{turn}")
        name = st.text_input(t("people.name"), max_chars=120, key=f"name-{turn}")
        role = st.selectbox(t("people.role"), roles, format_func=lambda role: t(f"role.{role}"), key=f"role-{turn}")
        grant: dict[str, Any] = {"role": role}
        if role in HOSTS:
            grant["organisation"] = st.selectbox(
                t("people.organisation"),
                organisations,
                format_func=lambda value: label_of("organisations", value),
                key=f"organisation-{turn}",
            )
        if role == CURATOR:
            grant["themes"] = _themes(f"themes-{turn}")
        empty = [t(f"people.{box}") for box, said in (("email", email), ("name", name)) if not said.strip()]
        pressed = st.button(t("people.send"), key="send", type="primary")
        if pressed and empty:
            st.error(t("form.empty", fields=", ".join(empty)))
        elif pressed:
            body = {"email": email, "name": name, "language": current(), "grant": grant}
            api().send("POST", "/people", body)
            st.session_state[TURN] = turn + 1
            st.session_state[NOTE] = t("people.invited")
            st.rerun()


def _scope(path: str, grant: dict[str, Any], key: str) -> None:
    """A curator's themes, which an administrator changes: the same role given with others."""
    with st.popover(t("people.change_themes")):
        chosen = _themes(f"{key}-themes", grant["themes"])
        if st.button(t("people.save_themes"), key=f"{key}-save") and set(chosen) != set(grant["themes"]):
            api().send("POST", path, grant | {"themes": chosen})
            st.session_state[NOTE] = t("people.themes_saved")
            st.rerun()


def _somebody(account: dict[str, Any], organisations: list[str]) -> None:
    state = "disabled" if account["disabled"] else "confirmed" if account["confirmed"] else "waiting"
    st.html(
        f"<p><strong>{escaped(account['name'])}</strong> {escaped(account['email'])} "
        f'<span class="hg-note">{escaped(t(f"people.{state}"))}</span></p>'
    )
    path = f"/people/{account['id']}/grants"
    for number, grant in enumerate(account["grants"]):
        said = t("people.take", role=_named(grant))
        with st.container(horizontal=True):
            if st.button(label(said), key=f"take-{account['id']}-{number}"):
                api().send("POST", f"{path}/revoke", grant)
                st.rerun()
            if grant["role"] == CURATOR and admin:
                _scope(path, grant, f"scope-{account['id']}-{number}")
    wish = account["asks_for"]
    if wish in organisations and not any(grant["organisation"] == wish for grant in account["grants"]):
        grant = {"role": HOSTS[0], "organisation": wish}
        if st.button(label(t("people.accept", role=_named(grant))), key=f"accept-{account['id']}", type="primary"):
            api().send("POST", path, grant)
            st.rerun()


reader = me()
held = reader["grants"] if reader else []
admin = any(grant["role"] == "admin" for grant in held)
managed = [grant["organisation"] for grant in held if grant["role"] == "host_admin"]
if not admin and not managed:
    refuse(t("people.title"), t("people.refused"), "people")
else:
    heading(t("people.title"))
    if note := st.session_state.pop(NOTE, None):
        st.success(note)
    offered = sorted(
        (item["id"] for item in most_first("organisations")), key=lambda value: label_of("organisations", value)
    )
    mine = offered if admin else managed
    _invite(mine, ROLES if admin else HOSTS)
    section(t("people.accounts"))
    for account in api().items("/people"):
        _somebody(account, mine)
