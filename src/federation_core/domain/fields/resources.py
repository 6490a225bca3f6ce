"""The rows of the authority table about resources, and which resources are pairs."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import attrs

from federation_core.domain.fields.authority import LATER, PARKED, TOLD, Field, Shown, View
from federation_core.domain.fields.dates import end_date_authority, has_passed
from federation_core.domain.fields.limits import honoured
from federation_core.domain.fields.rules import UNTOLD_ERROR, Authority, FieldRules, LimitsWay
from federation_core.domain.fields.scene import Obstacle, ResourcesSeen
from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.links import links_of
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows
from federation_core.domain.plan.actions import SyncAction
from federation_core.domain.plan.actions.fields import (
    ConfirmResource,
    MarkErred,
    MarkOk,
    SetEffectiveId,
    SetEndDateOnA,
    SetEndDateOnB,
    SetLimits,
)
from federation_core.domain.plan.sync import Hold
from federation_core.domain.records import AResource, BResource
from federation_core.domain.units import AComponent

LONGEST_ID = 255
"""Characters an effective id may have; longer ones are never cut."""

OK, ERRED, UPDATING, TERMINATED = "OK", "Erred", "Updating", "Terminated"
_LIVING = frozenset({OK, ERRED, UPDATING})


@attrs.frozen
class ResourcePair:
    """A resource of A, and the one on B that it is linked to."""

    a: AResource
    b: BResource

    @property
    def key(self) -> str:
        """The UUID of A's resource."""
        return str(self.a.id)


@attrs.frozen
class Pairs:
    """The pairs that were seen, and what is no pair although A says so."""

    pairs: tuple[ResourcePair, ...] = ()
    holds: tuple[Hold, ...] = ()


def resource_pairs(seen: ResourcesSeen) -> Pairs:
    """Pair the resources by A's links.

    | A's resources | B's resources | A's resource | paired |
    | --- | --- | --- | --- |
    | not all read | any | any | no: another one may be linked to the same |
    | all read | any | Terminated, or not linked | no |
    | all read | any | linked to what another living one is linked to | no; parked, all of them |
    | all read | shown | linked | yes |
    | all read | not shown, all read | linked and living | no; parked |
    | all read | not shown, not all read | linked | no |
    """
    if not isinstance(seen.a, Complete):
        return Pairs()
    on_b, links = {resource.id: resource for resource in rows(seen.b)}, links_of(seen.a.value)
    pairs: list[ResourcePair] = []
    holds: list[Hold] = []
    for resource in sorted(seen.a.value, key=lambda r: r.id):
        linked = parse_uuid(resource.backend_id)
        if linked is None or resource.state == TERMINATED:
            continue
        found = on_b.get(BResourceId(linked))
        owners = links[BResourceId(linked)]
        if len(owners) > 1:
            holds.append(_contested(resource, owners))
        elif found is not None:
            pairs.append(ResourcePair(resource, found))
        elif isinstance(seen.b, Complete) and resource.state in _LIVING:
            holds.append(Hold(str(resource.id), PARKED, f"B does not show resource {linked}, which it is linked to"))
    return Pairs(tuple(pairs), tuple(holds))


def _contested(resource: AResource, owners: Iterable[AResourceId]) -> Hold:
    names = ", ".join(str(owner) for owner in owners)
    return Hold(str(resource.id), PARKED, f"resources {names} of A are linked to one resource on B; none is written")


def untold_limits(pairs: Iterable[ResourcePair], rules: FieldRules) -> Iterable[str]:
    """Notes about limits that B changed and that cannot be told on A."""
    for pair in pairs if rules.limits is LimitsWay.B_TO_A else ():
        names = honoured(rules.mapping, pair.a.limits, pair.b.limits).untold if _is_at_work(pair) else ()
        if names:
            yield (
                f"B's limits of resource {pair.key} changed, but several components share them, "
                f"so those of {', '.join(names)} cannot be told; they stay as they are on A"
            )


def _is_at_work(pair: ResourcePair) -> bool:
    """Whether both sides show it at work; while an order is open, they do not."""
    return pair.a.state == pair.b.state == OK


def _limits(pair: ResourcePair, view: View) -> tuple[Shown, Shown] | None:
    if not _is_at_work(pair):
        return None
    by_b = honoured(view.rules.mapping, pair.a.limits, pair.b.limits).limits
    return Shown(dict(pair.a.limits)), Shown(dict(by_b))


def _set_limits(pair: ResourcePair, value: Mapping[AComponent, Fraction], _view: View) -> SyncAction:
    return SetLimits(pair.a.id, value, dict(pair.a.limits))


def _effective_id(pair: ResourcePair, _view: View) -> tuple[Shown, Shown] | None:
    if pair.a.effective_id is None:
        return None
    return Shown(pair.a.effective_id or None), Shown(pair.b.effective_id or pair.b.backend_id or None)


def _too_long(_pair: ResourcePair, value: str, _view: View) -> Obstacle | None:
    if len(value) <= LONGEST_ID:
        return None
    return Obstacle(PARKED, f"the id has {len(value)} characters, and A takes {LONGEST_ID}; it is not cut")


