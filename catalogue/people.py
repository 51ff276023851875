"""Who somebody is to the catalogue, and what they may see and do. Pure.

A person's grants come from the store with each request; nothing is remembered in a cookie. Every route asks here, so
that a rule has one home. Unpublished entries of others do not exist for a person: the answer is the same as for an
unknown id.
"""

from dataclasses import dataclass
from enum import StrEnum

from catalogue.curation import PUBLIC, UNSENT, Status


class Role(StrEnum):
    """What a grant lets its holder do; a visitor holds none."""

    HOST_EDITOR = "host_editor"
    """Creates, uploads and edits entries of one organisation."""
    HOST_ADMIN = "host_admin"
    """An editor who also manages the organisation's members and keys."""
    CURATOR = "curator"
    """Reviews, publishes and merges, everywhere or within a scope."""
    ADMIN = "admin"
    """Manages people and organisations, and may do everything."""


HOSTS = frozenset({Role.HOST_EDITOR, Role.HOST_ADMIN})
"""The roles that somebody holds for an organisation, whose member they are by it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role. Hosts have it for an organisation; a curator's empty scopes mean everything."""

    role: Role
    organisation: str | None = None
    """Public id of the organisation: whose host, or the one that a curator's scope is limited to."""
    themes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever acts: an account, an API key of it, a program, or a visitor without an account."""

    id: str
    """Stands as ``actor`` in events; never an e-mail address."""
    name: str = ""
    language: str = "th"
    grants: tuple[Grant, ...] = ()
    belongs_to: frozenset[str] = frozenset()
    """Organisations whose host they are, where the grants (a key's) do not say so."""

    @property
    def organisations(self) -> frozenset[str]:
        """Whose entries they may create and edit."""
        return frozenset(g.organisation for g in self.grants if g.role in HOSTS and g.organisation)

    @property
    def is_admin(self) -> bool:
        """Do they hold the admin role?"""
        return any(grant.role == Role.ADMIN for grant in self.grants)

    def curates(self, theme: str | None, owner: str, public: bool) -> bool:
        """May they review an entry of this theme that this organisation sent? Nobody reviews what their own sent.

        Unless it is ``public``, what has no theme is for the curators of every theme: else it would wait for nobody.
        """
        return self.is_admin or (
            owner not in self.organisations | self.belongs_to
            and any(
                grant.role == Role.CURATOR
                and (not grant.themes or theme in grant.themes or (theme is None and not public))
                and (grant.organisation is None or grant.organisation == owner)
                for grant in self.grants
            )
        )

    @property
    def is_curator(self) -> bool:
        """Do they review anything at all?"""
        return self.is_admin or any(grant.role == Role.CURATOR for grant in self.grants)


VISITOR = Person("visitor")


def may_see(person: Person, status: Status, theme: str | None, owner: str) -> bool:
    """Does this entry exist for this person? Drafts exist for their organisation alone, also not for curators."""
    if status in PUBLIC or owner in person.organisations or person.is_admin:
        return True
    return status not in UNSENT and person.curates(theme, owner, public=False)
