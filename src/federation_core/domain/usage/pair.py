"""One resource in one month: its totals, and people's shares of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.usage import ReportShares, ReportUsage
from federation_core.domain.plan.sync import Hold, Write
from federation_core.domain.units import AComponent, BComponent, show, to_hundredths
from federation_core.domain.usage.compare import compare, summed
from federation_core.domain.usage.metered import Person, in_a_units, shares_in_a_units
from federation_core.domain.usage.names import NameBook
from federation_core.domain.usage.records import AShare, ATotal, BShare, BTotal
from federation_core.domain.usage.scene import Corrections, Pair, UsageRules
from federation_core.domain.words import counted

CLOSED = "A takes no figures for this month any more"


@attrs.frozen
class PairMonth:
    """One pair in one month, and the rules it is decided by.

    Attributes:
        is_closed: whether A refused to take figures of this month for this resource before.
    """

    pair: Pair
    month: Month
    rules: UsageRules
    is_closed: bool = False

    @property
    def chain(self) -> str:
        """What its writes are about."""
        return f"{self.pair.a} {self.month}"

    def totals(self, have: Iterable[ATotal], seen: Sequence[BTotal]) -> Iterator[Write | Hold]:
        """What is to be told and held about its totals.

        Args:
            have: A's rows.
            seen: all of B's rows.
        """
        metered = summed((total.component, total.amount) for total in seen)
        told = summed((total.component, total.amount) for total in have)
        compared = compare(told, self._wanted(told, metered), self.rules.corrections)
        on_a, on_b = _listed(told), _listed(metered)
        if compared.told and self.is_closed:
            yield Hold(self.chain, None, CLOSED, on_a, on_b)
        elif compared.told:
            action = ReportUsage(self.pair.a, self.month, compared.told)
            yield Write(self.chain, action, f"B metered {on_b}", on_a, on_b)
        if compared.lowered:
            names = ", ".join(compared.lowered)
            yield Hold(self.chain, self._on_lower, f"B shows less of {names} than A has", on_a, on_b)
        vanished = [name for name in compared.vanished if name in self.rules.mapping.a_components]
        if vanished:
            yield Hold(self.chain, None, f"B shows no figure for {', '.join(vanished)} any more", on_a, on_b)

    def shares(
        self,
        have: Sequence[AShare],
        seen: Sequence[BShare],
        current: Mapping[AComponent, ATotal | None],
        names: NameBook,
    ) -> Iterator[Write | Hold]:
        """What is to be told and held about people's shares of totals that A has.

        Args:
            have: A's rows.
            seen: all of B's rows.
            current: the components with a total on A, and the row that shares of it are told under; None for one told just now.
            names: what people of B are called on A.
        """
        shares = shares_in_a_units(seen, names, self.rules.mapping)
        wanted = {key: value for key, value in shares.items() if key[0] in current}
        told = summed(((share.component, share.name), share.amount) for share in have)
        elsewhere = summed(
            ((share.component, share.name), share.amount)
            for share in have
            if _is_elsewhere(share, current.get(share.component))
        )
        compared = compare(told, wanted, self.rules.corrections)
        if compared.told and self.is_closed:
            yield Hold(self.chain, None, CLOSED)
        else:
            yield from self._share_writes(compared.told, elsewhere)
        if compared.lowered:
            count = len(compared.lowered)
            yield Hold(self.chain, self._on_lower, f"B shows less than A has for {counted(count, 'share')} of people")

    @property
    def _on_lower(self) -> Disposition | None:
        return Disposition.PARKED if self.rules.corrections is Corrections.HOLD else None

    def _wanted(
        self, told: Mapping[AComponent, Fraction], metered: Mapping[BComponent, Fraction]
    ) -> dict[AComponent, Fraction]:
        """What B metered, and zeroes for what vanished where an operator wants that."""
        gone = told.keys() & self.rules.mapping.a_components if self.rules.zero_vanished else frozenset()
        return {**dict.fromkeys(gone, Fraction(0)), **in_a_units(metered, self.rules.mapping)}

    def _share_writes(self, told: Mapping[Person, Fraction], elsewhere: Mapping[Person, Fraction]) -> Iterator[Write]:
        for component in sorted({component for component, _ in told}):
            amounts = {
                name: max(value - elsewhere.get((component, name), Fraction(0)), Fraction(0))
                for (of, name), value in sorted(told.items())
                if of == component
            }
            action = ReportShares(self.pair.a, self.month, component, amounts)
            yield Write(self.chain, action, f"{counted(len(amounts), 'share')} of {component} changed on B")


def _is_elsewhere(share: AShare, current: ATotal | None) -> bool:
    """Whether the share hangs on another row than the one that shares are told under now: then it counts beside it."""
    return current is not None and share.total != current.row


def _listed(amounts: Mapping[AComponent, Fraction] | Mapping[BComponent, Fraction]) -> str:
    return ", ".join(f"{name} {show(to_hundredths(value))}" for name, value in sorted(amounts.items())) or "nothing"
