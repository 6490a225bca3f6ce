"""Why something of A is, or is not, on B: finds what a key names, observes with the use cases, and explains what they would do.

Only reads. What a key may be:

| key | looked for among |
| --- | --- |
| a UUID in either spelling | A's orders; the offering's resources on A, then on B; the people of A, then of B |
| any other text | names of the offering's resources on A; user names and e-mail addresses of A's people, then of B's |

People of B count only where A shows nobody by the key: these are those who have left on A.
"""

import enum
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from types import MappingProxyType
from uuid import UUID

import attrs

from federation_core.application.explain_chain import Chain
from federation_core.application.explain_order import OrderSeen, explain_order
from federation_core.application.explain_person import explain_person
from federation_core.application.explain_profile import explain_profile
from federation_core.application.explain_resource import ResourceSeen, explain_resource, explain_stray, owner_of
from federation_core.application.fields_wiring import FieldSettings
from federation_core.application.member_wiring import MemberSettings
from federation_core.application.orders import ReconcileOrders
from federation_core.application.outcome import observe_list, problems_of
from federation_core.application.person_view import PersonView
from federation_core.application.plan_members import MembersSeen
from federation_core.application.sync_fields import SyncFields
from federation_core.application.sync_members import SyncMembers
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.wiring import OrderSettings
from federation_core.domain.errors import NotFound, PlaneError
from federation_core.domain.fields.scene import Part
from federation_core.domain.ids import AOrderId, AUserId, BUserId, Side, parse_uuid
from federation_core.domain.membership.audience import person_of
from federation_core.domain.observed import Complete, Observed, rows
from federation_core.domain.orders.scene import Scene
from federation_core.domain.people import APerson
from federation_core.domain.plan.sync import SyncPlan
from federation_core.domain.records import AOrder, AResource, BResource
from federation_core.ports.members import ConsumerMembers
from federation_core.ports.orders import ProviderOrders
from federation_core.ports.projects import ConsumerProjects
from federation_core.ports.resources import ConsumerResources, ProviderResources

LONGEST_KEY = 320
"""Characters of the longest e-mail address; names and UUIDs are shorter."""


class Kind(enum.Enum):
    """What a key may name."""

    ORDER = "order"
    RESOURCE = "resource"
    USER = "user"


@attrs.frozen
class Candidate:
    """Something that a key names.

    Attributes:
        about: what tells it from others of the same name, for people; nothing personal.
    """

    kind: Kind
    side: Side
    id: UUID
    about: str = ""


@attrs.frozen
class Found:
    """What a key may name, and what could not be read while it was looked for."""

    candidates: tuple[Candidate, ...] = ()
    problems: tuple[str, ...] = ()


@attrs.frozen
class WhyPorts:
    """What is read beside what the use cases read."""

    a_orders: ProviderOrders
    a_resources: ProviderResources
    b_resources: ConsumerResources
    b_projects: ConsumerProjects
    b_members: ConsumerMembers


@attrs.frozen
class WhyCases:
    """The use cases whose decisions are explained."""

    orders: ReconcileOrders
    fields: SyncFields
    usage: SyncUsage
    members: SyncMembers


@attrs.frozen
class WhySettings:
    """The operator's wishes.

    Attributes:
        unasked: for each kind that the offering does not ask us to see to, the settings key under which it would name us.
    """

    orders: OrderSettings
    fields: FieldSettings
    members: MemberSettings
    unasked: Mapping[Kind, str] = attrs.field(factory=dict)


def flaw_of(key: str) -> str:
    """Why *key* can name nothing; empty where it may name something."""
    if not key.strip():
        return "it is empty"
    if len(key) > LONGEST_KEY:
        return f"it has more than {LONGEST_KEY} characters"
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in key):
        return "it holds control characters"
    return ""


