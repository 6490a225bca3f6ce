"""What the doctor reads, in memory: a pair that is well, unless it is told otherwise."""

from collections.abc import Iterable
from typing import Any

import attrs
from tests.fakes.peers import OWNER, PeerClock, Rights
from tests.fakes.projects import ConsumerProjects
from tests.fakes.resources import ConsumerResources, ProviderResources
from tests.fakes.script import Scripted
from tests.strategies.builders import (
    a_customer_id,
    a_offering_id,
    a_plan,
    an_offering,
    b_customer_id,
    b_offering_id,
    some_rules,
)

from federation_core.application.check import MARKS, CheckOffering, CheckPorts, CheckSettings, PeerKeys, Wishes
from federation_core.application.configure import account_meters
from federation_core.domain.health.seen import Feature, Neighbour, Page, SourceOffering, TargetShown, Terms
from federation_core.domain.ids import BOfferingId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.standing import HeldRole
from federation_core.domain.units import AComponent, BComponent, BillingType
from federation_core.ports.health import Roles

A_OWNER = attrs.evolve(OWNER, roles=frozenset({HeldRole("CUSTOMER.OWNER", "customer", a_customer_id().hex)}))
PERMISSIONS = frozenset({"ORDER.APPROVE", "ORDER.LIST", "ORDER.CREATE", "PROJECT.CREATE", "RESOURCE.SET_USAGE"})
SOURCE = SourceOffering(
    name="HPC on A",
    type="Marketplace.Slurm",
    state="Active",
    customer=a_customer_id(),
    components={AComponent("node"): BillingType.LIMIT, AComponent("hours"): BillingType.USAGE},
    plans=(a_plan(),),
)
TARGET = TargetShown(
    an_offering(components={BComponent("gpu"): BillingType.LIMIT, BComponent("hours"): BillingType.USAGE}),
    "Marketplace.Slurm",
)
WISHES = Wishes(
    offering=a_offering_id(),
    target_offering=b_offering_id(),
    customer=b_customer_id(),
    mapping=some_rules().mapping,
    marks=MARKS,
    usage=True,
    members=True,
    bridge_source="isd:example",
    events_offering=b_offering_id(2),
)


class PeerHealth(Scripted):
    """A server of today."""

    def __init__(self):
        super().__init__()
        self.roles: Complete[Roles] | Incomplete[Roles] = Complete({"CUSTOMER.OWNER": PERMISSIONS})
        self.shown = (Page(300, 1, 1, has_next=False), Page(2, 2, 9, has_next=True))

    def version(self) -> str:
        self.happens(self.before, "version")
        return "8.1.2"

    def list_roles(self) -> Complete[Roles] | Incomplete[Roles]:
        self.happens(self.before, "list_roles")
        return self.roles

    def pages(self) -> tuple[Page, ...]:
        self.happens(self.before, "pages")
        return self.shown


class ProviderHealth(PeerHealth):
    def offering(self) -> SourceOffering:
        self.happens(self.before, "offering")
        return SOURCE

    def lacks(self, features: Iterable[Feature]) -> frozenset[Feature]:
        self.happens(self.before, "lacks")
        assert set(features) in (set(Feature), set())  # none of a metered offering
        return frozenset()


class ConsumerHealth(PeerHealth):
    def offering(self) -> TargetShown:
        self.happens(self.before, "offering")
        return TARGET

    def terms(self) -> Terms:
        self.happens(self.before, "terms")
        return Terms(in_force=True, agreed=True)

    def type_of(self, offering: BOfferingId) -> str:
        self.happens(self.before, "type_of")
        assert offering == b_offering_id(2)
        return "Marketplace.Slurm"

    def filters_marks(self) -> bool:
        self.happens(self.before, "filters_marks")
        return True


class People(Scripted):
    """B's identity bridge."""

    def allowed_attributes(self) -> frozenset[str]:
        self.happens(self.before, "allowed_attributes")
        return frozenset({"email"})


class Packages:
    """What is installed beside us: nothing, unless it is told otherwise."""

    def __init__(self) -> None:
        self.found: tuple[Neighbour, ...] = ()

    def neighbours(self) -> tuple[Neighbour, ...]:
        return self.found


class Doctor:
    """All ports as fakes, and the use case on them."""

    def __init__(self, wishes: Wishes = WISHES):
        self.wishes = wishes
        self.a_rights, self.b_rights = Rights(A_OWNER), Rights(OWNER)
        self.a_health, self.b_health = ProviderHealth(), ConsumerHealth()
        self.a_resources, self.b_resources = ProviderResources(), ConsumerResources()
        self.b_projects = ConsumerProjects()
        self.packages = Packages()
        self.b_people: Any = People()  # the rest of the port is not used
        self.warehouse: Any = None  # no warehouse, or a fake one

    @property
    def use_case(self):
        ports = CheckPorts(
            a_rights=self.a_rights,
            a_clock=PeerClock(),
            a_health=self.a_health,
            a_resources=self.a_resources,
            b_rights=self.b_rights,
            b_clock=PeerClock(),
            b_health=self.b_health,
            b_resources=self.b_resources,
            b_projects=self.b_projects,
            b_people=self.b_people,
            clock=PeerClock(),
            packages=self.packages,
            warehouse=self.warehouse,
        )
        keys = PeerKeys("url", "token", "verify_ssl")
        meters = None if self.warehouse is None else account_meters(components=["nodeHours"])
        return CheckOffering(ports, CheckSettings(self.wishes, keys, keys, meters))
