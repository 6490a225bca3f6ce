"""One entry of ``offerings``, from what the levels read to `OfferingSettings`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from federation_adapters.http.access import Access, ClientCredentials
from federation_core.application.configure import (
    ComponentMapping,
    FieldSettings,
    MemberSettings,
    OrderSettings,
    UsageSettings,
    field_settings,
    identity_rules,
    member_settings,
    order_settings,
    usage_settings,
)
from federation_runner.settings import components, model, peers
from federation_runner.settings.keys import Level
from federation_runner.settings.levels import Reading
from federation_runner.settings.ownership import BRIDGE, MODES, OURS, judge_names, ownership

SETTLE_MARGIN = 5.0
BRIDGE_METHOD = "identity_bridge"
Values = Mapping[str, Any]


def read_offering(reading: Reading, entry: Values, path: str, top: Values) -> model.OfferingSettings | None:
    """The settings of one offering of ours; None where something is wrong with it, which is noted."""
    tolerant = ownership(entry).is_shared
    own = reading.level(Level.OFFERING, entry, path, tolerant=tolerant)
    judge_names(reading, entry, path)
    where = f"{path}.backend_settings"
    is_readable = not reading.below(where)
    backend = _backend(reading if is_readable else Reading(reading.around), own, where, tolerant=tolerant)
    wishes = components.read_components(
        reading, own["backend_components"] or {}, f"{path}.backend_components", tolerant=tolerant
    )
    mapping = components.mapping_of(reading, wishes, backend, path)
    a = peers.a_access(reading, own, backend, top["global_proxy"], path)
    b = None
    if is_readable:
        b = peers.b_access(reading, backend, where)
        _judge_bridge(reading, own, backend, path)
        _judge_events(reading, own, a, f"{path}.stomp_enabled")
        _judge_events(reading, backend, b, f"{where}.target_stomp_enabled")
    if mapping is None or a is None or b is None or reading.below(path):
        return None
    return model.OfferingSettings(
        name=own["name"],
        offering=own["waldur_offering_uuid"],
        target_offering=backend["target_offering_uuid"],
        target_customer=backend["target_customer_uuid"],
        a=a,
        b=b,
        orders=_orders(own, backend, top, mapping),
        usage=_usage(own, backend, top, mapping),
        fields=_fields(own, backend, top, mapping),
        members=_members(own, backend),
        modes=frozenset(mode for mode, key in MODES.items() if own[key] == OURS),
        order_poll_timeout=backend["order_poll_timeout"],
        order_poll_interval=backend["order_poll_interval"],
        accounting=MappingProxyType({name: wish.accounting for name, wish in wishes.items()}),
        a_events=_a_events(own),
        b_events=_b_events(backend),
        people=_people(own, backend),
        offers_imports=own["resource_import_enabled"],
        unit_factors=MappingProxyType(
            {f"{name}.{key}": factor for name, wish in wishes.items() for key, factor in wish.unit_factors.items()}
        ),
    )


def _backend(reading: Reading, own: Values, path: str, *, tolerant: bool) -> Values:
    backend = reading.level(Level.BACKEND, own["backend_settings"] or {}, path, tolerant=tolerant)
    periodic = backend["periodic_limits"] or {}
    if "enabled" in periodic:  # the one key of it that is told; the rest belongs to other backends
        reading.level(Level.PERIODIC, {"enabled": periodic["enabled"]}, f"{path}.periodic_limits")
    return backend


def read_backend(reading: Reading, values: Values, path: str) -> None:
    """Note what is wrong with ``backend_settings`` alone."""
    backend = _backend(reading, {"backend_settings": values}, path, tolerant=False)
    if not reading.below(path):
        peers.b_access(reading, backend, path)


def _judge_bridge(reading: Reading, own: Values, backend: Values, path: str) -> None:
    """Note that the identity bridge is asked for by name, and nobody vouches for the people pushed through it."""
    where = f"{path}.backend_settings.identity_bridge_source"
    if backend["identity_bridge_source"] or reading.below(where):
        return
    if own["username_management_backend"] == BRIDGE or backend["user_resolve_method"] == BRIDGE_METHOD:
        reading.missing(where, "identity_bridge_source", "name who vouches for the people, such as isd:example")


def _judge_events(reading: Reading, level: Values, access: Access | None, where: str) -> None:
    """Note that events are asked for of a side whose broker would want a token that we do not have."""
    if access is not None and level[where.rpartition(".")[2]] and isinstance(access.credentials, ClientCredentials):
        cause = "true together with OIDC credentials, and message brokers know only Waldur's own tokens"
        reading.wrong(where, cause, "write a token, or set it to false: polling does without events")


def _orders(own: Values, backend: Values, top: Values, mapping: ComponentMapping) -> OrderSettings:
    settle = backend["create_settle_seconds"]
    return order_settings(
        offering=own["waldur_offering_uuid"],
        target_customer=backend["target_customer_uuid"],
        mapping=mapping,
        target_plan=backend["target_plan"],
        passthrough=backend["passthrough_attributes"],
        accept_terms=backend["accept_terms_of_service"],
        settle_seconds=backend["request_timeout"] + SETTLE_MARGIN if settle is None else settle,
        orphan_policy=backend["orphan_policy"],
        tell_reasons=top["expose_backend_error_details"],
    )


def _usage(own: Values, backend: Values, top: Values, mapping: ComponentMapping) -> UsageSettings:
    corrections = "omit" if own["omit_anomalous_usage_components"] else backend["usage_corrections"]
    return usage_settings(
        mapping=mapping, timezone=top["timezone"], periods=top["reporting_periods"], corrections=corrections
    )


def _fields(own: Values, backend: Values, top: Values, mapping: ComponentMapping) -> FieldSettings:
    return field_settings(
        target_customer=backend["target_customer_uuid"],
        mapping=mapping,
        end_dates=backend["end_date_sync_direction"],
        limits=backend["limit_sync_direction"],
        usernames=own["username_reconciliation_enabled"],
        last_sync_interval=backend["last_sync_interval"],
        tell_reasons=top["expose_backend_error_details"],
    )


def _members(own: Values, backend: Values) -> MemberSettings:
    """How people are carried over; where the identity bridge alone names us, only their profiles are."""
    people = _people(own, backend)
    identity = identity_rules(
        match_field=people.match_field,
        resolve_method=people.resolve_method,
        bridge_source=people.bridge_source,
        pushes_profiles=people.pushes_profiles,
        not_found_action=people.not_found_action,
    )
    return member_settings(
        target_customer=backend["target_customer_uuid"],
        target_offering=backend["target_offering_uuid"],
        identity=identity,
        policy=backend["membership_policy"],
        role_mapping=people.role_mapping,
        grant_owners=backend["grant_owner_uuids"],
        consented_only=people.consented_only,
        carries_roles=own[MODES["membership_sync"]] == OURS or not people.pushes_profiles,
    )


def _a_events(own: Values) -> model.Events:
    membership = own["stomp_membership_sync_enabled"]
    return model.Events(
        enabled=own["stomp_enabled"],
        offering=own["waldur_offering_uuid"],
        host=own["stomp_ws_host"],
        port=own["stomp_ws_port"],
        path=own["stomp_ws_path"],
        use_tls=own["websocket_use_tls"],
        ca_file=own["stomp_ca_file"] or own["ca_file"],
        membership=own["stomp_enabled"] if membership is None else membership,
    )


def _b_events(backend: Values) -> model.Events:
    return model.Events(
        enabled=backend["target_stomp_enabled"],
        offering=backend["target_stomp_offering_uuid"] or backend["target_offering_uuid"],
        host=backend["target_stomp_ws_host"],
        port=backend["target_stomp_ws_port"],
        path=backend["target_stomp_ws_path"],
        use_tls=backend["target_websocket_use_tls"],
        ca_file=backend["target_stomp_ca_file"] or backend["target_ca_file"],
    )


def _usual_method(backend: Values) -> str:
    """How people are found where the file does not say: through the bridge if somebody vouches, else by the field."""
    if backend["identity_bridge_source"]:
        return BRIDGE_METHOD
    return "remote_eduteams" if backend["user_match_field"] == "cuid" else "user_field"


def _people(own: Values, backend: Values) -> model.People:
    return model.People(
        match_field=backend["user_match_field"],
        resolve_method=backend["user_resolve_method"] or _usual_method(backend),
        bridge_source=backend["identity_bridge_source"],
        pushes_profiles=own["username_management_backend"] == BRIDGE,
        not_found_action=backend["user_not_found_action"],
        role_mapping=backend["role_mapping"],
        consented_only=backend["fetch_consented_users_only"],
    )
