"""From plain configured values to the settings of the use cases; the one door for runners and plug-ins."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from federation_core.application.fields_wiring import FieldSettings
from federation_core.application.member_wiring import MemberSettings
from federation_core.application.metered_usage import MeterSettings
from federation_core.application.usage_wiring import UsageSettings
from federation_core.application.wiring import OrderSettings
from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.fields.rules import EndDates, FieldRules, LimitsWay
from federation_core.domain.fields.scene import Part
from federation_core.domain.identity.rules import IdentityRules, MatchField, NotFoundAction, ResolveMethod
from federation_core.domain.ids import AOfferingId, BCustomerId, BOfferingId, BUserId
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.membership.rules import MemberRules, MembershipPolicy
from federation_core.domain.metering.meters import AccountRules, PathRules
from federation_core.domain.orders.scene import Rules
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.units import BComponent, Rounding
from federation_core.domain.usage.scene import Corrections, UsageRules

__all__ = [
    "END_DATE_WAYS",
    "LIMIT_ROUNDINGS",
    "LIMIT_WAYS",
    "MATCH_FIELDS",
    "MEMBERSHIP_POLICIES",
    "NOT_FOUND_ACTIONS",
    "ORPHAN_POLICIES",
    "RESOLVE_METHODS",
    "SHARED_USAGES",
    "USAGE_ATTRIBUTIONS",
    "USAGE_CORRECTIONS",
    "ComponentMapping",
    "ComponentWish",
    "FieldSettings",
    "MemberSettings",
    "MeterSettings",
    "OrderSettings",
    "Part",
    "UsageSettings",
    "account_meters",
    "component_mapping",
    "field_settings",
    "identity_rules",
    "member_settings",
    "order_settings",
    "path_meters",
    "usage_settings",
]

LIMIT_ROUNDINGS = tuple(rule.value for rule in Rounding)
USAGE_ATTRIBUTIONS = tuple(rule.value for rule in Attribution)
SHARED_USAGES = tuple(rule.value for rule in SharedUsage)
USAGE_CORRECTIONS = tuple(rule.value for rule in Corrections)
END_DATE_WAYS = tuple(way.value for way in EndDates)
LIMIT_WAYS = tuple(way.value for way in LimitsWay)
MEMBERSHIP_POLICIES = tuple(policy.value for policy in MembershipPolicy)
MATCH_FIELDS = tuple(field.value for field in MatchField)
RESOLVE_METHODS = tuple(method.value for method in ResolveMethod)
NOT_FOUND_ACTIONS = tuple(action.value for action in NotFoundAction)
ORPHAN_POLICIES = tuple(policy.value for policy in OrphanPolicy)

E = TypeVar("E", bound=Enum)


@attrs.frozen
class ComponentWish:
    """One A component as configured.

    Attributes:
        targets: B component -> factor, as a number or its decimal text; empty means pass-through.
        attribution: one of `USAGE_ATTRIBUTIONS`.
        primary_target: the target that the rule ``primary`` reads; empty for none.
    """

    targets: Mapping[str, object] = attrs.field(factory=dict)
    attribution: str = Attribution.SUM.value
    primary_target: str = ""


def component_mapping(
    components: Mapping[str, ComponentWish],
    *,
    rounding: str = Rounding.CEIL.value,
    shared: str = "",
    path: str = "backend_components",
) -> ComponentMapping:
    """Build the component mapping from configured words.

    Args:
        components: A component -> how it is mapped.
        rounding: one of `LIMIT_ROUNDINGS`.
        shared: one of `SHARED_USAGES`, or empty for none.
        path: where the components stand in the configuration; findings start with it.

    Raises:
        MappingError: what `ComponentMapping.of` refuses.
        ConfigurationError: a word that is not among the allowed ones.
    """
    rounding_rule = _word(Rounding, rounding, f"{path}: limit_rounding")
    shared_rule = _word(SharedUsage, shared, f"{path}: shared_target_usage") if shared else None
    return ComponentMapping.of(
        {name: wish.targets for name, wish in components.items()},
        rounding=rounding_rule,
        attribution={
            name: _word(Attribution, wish.attribution, f"{path}.{name}.usage_attribution")
            for name, wish in components.items()
        },
        primary={name: wish.primary_target for name, wish in components.items() if wish.primary_target},
        shared=shared_rule,
        path=path,
    )


def order_settings(
    *,
    offering: UUID,
    target_customer: UUID,
    mapping: ComponentMapping,
    target_plan: str = "",
    passthrough: Sequence[str] = (),
    accept_terms: bool = False,
    settle_seconds: float = 35.0,
    orphan_policy: str = OrphanPolicy.REPORT.value,
    tell_reasons: bool = True,
) -> OrderSettings:
    """Build the settings of the order use case from plain values.

    Raises:
        ConfigurationError: *orphan_policy* is not one of `ORPHAN_POLICIES`.
    """
    rules = Rules(
        offering=AOfferingId(offering),
        mapping=mapping,
        target_plan=target_plan,
        passthrough=tuple(passthrough),
        accept_terms=accept_terms,
        settle=timedelta(seconds=settle_seconds),
    )
    policy = _word(OrphanPolicy, orphan_policy, "orphan_policy")
    return OrderSettings(rules, BCustomerId(target_customer), policy, tell_reasons)


def usage_settings(
    *,
    mapping: ComponentMapping,
    timezone: str = "UTC",
    periods: int = 2,
    corrections: str = Corrections.ACCEPT.value,
    shares: bool = True,
) -> UsageSettings:
    """Build the settings of the usage use case from plain values.

    Args:
        mapping: how components of A stand for components of B.
        timezone: IANA name of the zone whose months A's server bills by.
        periods: months to report, the current one included; at least 1.
        corrections: one of `USAGE_CORRECTIONS`.
        shares: whether people's shares are told too.

    Raises:
        ConfigurationError: *timezone* is not known here, or *corrections* is not one of the words.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        cause = f"{timezone!r} is no time zone known here"
        raise ConfigurationError(Finding("timezone", cause, "write an IANA name such as Europe/Tallinn")) from None
    rules = UsageRules(mapping, _word(Corrections, corrections, "usage_corrections"), shares)
    return UsageSettings(rules, zone, periods)


