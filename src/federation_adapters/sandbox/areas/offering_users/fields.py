"""Offering users as JSON; attributes of the person that the offering does not show are left out."""

from federation_adapters.sandbox.areas.offering_users import models
from federation_adapters.sandbox.areas.offering_users.exposure import SHOWN, shows, value_of
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import ABSENT, Field, Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import OfferingUser


def _exposed(name: str) -> Field[OfferingUser]:
    return lambda row, _: value_of(row.user, name) if shows(row.offering, name) else ABSENT


def _consent_data(row: OfferingUser, call: Call) -> dict[str, object] | None:
    consent = call.store.consent_of(row.user, row.offering)
    if consent is None or not call.store.settings.enforce_consent:
        return None
    return {
        "uuid": consent.uuid,
        "version": consent.version,
        "agreement_date": show_moment(consent.agreement_date),
    }


OFFERING_USER_FIELDS: Fields[OfferingUser] = {
    "url": lambda r, c: c.url("marketplace-offering-users", r.uuid),
    "uuid": lambda r, _: r.uuid,
    "user": lambda r, c: c.url("users", r.user.uuid),
    "user_uuid": lambda r, _: r.user.uuid,
    "offering": lambda r, c: c.url("marketplace-provider-offerings", r.offering.uuid),
    "offering_uuid": lambda r, _: r.offering.uuid,
    "offering_name": lambda r, _: r.offering.name,
    "customer_uuid": lambda r, _: r.offering.customer.uuid,
    "customer_name": lambda r, _: r.offering.customer.name,
    "username": lambda r, _: r.username,
    "state": lambda r, _: r.state,
    "runtime_state": lambda r, _: r.runtime_state,
    "is_restricted": lambda r, _: r.is_restricted,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
    "service_provider_comment": lambda r, _: r.service_provider_comment,
    "service_provider_comment_url": lambda r, _: r.service_provider_comment_url,
    "service_provider_account_uuid": constant(None),
    "service_provider_account_username": constant(None),
    "has_consent": lambda r, c: c.store.has_consent(r.user, r.offering),
    "requires_reconsent": constant(False),
    "offering_has_active_tos": lambda r, _: bool(r.offering.terms_of_service),
    "has_compliance_checklist": constant(False),
    "consent_data": _consent_data,
    "is_profile_complete": lambda r, c: not models.missing_attributes(c.store, r.user),
    "missing_profile_attributes": lambda r, c: models.missing_attributes(c.store, r.user),
    "uidnumber": lambda r, _: r.uidnumber,
    "primarygroup": lambda r, _: r.primarygroup,
    "login_shell": lambda r, _: r.login_shell,
    "home_directory": lambda r, _: r.home_directory,
    **{f"user_{name}": _exposed(name) for name in SHOWN},
}
