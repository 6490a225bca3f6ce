"""The example configurations of the manual are read as they stand, but for the UUIDs, which everybody has to write."""

from pathlib import Path
from uuid import UUID

import pytest
import yaml
from tests.examples import ALIKE, BRIDGE, EVENTS, MAPPED, NAMES, PASS_THROUGH, POLLING, UUIDS, example, filled, text_of
from tests.unit.settings.documents import mistakes

from federation_runner.settings.load import parse

VALUES = {key: UUID(int=number).hex for number, key in enumerate(UUIDS, 1)}


def read(*names):
    (offering,) = parse(yaml.safe_load(example(*names, values=VALUES)), {}, Path()).offerings
    return offering


@pytest.mark.parametrize("name", [POLLING, EVENTS, BRIDGE])
def test_only_uuids_are_missing(name):
    text = text_of(name)
    found = {finding.path.rpartition(".")[2] for finding in mistakes(yaml.safe_load(text))}
    assert found == {key for key in UUIDS if f" {key}: " in text}


@pytest.mark.parametrize(
    ("names", "modes", "components"),
    [
        ((POLLING,), {"order_process", "membership_sync", "report"}, MAPPED),
        ((EVENTS,), {"order_process", "membership_sync", "report"}, MAPPED),
        ((POLLING, PASS_THROUGH), {"order_process", "membership_sync", "report"}, ALIKE),
        ((POLLING, BRIDGE), {"order_process", "membership_sync", "report"}, MAPPED),
        ((BRIDGE,), {"membership_sync"}, ()),
    ],
)
def test_with_uuids_they_load(names, modes, components):
    offering = read(*names)
    assert offering.asked_modes == modes
    assert offering.mapping.a_components == set(components)
    assert offering.target_customer == UUID(VALUES["target_customer_uuid"])


def test_the_events_example_listens_on_both_sides():
    offering = read(EVENTS)
    assert offering.a_events.enabled
    assert offering.b_events.enabled
    assert offering.b_events.offering == UUID(VALUES["target_stomp_offering_uuid"])


def test_the_bridge_alone_pushes_profiles_and_laid_over_finds_people():
    assert read(BRIDGE).tells_profiles_only
    over = read(POLLING, BRIDGE)
    assert (over.tells_profiles_only, over.people.resolve_method) == (False, "identity_bridge")


@pytest.mark.parametrize("name", NAMES)
def test_filling_in_changes_nothing_else(name):
    text = text_of(name)
    before, after = text.splitlines(), filled(text, VALUES | {"target_api_token": "t"}).splitlines()
    changed = [old for old, new in zip(before, after, strict=True) if old != new]
    assert {line.split(":")[0].strip() for line in changed} <= {*UUIDS, "target_api_token"}
