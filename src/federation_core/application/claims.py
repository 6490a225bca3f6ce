"""Who is told by which meter, for somebody who tells resource by resource, round after round."""

import threading
from collections.abc import Mapping

import attrs

from federation_core.domain.ids import AResourceId, BResourceId

Claimants = frozenset[AResourceId]


@attrs.frozen
class _Claim:
    """Who claimed a meter in a round, and in the last one before in which anybody did."""

    round: int = 0
    now: Claimants = frozenset()
    before: Claimants = frozenset()

    def by(self, resource: AResourceId, number: int) -> "_Claim":
        if number == self.round:
            return attrs.evolve(self, now=self.now | {resource})
        return _Claim(number, frozenset({resource}), self.now)

    def contested_by(self, resource: AResourceId) -> Claimants:
        """All who claim it, where *resource* is not the only one."""
        several = self.now if len(self.now) > 1 else self.before
        return several if len(several) > 1 and resource in several else frozenset()


class Claims:
    """The claims of all rounds; thread-safe.

    What a meter shows cannot be told apart, so of several who claim it nobody is told: in the round in which they are first seen
    all but the one that came first, and from the next one on all, until one alone has claimed it for a round.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._round = 0
        self._claims: dict[BResourceId, _Claim] = {}

    def begin(self) -> None:
        """Begin a round."""
        with self._lock:
            self._round += 1

    def contested(self, links: Mapping[AResourceId, BResourceId]) -> Mapping[BResourceId, tuple[AResourceId, ...]]:
        """Note what meters each resource; returns those meters that others claim as well, with all who do."""
        with self._lock:
            for resource, link in links.items():
                self._claims[link] = self._claims.get(link, _Claim()).by(resource, self._round)
            found = {link: self._claims[link].contested_by(resource) for resource, link in links.items()}
        return {link: tuple(sorted(claimants)) for link, claimants in found.items() if claimants}
