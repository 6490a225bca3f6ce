"""What the doctor checks, from the settings of one offering."""

from federation_adapters.http.access import Access
from federation_core.application.check import MARKS, CheckSettings, PeerKeys, Wishes
from federation_core.domain.ids import AOfferingId, BCustomerId, BOfferingId, Side
from federation_runner.settings.model import OfferingSettings
from federation_runner.settings.peers import A_KEYS, B_KEYS, base_url

BACKEND = "backend_settings."


def check_settings(offering: OfferingSettings) -> CheckSettings:
    """What is to be checked for *offering*."""
    if offering.warehouse is None:
        return CheckSettings(_wishes(offering), _keys(offering.a), _keys(offering.b))
    b = PeerKeys(
        f"{BACKEND}cscs_dwdi_api_url", f"{BACKEND}cscs_dwdi_client_id", f"{BACKEND}verify_ssl", offering.b.verify
    )
    return CheckSettings(_wishes(offering), _keys(offering.a), b, offering.warehouse.meters, offering.usage.zone)


def _wishes(offering: OfferingSettings) -> Wishes:
    rules, people = offering.orders.rules, offering.people
    return Wishes(
        offering=AOfferingId(offering.offering),
        target_offering=BOfferingId(offering.target_offering),
        customer=BCustomerId(offering.target_customer),
        mapping=offering.mapping,
        marks=MARKS,
        orders="order_process" in offering.modes,
        usage="report" in offering.modes,
        members="membership_sync" in offering.modes,
        target_plan=rules.target_plan,
        passthrough=rules.passthrough,
        accept_terms=rules.accept_terms,
        accounting=offering.accounting,
        unit_factors={where: f"{factor:g}" for where, factor in offering.unit_factors.items()},
        skew=rules.skew,
        same_server=base_url(offering.a.url) == base_url(offering.b.url),
        role_mapping=people.role_mapping,
        bridge_source=people.bridge_source if _is_bridged(offering) else "",
        events_offering=BOfferingId(offering.b_events.offering) if offering.b_events.enabled else None,
        metered=offering.warehouse is not None,
    )


def _is_bridged(offering: OfferingSettings) -> bool:
    """Whether B's identity bridge is used: to find people, or to push profiles."""
    people = offering.people
    finds = "membership_sync" in offering.modes and people.resolve_method == "identity_bridge"
    return finds or people.pushes_profiles


def _keys(access: Access) -> PeerKeys:
    """The names of one side's settings, as they stand in an entry of the file."""
    head, keys = ("", A_KEYS) if access.side is Side.A else (BACKEND, B_KEYS)
    token = ", ".join(f"{head}{name}" for name in access.keys.token.split(", "))
    return PeerKeys(f"{head}{keys.url}", token, f"{head}{keys.prefix}verify_ssl", access.verify)
