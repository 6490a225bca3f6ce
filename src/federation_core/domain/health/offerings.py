"""Checks of the two offerings and of what our tokens may do with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from federation_core.domain.catalogue import Demand, choose_plan
from federation_core.domain.errors import ConfigurationError, NotFound, Refused
from federation_core.domain.health.seen import PeerSeen, Seen, each, whole
from federation_core.domain.health.table import Hit, Severity, check, hit
from federation_core.domain.observed import Complete
from federation_core.domain.standing import blind_to

AGENT_TYPE = "Marketplace.Slurm"
"""The type of offerings whose orders an agent processes."""

_A_KEY, _B_KEY = "waldur_offering_uuid", "backend_settings.target_offering_uuid"
_A_TOKEN, _B_TOKEN = "waldur_api_token", "backend_settings.target_api_token"
_TEXTS = frozenset({"string", "text"})
_UNIQUE = "unique_resource_per_attribute"

_A_RIGHTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "orders": ("ORDER.APPROVE", "RESOURCE.SET_BACKEND_ID", "RESOURCE.SET_STATE"),
        "usage": ("RESOURCE.SET_USAGE",),
        "members": ("SERVICE_PROVIDER.LIST_PROJECT_PERMISSIONS",),
    }
)
_B_RIGHTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "orders": (
            "ORDER.LIST",
            "PROJECT.CREATE",
            "ORDER.CREATE",
            "RESOURCE.SET_LIMITS",
            "RESOURCE.SET_PLAN",
            "RESOURCE.TERMINATE",
        ),
        "usage": ("ORDER.LIST",),
        "members": (
            "CUSTOMER.LIST_USERS",
            "PROJECT.CREATE_PERMISSION",
            "PROJECT.UPDATE_PERMISSION",
            "PROJECT.DELETE_PERMISSION",
        ),
    }
)
"""What is asked for -> the permissions it needs on each side."""

_CONDITIONS: Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], str]] = MappingProxyType(
    {
        "is_resource_termination_date_required": (
            lambda options: not isinstance(options.get("default_resource_termination_offset_in_days"), int),
            "an end date, which a resource of A need not have",
        ),
        "minimal_team_count_for_provisioning": (lambda _: True, "a team in the project before anything is ordered"),
        "required_team_role_for_provisioning": (lambda _: True, "a role in the project before anything is ordered"),
        "require_purchase_order_upload": (lambda _: True, "the upload of a purchase order"),
    }
)
"""Plug-in option of B's offering -> whether it keeps our orders from being taken, and what it demands."""


@check(
    "self-delivery",
    Severity.ERROR,
    cause="A and B are one server and one offering, which would order from itself for ever",
    fix="name the offering that delivers, or the other server",
)
def _self_delivery(seen: Seen) -> Iterator[Hit]:
    """The offering does not deliver itself."""
    if seen.wishes.same_server and seen.wishes.offering == seen.wishes.target_offering:
        yield hit(_B_KEY)


@check(
    "a-offering",
    Severity.ERROR,
    needs=["a-reads"],
    cause="A shows the token no offering {offering}",
    fix="correct the UUID, or give the token's user a role on the offering or its organisation",
)
def _a_offering(seen: Seen) -> Iterator[Hit]:
    """A's offering is there, and ours to serve."""
    if isinstance(seen.a_offering, NotFound):
        yield hit(_A_KEY, offering=str(seen.wishes.offering))


@check(
    "a-fits",
    Severity.ERROR,
    needs=["a-offering", "self-delivery"],
    cause="A's offering {name} has none of the components that are mapped ({wanted}); it has {known}",
    fix="check whether the UUID is of another offering, then the names of the components",
)
def _a_fits(seen: Seen) -> Iterator[Hit]:
    """A's offering has some of the components that are mapped."""
    for offering in each(seen.a_offering):
        yield from _stranger(_A_KEY, offering.name, seen.wishes.mapping.a_components, offering.components)


@check(
    "a-type",
    Severity.ERROR,
    needs=["a-fits"],
    cause="A's offering is of type {type}, whose orders an agent cannot complete",
    fix=f"federate an offering of type {AGENT_TYPE}",
)
def _a_type(seen: Seen) -> Iterator[Hit]:
    """A's offering is of the type whose orders an agent processes."""
    for offering in each(seen.a_offering):
        if offering.type != AGENT_TYPE:
            yield hit(_A_KEY, type=offering.type)


