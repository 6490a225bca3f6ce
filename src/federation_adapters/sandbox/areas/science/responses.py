"""Answers about fields of science and their parts."""

from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import Fields, SortKey, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import ScienceDomain, ScienceSubDomain
from federation_adapters.sandbox.exceptions import not_found

_DOMAIN_FIELDS: Fields[ScienceDomain] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("science-domains", r.uuid),
    "name": lambda r, _: r.name,
    "code": lambda r, _: r.code,
    "subdomains_count": lambda r, c: sum(sub.domain is r for sub in c.store.science_sub_domains),
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}


def _projects(sub: ScienceSubDomain, call: Call) -> int:
    return sum(project.science_sub_domain is sub and not project.is_removed for project in call.store.projects)


_FIELDS: Fields[ScienceSubDomain] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("science-sub-domains", r.uuid),
    "name": lambda r, _: r.name,
    "code": lambda r, _: r.code,
    "domain": lambda r, c: c.url("science-domains", r.domain.uuid),
    "domain_uuid": lambda r, _: r.domain.uuid,
    "domain_name": lambda r, _: r.domain.name,
    "domain_code": lambda r, _: r.domain.code,
    "projects_count": _projects,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
_DOMAIN_FILTERS: by.Filters[ScienceDomain] = {
    "name": by.contains(lambda r: r.name),
    "name_exact": by.exact(lambda r: r.name),
}
_FILTERS: by.Filters[ScienceSubDomain] = {
    "name": by.contains(lambda r: r.name),
    "name_exact": by.exact(lambda r: r.name),
    "domain_name": by.contains(lambda r: r.domain.name),
    "domain_uuid": by.one_uuid(lambda r: r.domain.uuid),
}
_DOMAIN_ORDERS: dict[str, SortKey[ScienceDomain]] = {"name": lambda r: r.name, "code": lambda r: r.code}
_ORDERS: dict[str, SortKey[ScienceSubDomain]] = {
    "name": lambda r: r.name,
    "code": lambda r: r.code,
    "domain_name": lambda r: r.domain.name,
}


def list_domains(call: Call) -> Reply:
    """Answer all fields of science."""
    rows = select(call, call.store.science_domains, _DOMAIN_FILTERS, _DOMAIN_ORDERS, default="name")
    return listing(call, rows, _DOMAIN_FIELDS)


def retrieve_domain(call: Call, uuid: str) -> Reply:
    """Answer one field of science."""
    row = call.store.science_domains.get(parse_uuid(uuid))
    if row is None:
        raise not_found("ScienceDomain")
    return detail(call, row, _DOMAIN_FIELDS)


def list_sub_domains(call: Call) -> Reply:
    """Answer all parts of fields; there is no filter by code."""
    rows = select(call, call.store.science_sub_domains, _FILTERS, _ORDERS, default="name")
    return listing(call, rows, _FIELDS)


def retrieve_sub_domain(call: Call, uuid: str) -> Reply:
    """Answer one part of a field."""
    row = call.store.science_sub_domains.get(parse_uuid(uuid))
    if row is None:
        raise not_found("ScienceSubDomain")
    return detail(call, row, _FIELDS)
