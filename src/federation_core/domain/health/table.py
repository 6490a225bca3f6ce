"""What a check is, and how a table of them is worked through.

One root cause shall give one finding. So a check names the checks that must have found nothing before its own question makes
sense: where the token is refused, nobody asks what its roles allow. What was not asked for that reason is told as skipped.
"""

import enum
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from federation_core.domain.errors import Finding
from federation_core.domain.health.seen import PeerSeen, Seen
from federation_core.domain.ids import Side


class Severity(enum.Enum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@attrs.frozen
class Hit:
    """One place where a check finds something, with the details that fill its sentences.

    Attributes:
        where: the settings key, or the object on A or B.
    """

    where: str
    details: Mapping[str, str] = attrs.field(factory=dict)


def hit(where: str, **details: str) -> Hit:
    """A hit at *where*; *details* fill the braces in the check's cause and fix."""
    return Hit(where, details)


Look = Callable[[Seen], Iterable[Hit]]
PeerLook = Callable[[PeerSeen, Seen], Iterable[Hit]]


@attrs.frozen
class Check:
    """One question about the pair of marketplaces.

    Attributes:
        holds: what is true where the check finds nothing.
        cause: what is wrong where it finds something; details stand in braces.
        fix: what to do about it, in the same form.
        needs: names of the checks that must have found nothing before.
        look: asks the question; total, whatever was not seen.
    """

    name: str
    severity: Severity
    holds: str
    cause: str
    fix: str
    needs: tuple[str, ...]
    look: Look


@attrs.frozen
class Diagnosis:
    """A finding with the check that made it."""

    check: str
    severity: Severity
    finding: Finding

    def as_json(self) -> dict[str, str]:
        """The diagnosis as JSON values."""
        told = {"where": self.finding.path, "cause": self.finding.cause, "fix": self.finding.fix}
        return {"check": self.check, "severity": self.severity.value, **told}


@attrs.frozen
class Skipped:
    """A check that was not made, and the check that has to be mended before."""

    check: str
    because: str


@attrs.frozen
class Verdict:
    """What a table of checks found.

    Attributes:
        found: worst first, then in the order of the table.
        passed: the checks that found nothing.
    """

    found: tuple[Diagnosis, ...]
    passed: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def check(name: str, severity: Severity, *, cause: str, fix: str, needs: Sequence[str] = ()) -> Callable[[Look], Check]:
    """Make a check of a function; its docstring says what holds where it finds nothing."""
    return lambda look: Check(name, severity, _summary(look), cause, fix, tuple(needs), look)


def on_both_sides(
    name: str, severity: Severity, *, cause: str, fix: str, needs: Sequence[str] = ()
) -> Callable[[PeerLook], tuple[Check, Check]]:
    """Make a check for A and one for B of a function that looks at one peer; *needs* name checks of the same side."""

    def one(side: Side, look: PeerLook) -> Check:
        head = str(side).lower()
        return Check(
            name=f"{head}-{name}",
            severity=severity,
            holds=_summary(look),
            cause=cause,
            fix=fix,
            needs=tuple(f"{head}-{needed}" for needed in needs),
            look=lambda seen: look(seen.peer(side), seen),
        )

    return lambda look: (one(Side.A, look), one(Side.B, look))


def _summary(look: Callable[..., object]) -> str:
    return (inspect.getdoc(look) or "").split("\n")[0].rstrip(".")


def judge(table: Sequence[Check], seen: Seen) -> Verdict:
    """Work through *table* in its order; a check that was skipped, or found something, keeps those that need it from being made."""
    found: list[Diagnosis] = []
    passed: list[str] = []
    skipped: dict[str, Skipped] = {}
    failed: set[str] = set()
    for one in table:
        blocked = next((_root(needed, skipped) for needed in one.needs if needed in failed or needed in skipped), "")
        if blocked:
            skipped[one.name] = Skipped(one.name, blocked)
            continue
        hits = tuple(_told(one, seen))
        found += hits
        if hits:
            failed.add(one.name)
        else:
            passed.append(one.name)
    ranks = list(Severity)
    found.sort(key=lambda diagnosis: ranks.index(diagnosis.severity))
    return Verdict(tuple(found), tuple(passed), tuple(skipped.values()))


def _root(needed: str, skipped: Mapping[str, Skipped]) -> str:
    return skipped[needed].because if needed in skipped else needed


def _told(one: Check, seen: Seen) -> Iterator[Diagnosis]:
    for found in one.look(seen):
        finding = Finding(found.where, one.cause.format_map(found.details), one.fix.format_map(found.details))
        yield Diagnosis(one.name, one.severity, finding)
