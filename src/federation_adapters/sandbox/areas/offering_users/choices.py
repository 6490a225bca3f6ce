"""Answers about which attributes of its users an offering shows."""

from federation_adapters.sandbox.areas.offering_users.exposure import EXPOSABLE, exposed
from federation_adapters.sandbox.areas.offerings.responses import find_provided
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Offering
from federation_adapters.sandbox.exceptions import forbidden


def _show(offering: Offering) -> dict[str, object]:
    chosen = exposed(offering)
    return {
        "uuid": offering.uuid,
        "created": show_moment(offering.created),
        "modified": show_moment(offering.modified),
        "offering_uuid": offering.uuid,
        "offering_name": offering.name,
        "is_default": offering.exposed_attributes is None,
        "exposed_fields": [name for name in EXPOSABLE if name in chosen],
        **{f"expose_{name}": name in chosen for name in EXPOSABLE},
    }


def retrieve_choice(call: Call, uuid: str) -> Reply:
    """Answer what an offering shows of its users."""
    return Reply(_show(find_provided(call, uuid)))


def update_choice(call: Call, uuid: str) -> Reply:
    """Change what an offering shows; flags left out stay."""
    offering = _find_for_update(call, uuid)
    body = call.body()
    flags = {name: f"expose_{name}" for name in EXPOSABLE}
    before = exposed(offering)
    offering.exposed_attributes = frozenset(
        name for name, flag in flags.items() if inputs.flag(body, flag, default=name in before)
    )
    call.store.touch(offering)
    return Reply(_show(offering))


def delete_choice(call: Call, uuid: str) -> Reply:
    """Return to the default."""
    offering = _find_for_update(call, uuid)
    offering.exposed_attributes = None
    return empty(204)


def _find_for_update(call: Call, uuid: str) -> Offering:
    offering = find_provided(call, uuid)
    if not call.access.has("OFFERING.UPDATE", offering, offering.customer):
        raise forbidden()
    return offering
