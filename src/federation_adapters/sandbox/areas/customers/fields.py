"""Customers and service providers as JSON."""

from federation_adapters.sandbox.conventions.listing import Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Customer

CUSTOMER_FIELDS: Fields[Customer] = {
    "url": lambda r, c: c.url("customers", r.uuid),
    "uuid": lambda r, _: r.uuid,
    "created": lambda r, _: show_moment(r.created),
    "name": lambda r, _: r.name,
    "slug": lambda r, _: r.slug,
    "native_name": constant(""),
    "abbreviation": lambda r, _: r.abbreviation,
    "display_name": lambda r, _: r.name,
    "description": constant(""),
    "backend_id": lambda r, _: r.backend_id,
    "blocked": lambda r, _: r.blocked,
    "archived": lambda r, _: r.archived,
    "project_slug_template": lambda r, _: r.project_slug_template,
    "projects_count": lambda r, c: sum(p.customer is r and not p.is_removed for p in c.store.projects),
    "is_service_provider": lambda r, _: bool(r.service_provider_uuid),
    "service_provider": lambda r, c: (
        c.url("marketplace-service-providers", r.service_provider_uuid) if r.service_provider_uuid else None
    ),
    "service_provider_uuid": lambda r, _: r.service_provider_uuid or None,
    "organization_groups": constant([]),
    "payment_profiles": constant([]),
    "customer_credit": constant(None),
}

PROVIDER_FIELDS: Fields[Customer] = {
    "url": lambda r, c: c.url("marketplace-service-providers", r.service_provider_uuid),
    "uuid": lambda r, _: r.service_provider_uuid,
    "created": lambda r, _: show_moment(r.created),
    "description": constant(""),
    "customer": lambda r, c: c.url("customers", r.uuid),
    "customer_name": lambda r, _: r.name,
    "customer_uuid": lambda r, _: r.uuid,
    "customer_slug": lambda r, _: r.slug,
    "customer_abbreviation": lambda r, _: r.abbreviation,
    "offering_count": lambda r, c: sum(offering.customer is r for offering in c.store.offerings),
}
