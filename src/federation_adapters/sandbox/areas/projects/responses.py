"""Answers about projects."""

import re
from datetime import date

from federation_adapters.sandbox.areas.projects import models
from federation_adapters.sandbox.areas.projects.fields import PROJECT_FIELDS
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import detail, listing, select, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid, uuids_in_url
from federation_adapters.sandbox.entities import Customer, JsonObject, Project, ScienceSubDomain
from federation_adapters.sandbox.exceptions import conflict, field_error, forbidden, not_found

_LONGEST_NAME = 500


def _of_user(call: Call, texts: list[str]) -> by.Test[Project]:
    """Projects in which that user has a role."""
    wanted = by.read_uuid(texts[-1])
    return lambda project: any(grant.user.uuid == wanted for grant in call.store.grants_on(project))


def _of_caller(call: Call, texts: list[str]) -> by.Test[Project]:
    """Projects in which the caller has a role of their own, or has none."""
    own = {grant.scope.uuid for grant in call.access.grants}
    has_role: by.Filter[Project] = by.boolean(lambda project: project.uuid in own)
    return has_role(call, texts)


_FILTERS: by.Filters[Project] = {
    "backend_id": by.exact(lambda p: p.backend_id),
    "customer": by.any_uuid(lambda p: p.customer.uuid),
    "name": by.contains(lambda p: p.name),
    "name_exact": by.exact(lambda p: p.name),
    "slug": by.exact(lambda p: p.slug),
    "description": by.contains(lambda p: p.description),
    "query": by.contains(lambda p: p.name, lambda p: p.slug, lambda p: p.backend_id, lambda p: p.uuid),
    "created": by.since(lambda p: p.created),
    "created_before": by.until(lambda p: p.created),
    "modified": by.since(lambda p: p.modified),
    "modified_before": by.until(lambda p: p.modified),
    "is_removed": by.boolean(lambda p: p.is_removed),
    "science_sub_domain_uuid": by.one_uuid(lambda p: p.science_sub_domain.uuid if p.science_sub_domain else None),
    "science_domain_uuid": by.one_uuid(lambda p: p.science_sub_domain.domain.uuid if p.science_sub_domain else None),
    "user_uuid": _of_user,
    "user_uuid_with_active_role": _of_user,
    "current_user_has_role": _of_caller,
}
_LAST = "9999-12-31"
_OECD = re.compile(r"[1-6](\.(1[01]?|[1-9]))?")
_ORDERS = {
    "name": lambda p: p.name,
    "created": lambda p: p.created.isoformat(),
    "customer_name": lambda p: p.customer.name,
    "end_date": lambda p: p.end_date.isoformat() if p.end_date else _LAST,
    "start_date": lambda p: p.start_date.isoformat() if p.start_date else _LAST,
}


def find(call: Call, uuid: str) -> Project:
    """Return a living project the user sees, else raise 404."""
    project = call.store.projects.get(parse_uuid(uuid))
    if project is None or project.is_removed or not call.access.sees_project(project):
        raise not_found("Project")
    return project


def list_projects(call: Call) -> Reply:
    """Answer the projects the user sees; removed ones only on request."""
    wanted = {call.request.args.get("include_terminated", ""), call.request.args.get("is_removed", "")}
    removed = any(text.lower() == "true" for text in wanted)
    rows = [p for p in call.store.projects if (removed or not p.is_removed) and call.access.sees_project(p)]
    return listing(call, select(call, rows, _FILTERS, _ORDERS, default="name"), PROJECT_FIELDS)


def retrieve_project(call: Call, uuid: str) -> Reply:
    """Answer one project."""
    return detail(call, find(call, uuid), PROJECT_FIELDS)


def create_project(call: Call) -> Reply:
    """Create a project; nothing about it has to be unique."""
    body = call.body()
    name = inputs.text(body, "name", longest=_LONGEST_NAME, blank=False)
    customer = _customer(call, body)
    description = inputs.text(body, "description", default="", longest=4000)
    backend_id = inputs.text(body, "backend_id", default="")
    dates = _dates(call, body)
    slug = inputs.text(body, "slug", default="") if call.user.is_staff else ""
    if not call.access.has("PROJECT.CREATE", customer):
        raise forbidden()
    project = models.add_project(call.store, customer, name, description=description, backend_id=backend_id, slug=slug)
    _apply_dates(call, project, dates)
    _apply_rest(call, project, body)
    return Reply(show(call, project, PROJECT_FIELDS), status=201)


