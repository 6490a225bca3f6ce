"""Answers about agreements to the terms of offerings."""

from federation_adapters.sandbox.areas.offering_users.exposure import exposed
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import Fields, SortKey, constant, detail, listing, select, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import Consent
from federation_adapters.sandbox.exceptions import field_error, forbidden, not_found

_FIELDS: Fields[Consent] = {
    "uuid": lambda r, _: r.uuid,
    "user_uuid": lambda r, _: r.user.uuid,
    "user_username": lambda r, _: r.user.username,
    "user_full_name": lambda r, _: r.user.full_name,
    "user_email": lambda r, _: r.user.email,
    "offering_uuid": lambda r, _: r.offering.uuid,
    "offering_name": lambda r, _: r.offering.name,
    "offering_slug": lambda r, _: r.offering.slug,
    "offering_url": lambda r, c: c.url("marketplace-public-offerings", r.offering.uuid),
    "version": lambda r, _: r.version,
    "agreement_date": lambda r, _: show_moment(r.agreement_date),
    "revocation_date": lambda r, _: show_moment(r.revocation_date),
    "has_consent": lambda r, _: r.revocation_date is None,
    "requires_reconsent": constant(False),
    "collected_attributes": lambda r, _: sorted(exposed(r.offering)),
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
_FILTERS: by.Filters[Consent] = {
    "offering_uuid": by.one_uuid(lambda r: r.offering.uuid),
    "offering": by.by_url(lambda r: r.offering.uuid, "/api/marketplace-public-offerings/*/"),
    "user_uuid": by.one_uuid(lambda r: r.user.uuid),
    "user": by.by_url(lambda r: r.user.uuid, "/api/users/*/"),
    "version": by.exact(lambda r: r.version),
    "has_consent": by.boolean(lambda r: r.revocation_date is None),
    "requires_reconsent": by.boolean(lambda _: False),
}
_NEVER = "9999-12-31"
_ORDERS: dict[str, SortKey[Consent]] = {
    "agreement_date": lambda r: r.agreement_date,
    "created": lambda r: r.created,
    "modified": lambda r: r.modified,
    "revocation_date": lambda r: show_moment(r.revocation_date) or _NEVER,
}


def _sees(call: Call, row: Consent) -> bool:
    return row.user is call.user or call.access.provides(row.offering)


def list_consents(call: Call) -> Reply:
    """Answer the caller's own agreements, and those to the terms of offerings that the caller provides."""
    rows = [row for row in call.store.consents if _sees(call, row)]
    return listing(call, select(call, rows, _FILTERS, _ORDERS), _FIELDS)


def _find(call: Call, uuid: str) -> Consent:
    row = call.store.consents.get(parse_uuid(uuid))
    if row is None or not _sees(call, row):
        raise not_found("UserOfferingConsent")
    return row


def retrieve_consent(call: Call, uuid: str) -> Reply:
    """Answer one agreement."""
    return detail(call, _find(call, uuid), _FIELDS)


def give_consent(call: Call) -> Reply:
    """Agree to the terms of an offering, for oneself."""
    offering = call.store.offerings.get(parse_uuid(inputs.text(call.body(), "offering", blank=False)))
    if offering is None or not call.access.sees_offering(offering):
        raise field_error("offering", "Object does not exist.")
    if not offering.terms_of_service:
        raise field_error("offering", "Offering has no active terms of service.")
    if call.store.has_consent(call.user, offering):
        raise field_error("offering", "Consent has already been given.")
    return Reply(show(call, call.store.record_consent(call.user, offering), _FIELDS), status=201)


def revoke_consent(call: Call, uuid: str) -> Reply:
    """Take an agreement back; it stays as history."""
    row = _find(call, uuid)
    if not (call.user.is_staff or row.user is call.user):
        raise forbidden()
    call.store.revoke_consent(row)
    return Reply(show(call, row, _FIELDS))
