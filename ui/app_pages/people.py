"""The accounts that the reader manages: invite, give a role, take it away."""

from typing import Any

import streamlit as st

from ui.frame import heading, refuse, section
from ui.language import current, known, t
from ui.markup import escaped, label
from ui.person import me
from ui.vocabularies import api, label_of, most_first

HOSTS = ("host_editor", "host_admin")
ROLES = (*HOSTS, "curator", "admin")


def _named(grant: dict[str, Any]) -> str:
    """A role with its organisation and themes, as people read it."""
    parts = [known(f"role.{grant['role']}", grant["role"])]
    parts += [label_of("organisations", grant["organisation"])] if grant.get("organisation") else []
    return " · ".join([*parts, *(label_of("themes", theme) for theme in grant.get("themes") or [])])


def _invite(organisations: list[str], roles: tuple[str, ...]) -> None:
    section(t("people.invite"))
    with st.form("invite", clear_on_submit=True):
        email = st.text_input(t("people.email"), max_chars=254)
        name = st.text_input(t("people.name"), max_chars=120)
        role = st.selectbox(t("people.role"), roles, format_func=lambda role: t(f"role.{role}"))
        organisation = st.selectbox(
            t("people.organisation"), organisations, format_func=lambda value: label_of("organisations", value)
        )
        if st.form_submit_button(t("people.send")) and email and name:
            grant = {"role": role, "organisation": organisation if role in HOSTS else None}
            body = {"email": email, "name": name, "language": current(), "grant": grant}
            api().send("POST", "/people", body)
            st.success(t("people.invited"))


def _somebody(account: dict[str, Any], organisations: list[str]) -> None:
    state = "disabled" if account["disabled"] else "confirmed" if account["confirmed"] else "waiting"
    st.html(
        f"<p><strong>{escaped(account['name'])}</strong> {escaped(account['email'])} "
        f'<span class="hg-note">{escaped(t(f"people.{state}"))}</span></p>'
    )
    path = f"/people/{account['id']}/grants"
    for number, grant in enumerate(account["grants"]):
        said = t("people.take", role=_named(grant))
        if st.button(label(said), key=f"take-{account['id']}-{number}"):
            api().send("POST", f"{path}/revoke", grant)
            st.rerun()
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
    offered = sorted(
        (item["id"] for item in most_first("organisations")), key=lambda value: label_of("organisations", value)
    )
    mine = offered if admin else managed
    _invite(mine, ROLES if admin else HOSTS)
    section(t("people.accounts"))
    for account in api().items("/people"):
        _somebody(account, mine)