@check(
    "a-state",
    Severity.WARNING,
    needs=["a-fits"],
    cause="A's offering is {state}, so nobody can order it",
    fix="have A's provider activate it",
)
def _a_state(seen: Seen) -> Iterator[Hit]:
    """A's offering can be ordered."""
    for offering in each(seen.a_offering):
        if offering.state != "Active":
            yield hit(f"A offering {seen.wishes.offering}", state=offering.state)


@check(
    "a-rights",
    Severity.ERROR,
    needs=["a-fits", "a-roles-told"],
    cause="the roles of A's token ({roles}) do not include {missing}",
    fix="give its user a role with these permissions on the offering or its organisation, such as Customer owner",
)
def _a_rights(seen: Seen) -> Iterator[Hit]:
    """A's token may do with the offering what the settings ask for."""
    for offering in each(seen.a_offering):
        scopes = {("offering", seen.wishes.offering.hex), ("customer", offering.customer.hex)}
        yield from _missing(seen, seen.a, scopes, _A_RIGHTS, _A_TOKEN)


@check(
    "b-customer",
    Severity.ERROR,
    needs=["b-token"],
    cause="B's token holds no role on customer {customer}, so what its lists do not show may be there all the same",
    fix="write the UUID of our own customer, or have its operator give the token's user a role on it",
)
def _b_customer(seen: Seen) -> Iterator[Hit]:
    """B's token holds a role on our customer itself, so that what is not listed is not there."""
    for standing in each(seen.b.standing):
        if blind_to(Complete(standing), seen.wishes.customer):
            yield hit("backend_settings.target_customer_uuid", customer=str(seen.wishes.customer))


@check(
    "b-rights",
    Severity.ERROR,
    needs=["b-customer", "b-roles-told"],
    cause="the roles of B's token on our customer ({roles}) do not include {missing}",
    fix="have B's operator give its user a role with these permissions on the customer, such as Customer owner",
)
def _b_rights(seen: Seen) -> Iterator[Hit]:
    """B's token may do for our customer what the settings ask for."""
    yield from _missing(seen, seen.b, {("customer", seen.wishes.customer.hex)}, _B_RIGHTS, _B_TOKEN)


@check(
    "b-consent",
    Severity.WARNING,
    needs=["b-rights"],
    cause="the roles of B's token ({roles}) do not include {missing}, so every order waits on B until somebody consents",
    fix="have B's operator give its user that permission on the customer",
)
def _b_consent(seen: Seen) -> Iterator[Hit]:
    """Orders on B need no second consent."""
    wanted = {"orders": ("ORDER.APPROVE",), "usage": (), "members": ()}
    yield from _missing(seen, seen.b, {("customer", seen.wishes.customer.hex)}, wanted, _B_TOKEN)


@check(
    "b-offering",
    Severity.ERROR,
    needs=["b-reads"],
    cause="B shows the token no offering {offering}",
    fix="correct the UUID, or have B's operator open the offering to our customer",
)
def _b_offering(seen: Seen) -> Iterator[Hit]:
    """B's offering is there, and open to us."""
    if isinstance(seen.b_offering, NotFound):
        yield hit(_B_KEY, offering=str(seen.wishes.target_offering))


@check(
    "b-fits",
    Severity.ERROR,
    needs=["b-offering", "self-delivery"],
    cause="B's offering {name} has none of the components that the mapping feeds ({wanted}); it has {known}",
    fix="check whether the UUID is of another offering, then the names of the components",
)
def _b_fits(seen: Seen) -> Iterator[Hit]:
    """B's offering has some of the components that the mapping feeds."""
    for shown in each(seen.b_offering):
        offering = shown.offering
        yield from _stranger(_B_KEY, offering.name, seen.wishes.mapping.b_components, offering.components)


@check(
    "b-state",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering is {state}, so it takes no new orders",
    fix="have B's operator activate it; orders of A wait until then",
)
def _b_state(seen: Seen) -> Iterator[Hit]:
    """B's offering takes new orders."""
    for shown in each(seen.b_offering):
        if not shown.offering.takes(Demand.CREATE):
            yield hit(f"B offering {seen.wishes.target_offering}", state=shown.offering.state)


