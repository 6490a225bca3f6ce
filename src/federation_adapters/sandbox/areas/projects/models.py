"""Rules of projects: creation with a slug, end dates, removal."""

import re
from datetime import date

from federation_adapters.sandbox.entities import Customer, Project, User
from federation_adapters.sandbox.exceptions import conflict, field_error
from federation_adapters.sandbox.slugs import project_base
from federation_adapters.sandbox.store import Store

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_KEPT_TAGS = frozenset({"a", "b", "br", "code", "em", "i", "li", "ol", "p", "pre", "strong", "u", "ul"})


def cleaned_html(text: str) -> str:
    """Return *text* as the server stores it: scripts and foreign tags gone, lone `&` written as an entity."""
    without_scripts = _HIDDEN.sub("", text)
    kept = _TAG.sub(lambda match: match[0] if match[1].lower() in _KEPT_TAGS else "", without_scripts)
    return _BARE_AMPERSAND.sub("&amp;", kept)


def add_project(
    store: Store, customer: Customer, name: str, *, description: str = "", backend_id: str = "", slug: str = ""
) -> Project:
    """Insert a project and return it; an explicit *slug* wins over the customer's template."""
    customer.project_count += 1
    base = slug or project_base(
        customer.project_slug_template,
        customer_slug=customer.slug,
        name=name,
        now=store.now(),
        counter=customer.project_count,
    )
    project = Project(
        **store.stamp(),
        customer=customer,
        name=name,
        slug=store.claim_slug("project", base),
        description=cleaned_html(description),
        backend_id=backend_id,
    )
    return store.projects.add(project)


def check_not_past(store: Store, field: str, day: date | None) -> None:
    """Refuse a day before today.

    Raises:
        ApiError: 400 blaming *field*.
    """
    if day is not None and day < store.now().date():
        raise field_error(field, "Cannot be earlier than the current date.")


def set_end_date(store: Store, project: Project, day: date | None, user: User) -> None:
    """Set or clear the end date and note who did it when."""
    if project.end_date != day:
        project.end_date = day
        project.end_date_updated_at = store.now()
        project.end_date_requested_by = user


def remove_project(store: Store, project: Project) -> None:
    """Soft-delete the project; its slug stays taken.

    Raises:
        ApiError: 409 while it has resources that are not terminated.
    """
    if any(resource.state != "Terminated" for resource in store.resources.find("project", project.uuid)):
        raise conflict("Cannot delete project with existing resources.")
    project.is_removed = True
    project.customer.project_count -= 1
    store.touch(project)


def is_ended(store: Store, project: Project) -> bool:
    """Tell whether the project's last day has passed, grace period included."""
    if project.end_date is None:
        return False
    return (store.now().date() - project.end_date).days > (project.grace_period_days or 0)
