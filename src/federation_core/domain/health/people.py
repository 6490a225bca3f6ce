"""Checks of what carrying people over depends on: roles that are there, and B's identity bridge."""

from collections.abc import Iterator, Mapping

from federation_core.domain.errors import PlaneError
from federation_core.domain.health.peers import in_words
from federation_core.domain.health.seen import PeerSeen, Seen, each, whole
from federation_core.domain.health.table import Hit, Severity, check, hit

_MAPPING = "backend_settings.role_mapping"
_OWNERS = "backend_settings.grant_owner_uuids"
_SOURCE = "backend_settings.identity_bridge_source"


@check(
    "a-roles",
    Severity.WARNING,
    needs=["a-lists"],
    cause="A has no role {role}, so this entry maps nobody",
    fix="correct the name; A has {known}",
)
def _a_roles(seen: Seen) -> Iterator[Hit]:
    """Every role that is mapped exists on A."""
    yield from _unknown(seen, seen.a, {role: role for role in seen.wishes.role_mapping})


@check(
    "b-roles",
    Severity.ERROR,
    needs=["b-lists"],
    cause="B has no role {role}, so nobody can be given it",
    fix="correct the name; B has {known}",
)
def _b_roles(seen: Seen) -> Iterator[Hit]:
    """Every role that roles are mapped to exists on B."""
    yield from _unknown(seen, seen.b, seen.wishes.role_mapping)


@check(
    "bridge",
    Severity.ERROR,
    needs=["b-reads"],
    cause="B's identity bridge cannot be used: {error}",
    fix="have B's operator switch it on and make the token's user an identity manager, or empty the key",
)
def _bridge(seen: Seen) -> Iterator[Hit]:
    """B's identity bridge is open to the token, where it is to be used."""
    if isinstance(seen.bridge, PlaneError):
        yield hit(_SOURCE, error=in_words(seen.bridge))


@check(
    "bridge-source",
    Severity.ERROR,
    needs=["bridge"],
    cause="B does not let the token vouch for people as {source}",
    fix="have B's operator add it to the sources that the token's user manages, or write one of those",
)
def _bridge_source(seen: Seen) -> Iterator[Hit]:
    """The token may vouch for people under the name in the settings."""
    source = seen.wishes.bridge_source
    for standing in each(seen.b.standing):
        managed = standing.managed_sources
        if source and managed is not None and not standing.is_staff and source not in managed:
            yield hit(_SOURCE, source=source)


@check(
    "people-spared",
    Severity.WARNING,
    needs=["a-lists", "b-lists"],
    cause="{people} on B that A does not ask for, because another account gave them",
    fix="name that account in grant_owner_uuids if it is yours, or set membership_policy: exact; drift lists them",
)
def _spared(seen: Seen) -> Iterator[Hit]:
    """Nobody keeps a role on B only because another account gave it."""
    if seen.spared:
        people = "1 person keeps roles" if seen.spared == 1 else f"{seen.spared} people keep roles"
        yield hit(_OWNERS, people=people)


def _unknown(seen: Seen, peer: PeerSeen, named: Mapping[str, str]) -> Iterator[Hit]:
    """The roles in *named*, by the entry of the settings that they belong to, that *peer* lists no such role for."""
    for listed in whole(peer.roles):
        known = ", ".join(sorted(name for name in listed if name.startswith("PROJECT."))) or "none"
        for entry, role in sorted(named.items()):
            if seen.wishes.members and role not in listed:
                yield hit(f"{_MAPPING}.{entry}", role=role, known=known)


PEOPLE = (_a_roles, _b_roles, _bridge, _bridge_source, _spared)