def field_settings(
    *,
    target_customer: UUID,
    mapping: ComponentMapping,
    end_dates: str = EndDates.BIDIRECTIONAL.value,
    limits: str = LimitsWay.B_TO_A.value,
    usernames: bool = False,
    last_sync_interval: float | None = None,
    tell_reasons: bool = True,
) -> FieldSettings:
    """Build the settings of the field use case from plain values.

    Args:
        target_customer: our customer on B.
        mapping: how components of A stand for components of B.
        end_dates: one of `END_DATE_WAYS`.
        limits: one of `LIMIT_WAYS`.
        usernames: whether user names of B are carried to A.
        last_sync_interval: seconds after which a resource is confirmed again on A; None for never.
        tell_reasons: whether users of A read B's own words about a resource that failed.

    Raises:
        ConfigurationError: *end_dates* or *limits* is not one of the words.
    """
    rules = FieldRules(
        customer=BCustomerId(target_customer),
        mapping=mapping,
        end_dates=_word(EndDates, end_dates, "end_date_sync_direction"),
        limits=_word(LimitsWay, limits, "limit_sync_direction"),
        usernames=usernames,
        confirm_after=None if last_sync_interval is None else timedelta(seconds=last_sync_interval),
        tell_reasons=tell_reasons,
    )
    return FieldSettings(rules)


