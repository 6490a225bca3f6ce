"""Applying what a plan for keeping two sides equal would write: stage by stage, chains side by side."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import attrs

from federation_core.application.outcome import Kind, Outcome, kind_of
from federation_core.domain.errors import FederationError
from federation_core.domain.plan.actions import Action, SyncAction
from federation_core.domain.plan.sync import SyncPlan, Write
from federation_core.ports.journal import Entry, Journal
from federation_core.ports.pool import WorkPool


@attrs.define
class _Chain:
    writes: list[Write]
    done: list[Action] = attrs.field(factory=list)
    error: FederationError | None = None


class WriteApplier:
    """Applies one plan."""

    def __init__(
        self,
        pool: WorkPool,
        journal: Journal,
        write: Callable[[SyncAction], None],
        spares: Callable[[FederationError], bool] = lambda _error: False,
    ) -> None:
        """Prepare to apply.

        Args:
            pool: what independent chains run in.
            journal: told of every write.
            write: does one action, or raises a `FederationError`.
            spares: whether an error only leaves its write out, and fails nothing.
        """
        self._pool = pool
        self._journal = journal
        self._write = write
        self._spares = spares

    def apply(self, plan: SyncPlan, before: Callable[[int], None] | None = None) -> tuple[Outcome, ...]:
        """Do all writes of *plan*, and report every chain and every hold.

        Args:
            plan: what to do.
            before: called with each stage ahead of it, for reading what its writes need.
        """
        chains: dict[str, _Chain] = {}
        for write in sorted(plan.writes, key=lambda w: w.action.stage):
            chains.setdefault(write.chain, _Chain([])).writes.append(write)
        for stage in sorted({int(write.action.stage) for write in plan.writes}):
            if before is not None:
                before(stage)
            due = [(chain, [w for w in chain.writes if w.action.stage == stage]) for chain in chains.values()]
            self._pool.run([partial(self._in_turn, chain, writes) for chain, writes in due if writes])
        written = [_outcome(plan.subject, key, chain) for key, chain in chains.items()]
        return (*written, *_held(plan))

    def _in_turn(self, chain: _Chain, writes: Sequence[Write]) -> None:
        for write in writes:
            if chain.error is not None:
                return
            try:
                self._write(write.action)
            except FederationError as error:
                chain.error = None if self._spares(error) else error
                self._journal.note(Entry(write.action, str(error)))
            else:
                chain.done.append(write.action)
                self._journal.note(Entry(write.action))


def _outcome(subject: str, key: str, chain: _Chain) -> Outcome:
    kind = Kind.SETTLED if chain.error is None else kind_of(chain.error.disposition)
    reason = "; ".join(dict.fromkeys(write.reason for write in chain.writes))
    error = "" if chain.error is None else str(chain.error)
    return Outcome(key, _resource(key), subject, kind, reason, tuple(chain.done), error)


def _held(plan: SyncPlan) -> Iterable[Outcome]:
    for hold in plan.holds:
        if hold.why is not None:
            yield Outcome(hold.chain, _resource(hold.chain), plan.subject, kind_of(hold.why), hold.reason)


def _resource(chain: str) -> str:
    return chain.partition(" ")[0]