def _end_dates(pair: ResourcePair, view: View) -> tuple[Shown, Shown] | None:
    if not {pair.a.state, pair.b.state} <= _LIVING:
        return None
    on_b = view.scene.on_a_clock(pair.b.end_dated_at)
    return Shown(pair.a.end_date, pair.a.end_dated_at), Shown(pair.b.end_date, on_b)


def _state(pair: ResourcePair, _view: View) -> tuple[Shown, Shown] | None:
    known = pair.a.state in {OK, ERRED} and pair.b.state in {OK, ERRED, TERMINATED}
    if not known or (pair.a.state, pair.b.state) == (ERRED, TERMINATED):
        return None
    return Shown(pair.a.state), Shown(pair.b.state)


def _set_state(pair: ResourcePair, value: str, view: View) -> SyncAction:
    if value == OK:
        return MarkOk(pair.a.id)
    return MarkErred(pair.a.id, (view.rules.tell_reasons and pair.b.error_message) or UNTOLD_ERROR)


def _unstated(pair: ResourcePair, value: str, view: View) -> Obstacle | None:
    """What keeps B's state from being shown on A."""
    busy = _is_busy(pair, value, view)
    if busy is not None or view.scene.resources is None or value == ERRED:
        return busy
    if value == TERMINATED:
        return Obstacle(PARKED, "B terminated it, and nobody on A ordered that; order its termination on A")
    if pair.a.id in view.scene.resources.stillborn:
        return Obstacle(PARKED, "its order on A ended without success, so B's resource is nobody's")
    if pair.a.id in view.scene.resources.unclear:
        reason = view.scene.resources.unclear[pair.a.id]
        return Obstacle(LATER, f"how its order on A ended could not be read: {reason}")
    return None


def _is_busy(pair: ResourcePair, _value: object, view: View) -> Obstacle | None:
    """An open order will settle the field, and so may one that was not read."""
    seen = view.scene.resources
    if seen is None:  # pragma: no cover - there is no pair then
        return None
    return _open(pair.a.id, seen.a_open, "A") or _open(pair.b.id, seen.b_open, "B")


def _open(
    resource: AResourceId | BResourceId,
    orders: Observed[frozenset[AResourceId]] | Observed[frozenset[BResourceId]],
    side: str,
) -> Obstacle | None:
    match orders:
        case Complete(found) | Incomplete(found, _) if resource in found:
            return Obstacle(LATER, f"an order for it is open on {side}")
        case Incomplete(_, reason) | Unreadable(reason):
            return Obstacle(LATER, f"{side}'s open orders could not be listed: {reason}")
        case _:
            return None


def _pausing(pair: ResourcePair, _view: View) -> tuple[Shown, Shown]:
    asked = [name for name in ("paused", "downscaled") if getattr(pair.a, name) and not getattr(pair.b, name)]
    return Shown(" and ".join(asked) or None), Shown()


def _not_ours(_pair: ResourcePair, value: str, _view: View) -> Obstacle:
    return Obstacle(TOLD, f"it is {value} on A; on B only staff can do that, so B's provider must be asked")


def _confirmation(pair: ResourcePair, view: View) -> tuple[Shown, Shown] | None:
    after = view.rules.confirm_after
    if after is None or not _is_at_work(pair):
        return None
    is_fresh = pair.a.last_sync is not None and view.scene.now - pair.a.last_sync < after
    return Shown("recent" if is_fresh else "old"), Shown("recent")


def _when(wanted: bool) -> Authority:  # noqa: FBT001 - a setting, folded
    return Authority.B if wanted else Authority.NOBODY


LIMITS: Field[ResourcePair] = Field(
    name="limits",
    authority=lambda rules: _when(rules.limits is LimitsWay.B_TO_A),
    shown=_limits,
    on_a=_set_limits,
    obstacle=_is_busy,
    needs_rest=True,
)
STATE: Field[ResourcePair] = Field(
    name="state",
    authority=lambda _rules: Authority.B,
    shown=_state,
    on_a=_set_state,
    obstacle=_unstated,
    needs_rest=True,
)
RESOURCE_FIELDS: tuple[Field[ResourcePair], ...] = (
    LIMITS,
    Field(
        name="end date",
        authority=end_date_authority,
        shown=_end_dates,
        on_a=lambda pair, value, _: SetEndDateOnA(pair.a.id, pair.b.id, value, pair.a.end_date),
        on_b=lambda pair, value, _: SetEndDateOnB(pair.b.id, pair.a.id, value, pair.b.end_date),
        obstacle=has_passed,
    ),
    Field(
        name="effective id",
        authority=lambda _rules: Authority.B,
        shown=_effective_id,
        on_a=lambda pair, value, _: SetEffectiveId(pair.a.id, value),
        obstacle=_too_long,
    ),
    STATE,
    Field(
        name="pausing",
        authority=lambda _rules: Authority.A,
        shown=_pausing,
        obstacle=_not_ours,
    ),
    Field(
        name="confirmation",
        authority=lambda rules: _when(rules.confirm_after is not None),
        shown=_confirmation,
        on_a=lambda pair, _value, _: ConfirmResource(pair.a.id),
    ),
)
"""What both sides show of a resource."""