@check(
    "b-type",
    Severity.WARNING,
    needs=["b-fits"],
    cause="B's offering is of type {type}, whose orders need attributes of their own, and none are passed through",
    fix="name an offering of a Marketplace type, or the attributes in passthrough_attributes",
)
def _b_type(seen: Seen) -> Iterator[Hit]:
    """B's offering is of a type that can be ordered by limits and plan alone."""
    for shown in each(seen.b_offering):
        if not shown.type.startswith("Marketplace.") and not seen.wishes.passthrough:
            yield hit(_B_KEY, type=shown.type)


@check(
    "b-events",
    Severity.WARNING,
    needs=["b-reads"],
    cause="events of B go by an offering there that {flaw}, so none may arrive",
    fix=f"name an offering of B of type {AGENT_TYPE}, or leave events of B off: polling does without them",
)
def _b_events(seen: Seen) -> Iterator[Hit]:
    """The offering on B that events go by sends them."""
    key = "backend_settings.target_stomp_offering_uuid"
    for kind in each(seen.events_type):
        if kind != AGENT_TYPE:
            yield hit(key, flaw=f"is of type {kind}")
    if isinstance(seen.events_type, Refused):
        yield hit(key, flaw="the token may not see")


@check(
    "b-terms",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering has terms of service that the token's user did not agree to, so every order is refused",
    fix="read them; then set accept_terms_of_service: true, or agree to them on B as that user",
)
def _b_terms(seen: Seen) -> Iterator[Hit]:
    """The terms of service of B's offering are agreed to."""
    exempt = any(standing.is_staff for standing in each(seen.b.standing))
    for terms in each(seen.terms):
        if terms.in_force and not (terms.agreed or exempt or seen.wishes.accept_terms):
            yield hit("backend_settings.accept_terms_of_service")


@check(
    "b-options",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering demands the input option {option}, which is not sent",
    fix="have users of A give it and name it in passthrough_attributes, or have B's provider make it optional",
)
def _b_options(seen: Seen) -> Iterator[Hit]:
    """Every input option that B's offering demands is passed through."""
    sent = {"name", *seen.wishes.passthrough, *seen.wishes.marks}
    for shown in each(seen.b_offering):
        for name, option in sorted(shown.options.items()):
            if option.required and name not in sent:
                yield hit("backend_settings.passthrough_attributes", option=name)


@check(
    "b-conditions",
    Severity.WARNING,
    needs=["b-fits"],
    cause="B's offering demands {what} ({option})",
    fix="have B's provider lift that for our customer; orders are refused otherwise",
)
def _b_conditions(seen: Seen) -> Iterator[Hit]:
    """B's offering demands nothing that federated orders lack."""
    for shown in each(seen.b_offering):
        for option, (hinders, what) in _CONDITIONS.items():
            if shown.conditions.get(option) and hinders(shown.conditions):
                yield hit(f"B offering {seen.wishes.target_offering}", option=option, what=what)


@check(
    "marks-declared",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering declares our mark {mark} as {flaw}",
    fix="have B's provider declare it as an optional option of type string, or not at all",
)
def _marks_declared(seen: Seen) -> Iterator[Hit]:
    """Where B's offering declares our marks, it does so in a way that keeps them."""
    for shown in each(seen.b_offering):
        for mark in seen.wishes.marks:
            option = shown.options.get(mark)
            if option is not None and option.kind not in _TEXTS:
                yield hit(
                    f"B offering {seen.wishes.target_offering}", mark=mark, flaw=f"an option of type {option.kind}"
                )
            elif option is not None and option.required:
                yield hit(
                    f"B offering {seen.wishes.target_offering}", mark=mark, flaw="required, of other customers too"
                )


@check(
    "marks-unique",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering allows one resource a project for each value of {mark}, which all resources share",
    fix=f"have B's provider set {_UNIQUE} to {{right}}",
)
def _marks_unique(seen: Seen) -> Iterator[Hit]:
    """B's offering, if it keeps values of a mark unique, does so with the one that differs from resource to resource."""
    right, shared = seen.wishes.marks
    for shown in each(seen.b_offering):
        if shown.conditions.get(_UNIQUE) == shared:
            yield hit(f"B offering {seen.wishes.target_offering}", mark=shared, right=right)


@check(
    "a-plans",
    Severity.WARNING,
    needs=["a-fits"],
    cause="A's offering has no active pricing plan, so nobody can order it",
    fix="have A's provider add one",
)
def _a_plans(seen: Seen) -> Iterator[Hit]:
    """A's offering has a pricing plan."""
    for offering in each(seen.a_offering):
        if not any(plan.active for plan in offering.plans):
            yield hit(f"A offering {seen.wishes.offering}")


