"""Projects as JSON."""

from collections.abc import Callable

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import ABSENT, Field, Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_date, show_moment
from federation_adapters.sandbox.entities import Project, ScienceSubDomain


def _resources(project: Project, call: Call) -> int:
    return sum(r.state != "Terminated" for r in call.store.resources.find("project", project.uuid))


def _science(of: Callable[[ScienceSubDomain], str]) -> Field[Project]:
    """Make a field about the project's part of science; left out without one."""
    return lambda project, _: of(project.science_sub_domain) if project.science_sub_domain else ABSENT


PROJECT_FIELDS: Fields[Project] = {
    "url": lambda p, c: c.url("projects", p.uuid),
    "uuid": lambda p, _: p.uuid,
    "name": lambda p, _: p.name,
    "slug": lambda p, _: p.slug,
    "customer": lambda p, c: c.url("customers", p.customer.uuid),
    "customer_uuid": lambda p, _: p.customer.uuid,
    "customer_name": lambda p, _: p.customer.name,
    "customer_slug": lambda p, _: p.customer.slug,
    "customer_native_name": constant(""),
    "customer_abbreviation": lambda p, _: p.customer.abbreviation,
    "description": lambda p, _: p.description,
    "created": lambda p, _: show_moment(p.created),
    "type": constant(None),
    "type_name": constant(None),
    "type_uuid": constant(None),
    "backend_id": lambda p, _: p.backend_id,
    "start_date": lambda p, _: show_date(p.start_date),
    "end_date": lambda p, _: show_date(p.end_date),
    "end_date_requested_by": lambda p, c: (
        c.url("users", p.end_date_requested_by.uuid) if p.end_date_requested_by else None
    ),
    "end_date_updated_at": lambda p, _: show_moment(p.end_date_updated_at),
    "effective_end_date": lambda p, _: show_date(p.end_date),
    "oecd_fos_2007_code": lambda p, _: p.oecd_fos_2007_code,
    "is_industry": lambda p, _: p.is_industry,
    "kind": lambda p, _: p.kind,
    "is_removed": lambda p, _: p.is_removed,
    "grace_period_days": lambda p, _: p.grace_period_days,
    "customer_grace_period_days": constant(None),
    "is_in_grace_period": constant(False),
    "user_email_patterns": lambda p, _: list(p.user_email_patterns),
    "user_affiliations": lambda p, _: list(p.user_affiliations),
    "user_identity_sources": lambda p, _: list(p.user_identity_sources),
    "affiliation_uuid": constant(None),
    "science_sub_domain": lambda p, _: p.science_sub_domain.uuid if p.science_sub_domain else None,
    "science_sub_domain_name": _science(lambda sub: sub.name),
    "science_sub_domain_code": _science(lambda sub: sub.code),
    "science_domain_uuid": _science(lambda sub: sub.domain.uuid),
    "science_domain_name": _science(lambda sub: sub.domain.name),
    "science_domain_code": _science(lambda sub: sub.domain.code),
    "project_credit": constant(None),
    "resources_count": _resources,
    "marketplace_resource_count": constant({}),
    "billing_price_estimate": constant({"total": "0.00", "current": "0.00", "tax": "0.00", "tax_current": "0.00"}),
}
