"""The one place that formats, parses and compares the `backend_id` of B's mirror projects.

The text is A's customer UUID and A's project UUID with an underscore between. It is written with dashed UUIDs, as the incumbent
plug-in writes it. The older Django app wrote bare hex, and such projects are recognised, so that a migration duplicates nobody's
project.
"""

import attrs

from federation_core.domain.ids import ACustomerId, AProjectId, dashed, hexed, parse_uuid


@attrs.frozen(order=True)
class ProjectKey:
    """The project of A that a project of B mirrors."""

    customer: ACustomerId
    project: AProjectId


def format_key(key: ProjectKey) -> str:
    """The text to write: 73 characters, both UUIDs dashed."""
    return f"{dashed(key.customer)}_{dashed(key.project)}"


def spellings(key: ProjectKey) -> tuple[str, str]:
    """Every text that may stand for *key* on B, the one we write first. Waldur filters by exact text, so ask for both."""
    return format_key(key), f"{hexed(key.customer)}_{hexed(key.project)}"


def parse_key(text: str) -> ProjectKey | None:
    """Read a key in any mix of spellings; None for anything else, the empty text included."""
    parts = text.split("_")
    uuids = [parse_uuid(part) for part in parts]
    match uuids:
        case [customer, project] if customer is not None and project is not None:
            return ProjectKey(ACustomerId(customer), AProjectId(project))
        case _:
            return None