@check(
    "b-plans",
    Severity.WARNING,
    needs=["b-fits"],
    cause="B's offering has no active pricing plan, so a Waldur of today refuses every order",
    fix="have B's provider add one",
)
def _b_plans(seen: Seen) -> Iterator[Hit]:
    """B's offering has a pricing plan."""
    for shown in each(seen.b_offering):
        if not seen.wishes.target_plan and not any(plan.active for plan in shown.offering.plans):
            yield hit(f"B offering {seen.wishes.target_offering}")


@check(
    "plan",
    Severity.ERROR,
    needs=["a-fits", "a-plans", "b-fits"],
    cause="it is not settled which pricing plan of B is ordered: {cause}",
    fix="{fix}",
)
def _plan(seen: Seen) -> Iterator[Hit]:
    """For every pricing plan of A it is settled which one of B is ordered."""
    unsettled = next((reason for _, reason in _chosen(seen) if isinstance(reason, ConfigurationError)), None)
    if unsettled is not None:
        finding = unsettled.findings[0]
        yield hit(finding.path, cause=finding.cause, fix=finding.fix)


@check(
    "plan-switch",
    Severity.NOTE,
    needs=["plan"],
    cause="several pricing plans of A ({plans}) are ordered as one plan of B, so a switch between them changes nothing there",
    fix="name B's plans as A's, or keep one plan on A",
)
def _plan_switch(seen: Seen) -> Iterator[Hit]:
    """Different pricing plans of A are different ones of B."""
    names: dict[object, list[str]] = {}
    for name, chosen in _chosen(seen):
        names.setdefault(chosen, []).append(name)
    for plans in names.values():
        if len(plans) > 1:
            yield hit(f"A offering {seen.wishes.offering}", plans=", ".join(sorted(plans)))


def _stranger(where: str, name: str, wanted: Iterable[str], known: Iterable[str]) -> Iterator[Hit]:
    """One hit where several components are wanted and none is there: then it is not the names that are wrong."""
    missing = sorted(wanted)
    if len(missing) > 1 and set(missing).isdisjoint(known):
        yield hit(where, name=name, wanted=", ".join(missing), known=", ".join(sorted(known)) or "none")


def _chosen(seen: Seen) -> Iterator[tuple[str, object]]:
    """Each active pricing plan of A with the UUID of B's, None for none, or why it cannot be told."""
    for offering in each(seen.a_offering):
        for shown in each(seen.b_offering):
            for name in sorted({plan.name for plan in offering.plans if plan.active}):
                try:
                    plan = choose_plan(shown.offering, name, seen.wishes.target_plan)
                except ConfigurationError as error:
                    yield name, error
                else:
                    yield name, plan and plan.id


def _missing(
    seen: Seen, peer: PeerSeen, scopes: set[tuple[str, str]], wanted: Mapping[str, tuple[str, ...]], where: str
) -> Iterator[Hit]:
    """The permissions that no role of the token on *scopes* carries; silent where that cannot be told.

    A permission that no role of the server has does not exist there: older releases have fewer. A role that the server does not
    list may carry anything.
    """
    asked = {"orders": seen.wishes.orders, "usage": seen.wishes.usage, "members": seen.wishes.members}
    needed = {permission for use, permissions in wanted.items() if asked[use] for permission in permissions}
    for standing in each(peer.standing):
        for roles in whole(peer.roles):
            held = {role.name for role in standing.roles if (role.scope_type, role.scope) in scopes}
            if standing.is_staff or not held <= roles.keys():
                continue
            known = frozenset[str]().union(*roles.values())
            missing = (needed & known) - frozenset[str]().union(*(roles[name] for name in held))
            if missing:
                yield hit(where, roles=", ".join(sorted(held)) or "none", missing=", ".join(sorted(missing)))


OFFERINGS = (
    _self_delivery,
    _a_offering,
    _a_fits,
    _a_type,
    _a_state,
    _a_plans,
    _a_rights,
    _b_customer,
    _b_rights,
    _b_consent,
    _b_offering,
    _b_fits,
    _b_type,
    _b_state,
    _b_terms,
    _b_options,
    _b_conditions,
    _b_events,
    _marks_declared,
    _marks_unique,
    _b_plans,
    _plan,
    _plan_switch,
)
