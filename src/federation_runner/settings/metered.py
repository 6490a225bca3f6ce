"""One entry of ``offerings`` that a warehouse meters, from what the levels read to `OfferingSettings`."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

import attrs

from federation_adapters.dwdi.fields import COMPUTE as COMPUTE_FIELDS
from federation_adapters.dwdi.fields import SPACE, Fields
from federation_adapters.dwdi.fields import STORAGE as STORAGE_FIELDS
from federation_adapters.http.access import Access, ClientCredentials, KeyNames
from federation_core.application.configure import (
    ComponentMapping,
    ComponentWish,
    MeterSettings,
    account_meters,
    component_mapping,
    field_settings,
    identity_rules,
    member_settings,
    order_settings,
    path_meters,
    usage_settings,
)
from federation_core.domain.ids import Side
from federation_runner.settings import model, peers
from federation_runner.settings.components import named
from federation_runner.settings.keys import Level
from federation_runner.settings.levels import Reading
from federation_runner.settings.ownership import STORAGE, judge_double, judge_names, ownership

API = "/api/v1"
NOWHERE = UUID(int=0)
Values = Mapping[str, Any]
FieldNames = Mapping[str, Fields]


def read_metered(reading: Reading, entry: Values, path: str, top: Values) -> model.OfferingSettings | None:
    """The settings of one metered offering; None where something is wrong with it, which is noted."""
    whose = ownership(entry)
    own = reading.level(Level.OFFERING, entry, path, tolerant=whose.is_shared)
    judge_names(reading, entry, path)
    judge_double(reading, entry, path)
    where = f"{path}.backend_settings"
    level = Level.STORAGE if whose.warehouse == STORAGE else Level.COMPUTE
    backend = reading.level(level, own["backend_settings"] or {}, where, tolerant=whose.is_shared)
    factors = _factors(reading, own["backend_components"] or {}, f"{path}.backend_components", whose.is_shared)
    fields = _fields(reading, factors, backend, level, path)
    if level is Level.STORAGE:
        factors = _converted(reading, factors, fields, backend, path)
    a = peers.a_access(reading, own, _bounds(backend), top["global_proxy"], path)
    if reading.below(path) or a is None:
        return None
    mapping = _mapping(factors)
    usage = usage_settings(
        mapping=mapping,
        timezone=top["timezone"],
        periods=top["reporting_periods"],
        corrections="omit" if own["omit_anomalous_usage_components"] else backend["usage_corrections"],
        shares=level is Level.COMPUTE,
    )
    warehouse = model.Warehouse(
        whose.warehouse, _storage(backend, level), fields, _meters(backend, fields), backend["batch_size"]
    )
    metered = _blank(own, a, _access(backend), mapping)
    return attrs.evolve(metered, usage=usage, warehouse=warehouse)


def api_root(url: str) -> str:
    """Where the calls of the warehouse begin: the address with ``/api/v1`` at its end, whether or not it has it there."""
    bare = url.rstrip("/")
    for end in (API, "/api"):
        bare = bare.removesuffix(end) if bare.endswith(end) else bare
    return f"{bare}{API}"


def _factors(reading: Reading, content: Values, path: str, tolerant: bool) -> dict[str, Fraction]:  # noqa: FBT001 - as `level` has it
    """What one unit of the warehouse is on A, by component; the factor for reporting counts where there is one."""
    found = {}
    for name, given, where in named(reading, content, path):
        values = reading.level(Level.METERED, given, where, tolerant=tolerant)
        reporting = values["unit_factor_reporting"]
        found[name] = Fraction(values["unit_factor"] if reporting is None else reporting)
    if not found and not reading.below(path):
        reading.wrong(path, "no components", "write those that the warehouse meters, such as nodeHours")
    return found


def _fields(reading: Reading, factors: Mapping[str, Fraction], backend: Values, level: Level, path: str) -> FieldNames:
    """Where each component stands in answers; one that nobody knows is a mistake, and never a component without figures."""
    where = f"{path}.backend_settings.component_fields"
    usual = STORAGE_FIELDS if level is Level.STORAGE else COMPUTE_FIELDS
    given = {
        name: reading.level(Level.FIELDS, inner, inside)
        for name, inner, inside in named(reading, backend["component_fields"] or {}, where)
    }
    for name in sorted(given.keys() - factors.keys()):
        reading.wrong(f"{where}.{name}", "not among backend_components", "correct the name, or add the component")
    for name in sorted(factors.keys() - usual.keys() - given.keys()):
        cause = "a component that stands nowhere in the warehouse's answers, as far as is known"
        fix = f"use one of {', '.join(usual)}, or name its fields in component_fields"
        reading.wrong(f"{path}.backend_components.{name}", cause, fix)
    told = {name: Fields(values["total"] or "", values["person"]) for name, values in given.items()}
    return {name: told.get(name) or usual.get(name, Fields("")) for name in factors}


def _converted(
    reading: Reading, factors: Mapping[str, Fraction], fields: FieldNames, backend: Values, path: str
) -> dict[str, Fraction]:
    """The factors as they are multiplied with; one that would make more of bytes is refused, as it was meant the other way."""
    if backend["unit_conversion"] == "divide":
        return {name: 1 / factor for name, factor in factors.items()}
    for name, factor in factors.items():
        if factor > 1 and fields[name].total == SPACE:
            cause = f"a factor of {float(factor):g}, and bytes are multiplied with it"
            fix = f"write {float(1 / factor):g}; or unit_conversion: divide into backend_settings"
            reading.wrong(f"{path}.backend_components.{name}.unit_factor", cause, fix)
    return dict(factors)


def _mapping(factors: Mapping[str, Fraction]) -> ComponentMapping:
    """Each component by its own name on both sides; as a federation counts it, one unit of A is so many of the warehouse."""
    return component_mapping({name: ComponentWish({name: 1 / factor}) for name, factor in factors.items()})


def _bounds(backend: Values) -> Values:
    return {"request_timeout": backend["read_timeout"], **backend}


def _access(backend: Values) -> Access:
    grant = ClientCredentials(
        backend["cscs_dwdi_oidc_token_url"],
        backend["cscs_dwdi_client_id"],
        backend["cscs_dwdi_client_secret"],
        backend["cscs_dwdi_oidc_scope"] or "openid",
    )
    return Access(
        side=Side.B,
        url=api_root(backend["cscs_dwdi_api_url"]),
        credentials=grant,
        verify=backend["verify_ssl"],
        ca_file=backend["ca_file"],
        proxy=backend["socks_proxy"],
        timeout=backend["read_timeout"],
        connect_timeout=backend["connect_timeout"],
        attempts=1 + backend["max_retries"],
        concurrency=backend["max_concurrent_requests"],
        keys=KeyNames(
            "cscs_dwdi_api_url",
            "cscs_dwdi_client_id, cscs_dwdi_client_secret",
            "ca_file",
            "cscs_dwdi_oidc_token_url",
            "socks_proxy",
        ),
    )


def _storage(backend: Values, level: Level) -> model.Storage | None:
    if level is not Level.STORAGE:
        return None
    return model.Storage(
        backend["storage_filesystem"],
        backend["storage_data_type"],
        backend["storage_tenant"],
        backend["storage_endpoint_style"],
    )


def _meters(backend: Values, fields: FieldNames) -> MeterSettings:
    zero = backend["absent_means_zero"]
    if "storage_path_mapping" in backend:
        return path_meters(components=fields, paths=backend["storage_path_mapping"], absent_means_zero=zero)
    return account_meters(components=fields, cluster=backend["cscs_dwdi_cluster"], absent_means_zero=zero)


def _blank(own: Values, a: Access, b: Access, mapping: ComponentMapping) -> model.OfferingSettings:
    """An offering that is reported on, and with which nothing else is done."""
    silent = model.Events(False, own["waldur_offering_uuid"], "", None, "", True, "", False)
    return model.OfferingSettings(
        name=own["name"],
        offering=own["waldur_offering_uuid"],
        target_offering=NOWHERE,
        target_customer=NOWHERE,
        a=a,
        b=b,
        orders=order_settings(offering=own["waldur_offering_uuid"], target_customer=NOWHERE, mapping=mapping),
        usage=usage_settings(mapping=mapping),
        fields=field_settings(target_customer=NOWHERE, mapping=mapping),
        members=member_settings(target_customer=NOWHERE, target_offering=NOWHERE, identity=identity_rules()),
        modes=frozenset({"report"}),
        order_poll_timeout=0.0,
        order_poll_interval=0.0,
        accounting=MappingProxyType(dict.fromkeys(mapping.a_components, "usage")),
        a_events=silent,
        b_events=silent,
        people=model.People("cuid", "user_field", "", False, "warn", MappingProxyType({}), False),
        offers_imports=False,
    )