class Why:
    """Answers one question about one offering; what was read is kept for the answer."""

    def __init__(self, ports: WhyPorts, cases: WhyCases, settings: WhySettings) -> None:
        self._ports = ports
        self._cases = cases
        self._settings = settings
        self._orders: dict[UUID, AOrder] = {}

    def find(self, key: str) -> Found:
        """What *key* names in the offering."""
        wanted = parse_uuid(key)
        return self._find_name(key.strip()) if wanted is None else self._find_uuid(wanted)

    def explain(self, candidate: Candidate) -> tuple[Chain, ...]:
        """The chains of what `find` found; several for a person who works in several projects."""
        explainers: Mapping[Kind, Callable[[Candidate], tuple[Chain, ...]]] = MappingProxyType(
            {Kind.ORDER: self._explain_order, Kind.RESOURCE: self._explain_resource, Kind.USER: self._explain_user}
        )
        return explainers[candidate.kind](candidate)

    def _find_uuid(self, wanted: UUID) -> Found:
        problems: list[str] = []
        for search in (self._order_of, self._resources_of, self._people_of):
            found = search(wanted)
            problems += found.problems
            if found.candidates:
                return found
        return Found(problems=tuple(dict.fromkeys(problems)))

    def _find_name(self, name: str) -> Found:
        resources = [
            Candidate(Kind.RESOURCE, Side.A, resource.id, resource.state)
            for resource in rows(self._a_resources)
            if resource.name == name
        ]
        people = tuple(self._people_named(name))
        problems = problems_of(self._a_resources, *self._people_lists)
        return Found((*resources, *people), problems)

    def _order_of(self, wanted: UUID) -> Found:
        """A's order, if it is one of this offering: its resource is."""
        try:
            order = self._ports.a_orders.read(AOrderId(wanted))
        except NotFound:
            return Found()
        except PlaneError as error:
            return Found(problems=(str(error),))
        listed = self._a_resources
        is_foreign = isinstance(listed, Complete) and order.resource not in {one.id for one in listed.value}
        if is_foreign:
            return Found()
        self._orders[order.id] = order
        return Found((Candidate(Kind.ORDER, Side.A, order.id, order.state),))

    def _resources_of(self, wanted: UUID) -> Found:
        on_a = [Candidate(Kind.RESOURCE, Side.A, r.id, r.state) for r in rows(self._a_resources) if r.id == wanted]
        if on_a:
            return Found(tuple(on_a))
        on_b = [Candidate(Kind.RESOURCE, Side.B, r.id, r.state) for r in rows(self._b_resources) if r.id == wanted]
        return Found(tuple(on_b), () if on_b else problems_of(self._a_resources, self._b_resources))

    def _people_of(self, wanted: UUID) -> Found:
        seen = self._members
        shown = {grant.person.id for grant in rows(seen.scene.a_grants)}
        shown |= {disclosure.person for disclosure in rows(seen.scene.disclosures)}
        if wanted in shown:
            return Found((Candidate(Kind.USER, Side.A, wanted),))
        persons = [person for person, user in sorted(seen.identities.users.items()) if user == wanted]
        if persons or wanted in {member.user for member in rows(seen.scene.members)}:
            one = Candidate(Kind.USER, Side.A, persons[0]) if persons else Candidate(Kind.USER, Side.B, wanted)
            return Found((one,))
        return Found(problems=problems_of(*self._people_lists))

    def _people_named(self, name: str) -> Iterator[Candidate]:
        scene, folded = self._members.scene, name.casefold()
        on_a = sorted({p.id for p in self._people_on_a if p.username == name or p.email.casefold() == folded})
        members = rows(scene.members)
        on_b = sorted({one.user for one in members if one.username == name or one.email.casefold() == folded})
        sides: tuple[Side, Iterable[UUID]] = (Side.A, on_a) if on_a else (Side.B, on_b)
        for user in sides[1]:
            yield Candidate(Kind.USER, sides[0], user, f"on {sides[0]}")

    @cached_property
    def _a_resources(self) -> Observed[tuple[AResource, ...]]:
        return observe_list(self._ports.a_resources.list_all)

    @cached_property
    def _b_resources(self) -> Observed[tuple[BResource, ...]]:
        return observe_list(self._ports.b_resources.list_all)

    @cached_property
    def _members(self) -> MembersSeen:
        return self._cases.members.observe()

    @property
    def _people_lists(self) -> tuple[Observed[object], ...]:
        scene = self._members.scene
        return (scene.a_grants, scene.members) if self._carries_roles else (scene.disclosures,)

    @property
    def _carries_roles(self) -> bool:
        return self._settings.members.rules.carries_roles

    @property
    def _people_on_a(self) -> tuple[APerson, ...]:
        """Whom a name of A's may mean: those with roles; where none are carried over, those with an account in the offering."""
        scene = self._members.scene
        if self._carries_roles:
            return tuple(grant.person for grant in rows(scene.a_grants))
        return tuple(person_of(shown) for shown in rows(scene.disclosures))

    def _unasked(self, kind: Kind) -> str:
        return self._settings.unasked.get(kind, "")

    def _explain_order(self, candidate: Candidate) -> tuple[Chain, ...]:
        order = self._orders[candidate.id]
        seen = OrderSeen(
            order,
            self._cases.orders.observe_around([order]),
            observe_list(self._ports.b_projects.list_all),
            self._settings.orders.customer,
            self._unasked(Kind.ORDER),
        )
        return (explain_order(seen),)

    def _explain_resource(self, candidate: Candidate) -> tuple[Chain, ...]:
        observed = self._cases.orders.observe()
        scene = observed.scene if observed.scene is not None else self._cases.orders.observe_around(())
        fields = self._cases.fields.observe([Part.RESOURCES])
        resource, key = self._wanted(candidate, scene), self._unasked(Kind.RESOURCE)
        seen = ResourceSeen(
            scene=scene,
            orders=self._cases.orders.plan(observed),
            field_scene=fields,
            rules=self._settings.fields.rules,
            fields=None if key else self._cases.fields.plan(fields),
            usage=self._usage(resource) if isinstance(resource, AResource) and not key else None,
            unasked=key,
        )
        if isinstance(resource, AResource):
            return (explain_resource(resource, seen),)
        return (explain_stray(resource, seen),)

    def _wanted(self, candidate: Candidate, scene: Scene) -> AResource | BResource:
        """A's resource, also where B's was asked about; B's where A has none for it."""
        if candidate.side is Side.A:
            return next(resource for resource in rows(self._a_resources) if resource.id == candidate.id)
        found = next(resource for resource in rows(self._b_resources) if resource.id == candidate.id)
        owner = owner_of(found, scene)
        return found if owner is None else owner

    def _usage(self, resource: AResource) -> SyncPlan:
        seen = self._cases.usage.observe(only=[resource.id])
        return self._cases.usage.plan(seen)

    def _explain_user(self, candidate: Candidate) -> tuple[Chain, ...]:
        on_a = candidate.side is Side.A
        person, account = (AUserId(candidate.id), None) if on_a else (None, BUserId(candidate.id))
        view = PersonView(self._members, self._settings.members, person, account)
        if not self._carries_roles:
            return explain_profile(view)
        makers = {room: observe_list(partial(self._ports.b_members.makers_of, room)) for room in view.rooms_to_ask}
        return explain_person(attrs.evolve(view, makers=makers), self._unasked(Kind.USER))
