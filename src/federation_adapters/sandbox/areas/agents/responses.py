"""Answers to agents that register themselves."""

from federation_adapters.sandbox.areas.agents import models
from federation_adapters.sandbox.areas.agents.fields import IDENTITY_FIELDS, PROCESSOR_FIELDS, SERVICE_FIELDS
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import detail, listing, select, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import AgentIdentity, AgentService, JsonObject, Offering
from federation_adapters.sandbox.exceptions import field_error, forbidden, not_found

_FILTERS: by.Filters[AgentIdentity] = {
    "name": by.exact(lambda r: r.name),
    "offering_uuid": by.one_uuid(lambda r: r.offering.uuid),
    "version": by.exact(lambda r: r.version or ""),
}
_LONGEST_TEXT = 65536


def find_identity(call: Call, uuid: str) -> AgentIdentity:
    """Return the agent, if the caller provides its offering."""
    identity = call.store.identities.get(parse_uuid(uuid))
    if identity is None or not call.access.provides(identity.offering):
        raise not_found("AgentIdentity")
    return identity


def _find_service(call: Call, uuid: str) -> AgentService:
    service = call.store.services.get(parse_uuid(uuid))
    if service is None or not call.access.provides(service.identity.offering):
        raise not_found("AgentService")
    return service


def list_identities(call: Call) -> Reply:
    """Answer the agents of the offerings the user provides."""
    rows = [row for row in call.store.identities if call.access.provides(row.offering)]
    return listing(call, select(call, rows, _FILTERS, {}), IDENTITY_FIELDS)


def retrieve_identity(call: Call, uuid: str) -> Reply:
    """Answer one agent."""
    return detail(call, find_identity(call, uuid), IDENTITY_FIELDS)


def _offering(call: Call, body: JsonObject) -> Offering:
    offering = call.store.offerings.get(parse_uuid(inputs.text(body, "offering")))
    if offering is None or not call.access.sees_offering(offering):
        raise field_error("offering", "Object does not exist.")
    if not call.access.has_as_provider("OFFERING.UPDATE", offering):
        raise forbidden()
    models.check_offering(offering)
    return offering


def _optional(body: JsonObject, key: str) -> str | None:
    return None if body.get(key) is None else inputs.text(body, key, longest=_LONGEST_TEXT)


def _fill(identity: AgentIdentity, body: JsonObject) -> None:
    identity.version = _optional(body, "version")
    identity.config_file_path = _optional(body, "config_file_path")
    identity.config_file_content = _optional(body, "config_file_content")
    identity.last_restarted = _optional(body, "last_restarted")
    given = body.get("dependencies")
    identity.dependencies = tuple(given) if isinstance(given, list) else ()


def create_identity(call: Call) -> Reply:
    """Register an agent; names need not be unique."""
    body = call.body()
    name = inputs.text(body, "name", blank=False)
    identity = AgentIdentity(**call.store.stamp(), offering=_offering(call, body), created_by=call.user, name=name)
    _fill(identity, body)
    call.store.identities.add(identity)
    return Reply(show(call, identity, IDENTITY_FIELDS), status=201)


def update_identity(call: Call, uuid: str) -> Reply:
    """Replace what an agent says about itself."""
    identity = find_identity(call, uuid)
    body = call.body()
    identity.name = inputs.text(body, "name", blank=False)
    identity.offering = _offering(call, body)
    _fill(identity, body)
    call.store.touch(identity)
    return Reply(show(call, identity, IDENTITY_FIELDS))


def register_service(call: Call, uuid: str) -> Reply:
    """Register a running mode of an agent: 201 when new, else 200."""
    identity = find_identity(call, uuid)
    body = call.body()
    service, is_new = models.register_service(
        call.store, identity, inputs.text(body, "name", blank=False), _optional(body, "mode")
    )
    return Reply(show(call, service, SERVICE_FIELDS), status=201 if is_new else 200)


def register_processor(call: Call, uuid: str) -> Reply:
    """Register what a service works with: 201 when new, else 200."""
    service = _find_service(call, uuid)
    body = call.body()
    processor, is_new = models.register_processor(
        call.store,
        service,
        inputs.text(body, "name", blank=False),
        inputs.text(body, "backend_type", blank=False),
        _optional(body, "backend_version"),
    )
    return Reply(show(call, processor, PROCESSOR_FIELDS), status=201 if is_new else 200)
