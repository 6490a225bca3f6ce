"""What one account's roles in one project of B lack, have at the wrong length, and have too many of.

| wanted | present | difference |
| --- | --- | --- |
| a role | none | it lacks |
| a role | the same, ends later or never | it is too long |
| a role | the same, ends earlier | it is too short |
| a role | the same, ends in the same second | none |
| any, or none | the same role twice | it is doubled: B can neither change nor take away one of two |
| none | a role | it is surplus |
"""

from collections.abc import Iterable
from datetime import datetime

import attrs

from federation_core.domain.membership.claims import Roles
from federation_core.domain.membership.records import RoleHeld


@attrs.frozen
class Difference:
    """How the roles of one account differ from those wanted; roles in alphabetical order.

    Attributes:
        lacking: to be given, with their ends.
        short: held, and to be lengthened to these ends.
        long: held, and to be shortened to these ends.
        surplus: held and not wanted.
        doubled: held twice.
    """

    lacking: tuple[tuple[str, datetime | None], ...] = ()
    short: tuple[tuple[str, datetime | None], ...] = ()
    long: tuple[tuple[RoleHeld, datetime | None], ...] = ()
    surplus: tuple[RoleHeld, ...] = ()
    doubled: tuple[str, ...] = ()


def differences(wanted: Roles, present: Iterable[RoleHeld]) -> Difference:
    """Compare the roles that one account should have with those it has."""
    held: dict[str, list[RoleHeld]] = {}
    for role in present:
        held.setdefault(role.role, []).append(role)
    doubled = {name for name, roles in held.items() if len(roles) > 1}
    single = {name: roles[0] for name, roles in sorted(held.items()) if name not in doubled}
    both = [(single[name], wanted[name]) for name in single if name in wanted]
    differing = [(role, end) for role, end in both if _second(role.expires) != _second(end)]
    return Difference(
        lacking=tuple((name, wanted[name]) for name in sorted(wanted) if name not in held),
        short=tuple((role.role, end) for role, end in differing if _ends_before(role.expires, end)),
        long=tuple((role, end) for role, end in differing if not _ends_before(role.expires, end)),
        surplus=tuple(role for name, role in single.items() if name not in wanted),
        doubled=tuple(sorted(doubled)),
    )


def _second(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(microsecond=0)


def _ends_before(one: datetime | None, other: datetime | None) -> bool:
    if one is None:
        return False
    return other is None or one < other