def identity_rules(
    *,
    match_field: str = MatchField.CUID.value,
    resolve_method: str = ResolveMethod.FIELD.value,
    bridge_source: str = "",
    pushes_profiles: bool = False,
    not_found_action: str = NotFoundAction.WARN.value,
) -> IdentityRules:
    """Build the rules by which people are found on B from plain values.

    Args:
        match_field: one of `MATCH_FIELDS`.
        resolve_method: one of `RESOLVE_METHODS`.
        bridge_source: whom we vouch for people as; empty for nobody, and then nothing is pushed.
        pushes_profiles: whether profiles are pushed whatever the resolve method is.
        not_found_action: one of `NOT_FOUND_ACTIONS`.

    Raises:
        ConfigurationError: a word that is not among the allowed ones.
    """
    return IdentityRules(
        match=_word(MatchField, match_field, "user_match_field"),
        method=_word(ResolveMethod, resolve_method, "user_resolve_method"),
        source=bridge_source,
        wants_push=pushes_profiles,
        not_found=_word(NotFoundAction, not_found_action, "user_not_found_action"),
    )


def member_settings(
    *,
    target_customer: UUID,
    target_offering: UUID,
    identity: IdentityRules,
    policy: str = MembershipPolicy.OWNED.value,
    role_mapping: Mapping[str, str] | None = None,
    grant_owners: Collection[UUID] = (),
    consented_only: bool = False,
    carries_roles: bool = True,
    other_customers: Collection[UUID] = (),
) -> MemberSettings:
    """Build the settings of the member use case from plain values.

    Args:
        target_customer: our customer on B.
        target_offering: the offering on B.
        identity: how people are found on B, from `identity_rules`.
        policy: one of `MEMBERSHIP_POLICIES`.
        role_mapping: role on A -> role on B; a role without an entry keeps its name.
        grant_owners: further accounts on B whose grants count as ours.
        consented_only: whether only people who consented are carried over.
        carries_roles: whether roles are carried over; otherwise profiles are pushed to B's identity bridge, and nothing else.
        other_customers: further customers of ours on the same B whose people we vouch for as the same source.

    Raises:
        ConfigurationError: *policy* is not one of the words.
    """
    rules = MemberRules(
        customer=BCustomerId(target_customer),
        offering=BOfferingId(target_offering),
        policy=_word(MembershipPolicy, policy, "membership_policy"),
        role_mapping=role_mapping or {},
        owners=frozenset(BUserId(owner) for owner in grant_owners),
        consented_only=consented_only,
        carries_roles=carries_roles,
    )
    return MemberSettings(rules, identity, frozenset(BCustomerId(customer) for customer in other_customers))


def account_meters(*, components: Collection[str], cluster: str = "", absent_means_zero: bool = False) -> MeterSettings:
    """Build the settings of a warehouse that shows accounts from plain values.

    Args:
        components: the components of A that it has figures of.
        cluster: the one where A names none; empty for all.
        absent_means_zero: whether an account that is not shown, beside others that are, has used nothing.
    """
    return MeterSettings(AccountRules(cluster), _b_components(components), absent_means_zero)


def path_meters(
    *, components: Collection[str], paths: Mapping[str, str] | None = None, absent_means_zero: bool = False
) -> MeterSettings:
    """Build the settings of a warehouse that shows paths of file systems from plain values.

    Args:
        components: the components of A that it has figures of.
        paths: `backend_id` of a resource -> its path.
        absent_means_zero: whether a path that is not shown, beside others that are, is empty.
    """
    return MeterSettings(PathRules(paths or {}), _b_components(components), absent_means_zero)


def _b_components(components: Collection[str]) -> frozenset[BComponent]:
    return frozenset(BComponent(name) for name in components)


def _word(kind: type[E], word: str, path: str) -> E:
    try:
        return kind(word)
    except ValueError:
        allowed = ", ".join(str(member.value) for member in kind)
        raise ConfigurationError(Finding(path, f"{word!r} is not a known word", f"use one of: {allowed}")) from None