def update_project(call: Call, uuid: str) -> Reply:
    """Change the keys given; others stay."""
    project = find(call, uuid)
    if not call.access.has("PROJECT.UPDATE", project, project.customer):
        raise forbidden()
    body = call.body()
    dates = _dates(call, body)
    if project.customer.blocked:
        raise field_error("customer", "Blocked customers are not allowed to change projects.")
    if "name" in body:
        project.name = inputs.text(body, "name", longest=_LONGEST_NAME, blank=False)
    if "description" in body:
        project.description = models.cleaned_html(inputs.text(body, "description", longest=4000))
    if "backend_id" in body:
        project.backend_id = inputs.text(body, "backend_id")
    if "slug" in body and call.user.is_staff:
        project.slug = call.store.claim_slug("project", inputs.text(body, "slug"))
    _apply_dates(call, project, dates)
    _apply_rest(call, project, body)
    call.store.touch(project)
    return Reply(show(call, project, PROJECT_FIELDS))


def delete_project(call: Call, uuid: str) -> Reply:
    """Soft-delete a project without living resources."""
    project = find(call, uuid)
    if not call.access.has("PROJECT.DELETE", project, project.customer):
        raise forbidden()
    models.remove_project(call.store, project)
    return empty(204)


def _customer(call: Call, body: JsonObject) -> Customer:
    if "customer" not in body:
        raise field_error("customer", inputs.REQUIRED)
    found = uuids_in_url(body["customer"], "/api/customers/*/")
    if found is None:
        raise field_error("customer", "Invalid hyperlink - No URL match.")
    customer = call.store.customers.get(found[0])
    if customer is None or not call.access.sees_customer(customer):
        raise field_error("customer", "Invalid hyperlink - Object does not exist.")
    return customer


def _dates(call: Call, body: JsonObject) -> dict[str, date | None]:
    """Return the dates given, or refuse them; a missing key is not there."""
    dates: dict[str, date | None] = {}
    for key in ("start_date", "end_date"):
        if key in body:
            day = inputs.day(body, key)
            models.check_not_past(call.store, key, day)
            dates[key] = day
    return dates


def _apply_dates(call: Call, project: Project, dates: dict[str, date | None]) -> None:
    if "start_date" in dates:
        project.start_date = dates["start_date"]
    if "end_date" in dates:
        day = dates["end_date"]
        if day != project.end_date and not call.access.has("PROJECT.DELETE", project.customer):
            raise forbidden()
        models.set_end_date(call.store, project, day, call.user)


def _apply_rest(call: Call, project: Project, body: JsonObject) -> None:
    if "is_industry" in body:
        project.is_industry = inputs.flag(body, "is_industry")
    if "kind" in body:
        project.kind = inputs.word(body, "kind", ("default", "course", "public"))
    if "oecd_fos_2007_code" in body:
        project.oecd_fos_2007_code = _oecd_code(body["oecd_fos_2007_code"])
    if "science_sub_domain" in body:
        project.science_sub_domain = _sub_domain(call, body)
    for name in ("user_email_patterns", "user_affiliations", "user_identity_sources"):
        if name in body:
            setattr(project, name, inputs.texts(body, name))


def _oecd_code(value: object) -> str | None:
    """Return a code of the OECD's fields of science, or None for null and empty."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _OECD.fullmatch(value):
        raise field_error("oecd_fos_2007_code", f'"{value}" is not a valid choice.')
    return value


def _sub_domain(call: Call, body: JsonObject) -> ScienceSubDomain | None:
    value = body["science_sub_domain"]
    if value is None:
        return None
    uuid = parse_uuid(value)
    if uuid is None:
        raise field_error("science_sub_domain", f"“{value}” is not a valid UUID.")
    found = call.store.science_sub_domains.get(uuid)
    if found is None:
        raise field_error("science_sub_domain", f"Object with uuid={value} does not exist.")
    return found


def recover_project(call: Call, uuid: str) -> Reply:
    """Bring back a project that was removed."""
    project = call.store.projects.get(parse_uuid(uuid))
    if project is None or not call.access.sees_project(project):
        raise not_found("Project")
    if not call.access.has("PROJECT.DELETE", project.customer):
        raise forbidden()
    if not project.is_removed:
        raise conflict("Project is not removed.")
    project.is_removed = False
    project.customer.project_count += 1
    call.store.touch(project)
    return Reply(show(call, project, PROJECT_FIELDS))
