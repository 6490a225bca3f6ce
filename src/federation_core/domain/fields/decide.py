"""What is written and what is held about all fields of one offering: decided from one scene, without I/O."""

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from federation_core.domain.fields.authority import Field, P, View, decide
from federation_core.domain.fields.projects import PROJECT_FIELDS, SUB_DOMAIN, project_pairs
from federation_core.domain.fields.resources import RESOURCE_FIELDS, ResourcePair, resource_pairs, untold_limits
from federation_core.domain.fields.rules import FieldRules
from federation_core.domain.fields.scene import FieldScene, Obstacle
from federation_core.domain.fields.usernames import ACCOUNT_FIELDS, account_pairs, unnamed_people
from federation_core.domain.plan.actions import SyncAction, describe
from federation_core.domain.plan.sync import Hold, Write

TABLE: Mapping[str, tuple[Field[Any], ...]] = MappingProxyType(
    {"resource": RESOURCE_FIELDS, "project": PROJECT_FIELDS, "account": ACCOUNT_FIELDS}
)
"""Every row there is, by what it is about."""


@attrs.frozen
class FieldsDecided:
    """What is to be written, what is held, and what else is worth knowing."""

    writes: tuple[Write, ...] = ()
    holds: tuple[Hold, ...] = ()
    notes: tuple[str, ...] = ()


def decide_fields(scene: FieldScene, rules: FieldRules) -> FieldsDecided:
    """Decide every field of every pair that was seen; what was not read is left alone."""
    view = View(scene, rules)
    decided = [*_of_resources(view), *_of_projects(view), *_of_accounts(view)]
    writes = [item for item in decided if isinstance(item, Write)]
    notes = (*_notes(view), *_unknown_notes(writes, scene.unknown))
    known = [write for write in writes if kind_of_action(write.action) not in scene.unknown]
    due = tuple(write for write in known if identity_of(write.action) not in scene.refused)
    holds = [item for item in decided if isinstance(item, Hold)]
    refused = [_refused(write, scene.refused) for write in known if identity_of(write.action) in scene.refused]
    return FieldsDecided(due, (*holds, *refused), notes)


def at_stake(scene: FieldScene, rules: FieldRules) -> tuple[ResourcePair, ...]:
    """The pairs with a field that differs and is decided only while no order is open."""
    if scene.resources is None:
        return ()
    view, fields = View(scene, rules), [field for field in RESOURCE_FIELDS if field.needs_rest]
    pairs = resource_pairs(scene.resources).pairs
    return tuple(pair for pair in pairs if any(decide(field, pair, view) is not None for field in fields))


def wants_sub_domains(scene: FieldScene, rules: FieldRules) -> bool:
    """Whether some project needs to know B's science sub-domains."""
    if scene.projects is None:
        return False
    view, pairs = View(scene, rules), project_pairs(scene.projects, rules.customer)
    return any(decide(SUB_DOMAIN, pair, view) is not None for pair in pairs)


def kind_of_action(action: SyncAction) -> str:
    """What a server that knows one such action knows of all: the class, and the field where a class writes several."""
    field = describe(action).get("field")
    return f"{type(action).__name__} {field}" if field else type(action).__name__


def identity_of(action: SyncAction) -> str:
    """A text that is the same for the same write."""
    return json.dumps(describe(action), sort_keys=True)


def _of_resources(view: View) -> Iterator[Write | Hold]:
    if view.scene.resources is not None:
        found = resource_pairs(view.scene.resources)
        yield from found.holds
        yield from _each(RESOURCE_FIELDS, found.pairs, view)


def _of_projects(view: View) -> Iterator[Write | Hold]:
    if view.scene.projects is not None:
        yield from _each(PROJECT_FIELDS, project_pairs(view.scene.projects, view.rules.customer), view)


def _of_accounts(view: View) -> Iterator[Write | Hold]:
    if view.scene.accounts is not None:
        yield from _each(ACCOUNT_FIELDS, account_pairs(view.scene.accounts), view)


def _each(fields: Iterable[Field[P]], pairs: Iterable[P], view: View) -> Iterator[Write | Hold]:
    table = tuple(fields)
    for pair in pairs:
        for field in table:
            decided = decide(field, pair, view)
            if decided is not None:
                yield decided


def _notes(view: View) -> Iterator[str]:
    if view.scene.resources is not None:
        yield from untold_limits(resource_pairs(view.scene.resources).pairs, view.rules)
    if view.scene.accounts is not None and view.rules.usernames:
        yield from unnamed_people(view.scene.accounts)


def _unknown_notes(writes: Iterable[Write], unknown: Mapping[str, str]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for write in writes:
        kind = kind_of_action(write.action)
        if kind in unknown:
            counts[kind] = counts.get(kind, 0) + 1
    for kind, count in sorted(counts.items()):
        yield f"{kind} is left out {count} times: {unknown[kind]}"


def _refused(write: Write, refused: Mapping[str, Obstacle]) -> Hold:
    found = refused[identity_of(write.action)]
    return Hold(write.chain, found.why, f"{write.reason}, but: {found.reason}", write.on_a, write.on_b)
