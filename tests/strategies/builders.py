"""Small builders of domain values: what a test does not name is ordinary, and everything fits together.

`A` orders one resource of B's only offering; unless a test says otherwise, A's order waits for us and B has nothing of it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import attrs

from federation_core.domain.catalogue import PricingPlan, TargetOffering
from federation_core.domain.fields.rules import FieldRules
from federation_core.domain.ids import (
    AAccountId,
    ACustomerId,
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BOrderId,
    BPlanId,
    BProjectId,
    BResourceId,
)
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.scene import Rules, Scene
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import (
    AAccount,
    AOrder,
    AProject,
    AResource,
    BAccount,
    BOrder,
    BProject,
    BResource,
    ProjectProfile,
)
from federation_core.domain.units import AComponent, BComponent, BillingType

NOW = datetime(2025, 3, 31, 23, 30, tzinfo=UTC)
PLACED = NOW - timedelta(hours=2)
"""When A's order was placed, unless a test says otherwise."""


def uuid_of(kind: int, number: int) -> UUID:
    """A UUID that reads as what it is: the first digits are the kind, the last the number; it has letters in it."""
    return UUID(f"{kind:08x}-feda-4abc-8def-{number:012x}")


def a_offering_id(number: int = 1) -> AOfferingId:
    return AOfferingId(uuid_of(0xA0, number))


def a_order_id(number: int = 1) -> AOrderId:
    return AOrderId(uuid_of(0xA1, number))


def a_resource_id(number: int = 1) -> AResourceId:
    return AResourceId(uuid_of(0xA2, number))


def a_project_id(number: int = 1) -> AProjectId:
    return AProjectId(uuid_of(0xA3, number))


def a_customer_id(number: int = 1) -> ACustomerId:
    return ACustomerId(uuid_of(0xA4, number))


def b_offering_id(number: int = 1) -> BOfferingId:
    return BOfferingId(uuid_of(0xB0, number))


def b_order_id(number: int = 1) -> BOrderId:
    return BOrderId(uuid_of(0xB1, number))


def b_resource_id(number: int = 1) -> BResourceId:
    return BResourceId(uuid_of(0xB2, number))


def b_project_id(number: int = 1) -> BProjectId:
    return BProjectId(uuid_of(0xB3, number))


def b_customer_id(number: int = 1) -> BCustomerId:
    return BCustomerId(uuid_of(0xB4, number))


def b_plan_id(number: int = 1) -> BPlanId:
    return BPlanId(uuid_of(0xB5, number))


def a_limits(**amounts) -> dict[AComponent, Fraction]:
    return {AComponent(name): Fraction(amount) for name, amount in amounts.items()}


def b_limits(**amounts) -> dict[BComponent, Fraction]:
    return {BComponent(name): Fraction(amount) for name, amount in amounts.items()}


def ordered(**amounts: int) -> dict[BComponent, int]:
    """Whole limits, as an order to B carries them."""
    return {BComponent(name): amount for name, amount in amounts.items()}


def a_project(**changes) -> AProject:
    return attrs.evolve(AProject(a_project_id(), a_customer_id(), "Snow depth", "Glaciers and snow"), **changes)


def an_order(**changes) -> AOrder:
    """A Create order of A that waits for us."""
    usual = AOrder(
        id=a_order_id(),
        type="Create",
        state="pending-provider",
        created=PLACED,
        resource=a_resource_id(),
        project=a_project(),
        limits=a_limits(node=3),
        attributes={"name": "as ordered"},
    )
    return attrs.evolve(usual, **changes)


def running(**changes) -> AOrder:
    """An order of A that we accepted long ago."""
    return an_order(**{"state": "executing", "reviewed_at": PLACED + timedelta(minutes=1), **changes})


def a_resource(**changes) -> AResource:
    """The resource of A that the order is about, not linked yet."""
    return attrs.evolve(AResource(id=a_resource_id(), name="snow-1", state="Creating"), **changes)


def linked(**changes) -> AResource:
    """The resource of A, linked to B's."""
    return a_resource(**{"backend_id": str(b_resource_id()), "state": "OK", **changes})


