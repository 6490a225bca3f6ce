"""Whose a user name on B is, and what the same person is called on A."""

from collections.abc import Iterable, Mapping
from typing import Self

import attrs

from federation_core.domain.records import AAccount, BAccount


@attrs.frozen
class NameBook:
    """User names of B, translated.

    Attributes:
        names: name on B -> name on A, for people known on both sides.
        foreign: names of B that belong to somebody else on A.
    """

    names: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    foreign: frozenset[str] = attrs.field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, on_a: Iterable[AAccount], on_b: Iterable[BAccount]) -> Self:
        """Pair the accounts of the same people; a person with two names on one side is not translated."""
        a_names, b_names = _by_person(on_a), _by_person(on_b)
        a_owners = {name: person for person, name in a_names.items()}
        names = {b_names[person]: a_names[person] for person in a_names.keys() & b_names.keys()}
        foreign = {name for person, name in b_names.items() if a_owners.get(name, person) != person}
        return cls(names, frozenset(foreign - names.keys()))

    def on_a(self, name: str) -> str | None:
        """What the owner of *name* on B is called on A: the same where nothing else is known, None where it is somebody else's."""
        return None if name in self.foreign else self.names.get(name, name)


def _by_person(accounts: Iterable[AAccount | BAccount]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for account in accounts:
        if account.name and account.person:
            found.setdefault(account.person.casefold(), set()).add(account.name)
    return {person: next(iter(held)) for person, held in found.items() if len(held) == 1}
