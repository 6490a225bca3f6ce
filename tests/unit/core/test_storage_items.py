from typing import Any
from uuid import UUID

import attrs
import pytest
from tests.strategies.builders import uuid_of
from tests.strategies.storage import ALPINE, CAPSTOR, GROUPS, MOCKING, RULES, a_storage, an_order, branch

from federation_core.domain.storage.identifiers import identifier
from federation_core.domain.storage.identities import GidFallback, Groups
from federation_core.domain.storage.items import Level, NotShown, grow
from federation_core.domain.storage.records import Organisation, Skipped

UNIQUE = attrs.evolve(RULES, unique_hierarchy_ids=True)


def named(organisation, **changes):
    return attrs.evolve(organisation, **changes)


def test_a_resource_becomes_a_leaf_and_the_two_above_it():
    found = branch(a_storage())
    shown = [
        (item.level, item.id, item.parent, item.status, item.permission, item.target_kind)
        for item in (found.tenant, found.customer, found.leaf)
    ]
    assert shown == [
        (Level.TENANT, CAPSTOR.id, None, "pending", "775", "tenant"),
        (Level.CUSTOMER, ALPINE.id, CAPSTOR.id, "pending", "775", "customer"),
        (Level.LEAF, a_storage().id, ALPINE.id, "active", "775", "project"),
    ]
    assert found.tenant.target == {"itemId": str(CAPSTOR.id), "key": "cscs", "name": "CSCS"}
    assert found.customer.target == {"itemId": str(ALPINE.id), "key": "alpine", "name": "Alpine Institute"}
    assert found.leaf.target["itemId"] == str(identifier("project", "permafrost-1"))
    assert {item.system for item in (found.tenant, found.customer, found.leaf)} == {"capstor"}
    assert {item.data_type for item in (found.tenant, found.customer, found.leaf)} == {"store"}
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("tenant", "key", "name"),
    [
        (named(CAPSTOR, slug="Cscs"), "cscs", "CSCS"),
        (named(CAPSTOR, name=""), "cscs", "CSCS"),
        (named(CAPSTOR, slug="eth-z", name=""), "eth-z", "ETH-Z"),
        (named(CAPSTOR, name="Swiss <b>Centre</b>"), "cscs", "Swiss <b>Centre</b>"),
    ],
)
def test_a_tenant_is_told_in_lower_case_and_by_its_name_or_its_slug(tenant, key, name):
    target = branch(a_storage(tenant=tenant)).tenant.target
    assert (target["key"], target["name"]) == (key, name)


@pytest.mark.parametrize(
    ("customer", "key", "name"),
    [(named(ALPINE, slug="Alpine"), "Alpine", "Alpine Institute"), (named(ALPINE, name=""), "alpine", "ALPINE")],
)
def test_a_customer_is_told_as_it_is_written(customer, key, name):
    target = branch(a_storage(customer=customer)).customer.target
    assert (target["key"], target["name"]) == (key, name)


@pytest.mark.parametrize(
    ("changes", "status", "active"),
    [
        ({"state": "OK"}, "active", True),
        ({"state": "Erred"}, "error", False),
        ({"state": "Terminated"}, "removed", False),
        ({"state": "Melting"}, "pending", False),
        ({"state": "Creating", "order": an_order("executing", "Create")}, "pending", False),
        ({"state": "Updating", "order": an_order("executing")}, "updating", False),
        ({"state": "Updating", "order": an_order("pending-consumer")}, "active", True),
        ({"state": "Terminating", "order": an_order("executing", "Terminate")}, "removing", False),
    ],
)
def test_status_is_of_the_state_that_is_shown_and_filters_see_waldurs_own(changes, status, active):
    found = branch(a_storage(**changes))
    assert (found.leaf.status, found.leaf.target["status"], found.leaf.target["active"]) == (status, status, active)
    assert (found.tenant.status, found.customer.status) == ("pending", "pending")
    assert {item.states for item in (found.tenant, found.customer, found.leaf)} == {frozenset({changes["state"]})}


def test_what_nobody_approved_is_not_shown_even_where_it_could_not_be():
    resource = a_storage(state="Creating", order=an_order("pending-consumer", "Create"), attributes={"permissions": 7})
    assert grow(resource, GROUPS, RULES) == NotShown()


def test_what_cannot_be_served_is_told_with_its_system():
    resource = a_storage(attributes={"permissions": 775})
    grown = grow(resource, GROUPS, RULES)
    assert grown == Skipped(resource.id, "capstor", "permissions that is a int and no text")


def test_ids_of_their_own_are_of_provider_customer_system_and_data_type():
    found = branch(a_storage(attributes={"storage_data_type": "Store"}), rules=UNIQUE)
    tenant, customer = identifier("tenant", "cscs-capstor-store"), identifier("customer", "cscs-alpine-capstor-store")
    assert (found.tenant.id, found.customer.id, found.leaf.id) == (tenant, customer, a_storage().id)
    assert (found.tenant.parent, found.customer.parent, found.leaf.parent) == (None, tenant, customer)
    assert (found.tenant.target["itemId"], found.customer.target["itemId"]) == (str(tenant), str(customer))


def test_ids_of_their_own_differ_by_system_data_type_and_provider():
    variants: list[dict[str, Any]] = [
        {},
        {"system": "vast"},
        {"attributes": {"storage_data_type": "archive"}},
        {"tenant": Organisation(uuid_of(0xD0, 9), "eth", "")},
    ]
    found = [branch(a_storage(**changes), rules=UNIQUE) for changes in variants]
    assert len({one.tenant.id for one in found}) == len({one.customer.id for one in found}) == len(variants)


def test_half_a_character_in_a_slug_spoils_nothing():
    found = branch(a_storage(slug="\ud800"), MOCKING)
    assert UUID(str(found.leaf.target["itemId"])).version == 5


def test_remarks_come_together():
    found = branch(
        a_storage(
            attributes={"storage_data_type": "tape"},
            options={"permissions": 7, "hard_quota_space": -1},
            backend_metadata={"project_item": {}},
        )
    )
    assert [remark.split(" ", 3)[:3] for remark in found.remarks] == [
        ["the", "data", "type"],
        ["options.permissions", "is", "ignored:"],
        ["options.hard_quota_space", "is", "ignored:"],
        ["backend_metadata.project_item", "is", "ignored:"],
    ]


@pytest.mark.parametrize(("state", "lacks"), [("OK", True), ("Erred", True), ("Terminated", False)])
def test_a_terminated_resource_is_no_reason_to_wait_for_a_unix_id(state, lacks):
    found = grow(a_storage(state=state), Groups(fallback=GidFallback.ERROR), RULES)
    assert isinstance(found, Skipped)
    assert found.lacks_identity is lacks