def a_b_order(**changes) -> BOrder:
    """B's Create order, under way."""
    usual = BOrder(
        id=b_order_id(),
        type="Create",
        state="executing",
        created=PLACED + timedelta(minutes=2),
        resource=b_resource_id(),
    )
    return attrs.evolve(usual, **changes)


def a_b_resource(**changes) -> BResource:
    """B's resource, with both our marks."""
    usual = BResource(
        id=b_resource_id(),
        state="OK",
        created=PLACED + timedelta(minutes=2),
        project=b_project_id(),
        limits=b_limits(gpu=15, tape=4),
        for_resource=a_resource_id(),
        for_offering=a_offering_id(),
    )
    return attrs.evolve(usual, **changes)


def a_b_project(**changes) -> BProject:
    return attrs.evolve(BProject(b_project_id(), b_customer_id(), PLACED, "Snow depth"), **changes)


def a_resource_pair(**b_changes) -> tuple[AResource, BResource]:
    """A resource of A at work, and the one on B that it is linked to and that honours its limits."""
    on_a = linked(limits=a_limits(node=3), effective_id="")
    return on_a, a_b_resource(**{"limits": b_limits(gpu=15, tape=4), **b_changes})


def mirror(**profile) -> BProject:
    """The mirror of A's project, with this profile."""
    key = format_key(ProjectKey(a_customer_id(), a_project_id()))
    return a_b_project(backend_id=key, profile=ProjectProfile(**profile))


def an_account(number: int = 1, **changes) -> AAccount:
    """The account of one person on A, which has no name yet."""
    usual = AAccount(AAccountId(uuid_of(0xA6, number)), f"person-{number}@isd", "", "Requested")
    return attrs.evolve(usual, **changes)


def a_b_account(number: int = 1, **changes) -> BAccount:
    """The account of the same person on B."""
    return attrs.evolve(BAccount(f"person-{number}@isd", f"b-user-{number}", "OK"), **changes)


def field_rules(**changes) -> FieldRules:
    """One node on A is five gpu on B."""
    usual = FieldRules(b_customer_id(), ComponentMapping.of({"node": {"gpu": 5}}))
    return attrs.evolve(usual, **changes)


def a_plan(number: int = 1, name: str = "Standard", *, active: bool = True) -> PricingPlan:
    return PricingPlan(b_plan_id(number), name, active)


def an_offering(**changes) -> TargetOffering:
    """B's offering: `gpu` and `tape` take limits, `hours` are metered."""
    usual = TargetOffering(
        id=b_offering_id(),
        name="HPC on B",
        state="Active",
        components={
            BComponent("gpu"): BillingType.LIMIT,
            BComponent("hours"): BillingType.USAGE,
            BComponent("tape"): BillingType.LIMIT,
        },
        plans=(a_plan(),),
    )
    return attrs.evolve(usual, **changes)


def some_rules(**changes) -> Rules:
    """One node on A is five gpu on B; hours are metered one to one."""
    usual = Rules(
        offering=a_offering_id(),
        mapping=ComponentMapping.of({"node": {"gpu": 5}, "hours": {"hours": 1}}),
        target_plan="",
    )
    return attrs.evolve(usual, **changes)


def seen(value: object) -> object:
    """Rows as a complete listing; what says itself how well it was seen stays."""
    if isinstance(value, Complete | Incomplete | Unreadable):
        return value
    return Complete(tuple(value) if isinstance(value, Iterable) else value)


LISTS = ("offering", "a_resources", "b_resources", "b_orders")


def a_scene(**changes) -> Scene:
    """All was read; A shows the resource, B shows the offering and nothing of ours."""
    usual = Scene(
        now=NOW,
        rules=some_rules(),
        offering=Complete(an_offering()),
        a_resources=Complete((a_resource(),)),
        b_resources=Complete(()),
        b_orders=Complete(()),
    )
    wrapped: dict[str, Any] = {name: seen(value) if name in LISTS else value for name, value in changes.items()}
    return attrs.evolve(usual, **wrapped)
