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
_LONGEST_NAME = 150
_LONGEST_WORD = 100
_LONGEST_TEXT = 65536


def _find_identity(call: Call, uuid: str) -> AgentIdentity:
    identity = call.store.identities.get(parse_uuid(uuid))
    if identity is None or not models.may_see(call.access, identity):
        raise not_found("AgentIdentity")
    return identity


def find_managed(call: Call, uuid: str) -> AgentIdentity:
    """Return an agent that the caller looks after.

    Raises:
        ApiError: 404 when invisible, 403 when others look after it.
    """
    identity = _find_identity(call, uuid)
    if not models.may_manage(call.access, identity.offering, identity):
        raise forbidden()
    return identity


def _visible_services(call: Call) -> list[AgentService]:
    return [row for row in call.store.services if models.may_see(call.access, row.identity)]


def _find_service(call: Call, uuid: str) -> AgentService:
    wanted = parse_uuid(uuid)
    service = next((row for row in _visible_services(call) if row.uuid == wanted), None)
    if service is None:
        raise not_found("AgentService")
    return service


def _find_managed_service(call: Call, uuid: str) -> AgentService:
    service = _find_service(call, uuid)
    if not models.may_manage(call.access, service.identity.offering, service.identity):
        raise forbidden()
    return service


def list_identities(call: Call) -> Reply:
    """Answer the agents of the offerings the user provides."""
    rows = [row for row in call.store.identities if models.may_see(call.access, row)]
    return listing(call, select(call, rows, _FILTERS, {}), IDENTITY_FIELDS)


def retrieve_identity(call: Call, uuid: str) -> Reply:
    """Answer one agent."""
    return detail(call, _find_identity(call, uuid), IDENTITY_FIELDS)


def _offering(call: Call, body: JsonObject) -> Offering:
    given = inputs.text(body, "offering")
    offering = call.store.offerings.get(parse_uuid(given))
    if offering is None or not models.has_agents(offering):
        raise field_error("offering", f"Object with uuid={given} does not exist.")
    return offering


def _optional(body: JsonObject, key: str, longest: int = _LONGEST_TEXT) -> str | None:
    return None if body.get(key) is None else inputs.text(body, key, longest=longest)


def _dependency(item: JsonObject) -> JsonObject:
    return {name: inputs.text(item, name, blank=False) for name in ("package", "version")}


def _fill(identity: AgentIdentity, body: JsonObject) -> None:
    identity.version = _optional(body, "version", _LONGEST_NAME)
    identity.config_file_path = _optional(body, "config_file_path", _LONGEST_NAME)
    identity.config_file_content = _optional(body, "config_file_content")
    identity.last_restarted = inputs.moment(body, "last_restarted")
    given = inputs.each(body, "dependencies", _dependency) if "dependencies" in body else ()
    identity.dependencies = tuple(given)


def create_identity(call: Call) -> Reply:
    """Register an agent; names need not be unique."""
    body = call.body()
    name = inputs.text(body, "name", blank=False, longest=_LONGEST_NAME)
    identity = AgentIdentity(**call.store.stamp(), offering=_offering(call, body), created_by=call.user, name=name)
    _fill(identity, body)
    if not models.may_manage(call.access, identity.offering):
        raise forbidden()
    call.store.identities.add(identity)
    return Reply(show(call, identity, IDENTITY_FIELDS), status=201)


def update_identity(call: Call, uuid: str) -> Reply:
    """Replace what an agent says about itself; it stays at its offering."""
    identity = find_managed(call, uuid)
    body = call.body()
    if _offering(call, body) is not identity.offering:
        raise field_error("offering", "Offering cannot be changed after the agent identity is created.")
    identity.name = inputs.text(body, "name", blank=False, longest=_LONGEST_NAME)
    _fill(identity, body)
    call.store.touch(identity)
    return Reply(show(call, identity, IDENTITY_FIELDS))


def list_services(call: Call) -> Reply:
    """Answer the running modes of agents."""
    return listing(call, _visible_services(call), SERVICE_FIELDS)


def retrieve_service(call: Call, uuid: str) -> Reply:
    """Answer one running mode of an agent."""
    return detail(call, _find_service(call, uuid), SERVICE_FIELDS)


def register_service(call: Call, uuid: str) -> Reply:
    """Register a running mode of an agent: 201 when new, else 200."""
    identity = find_managed(call, uuid)
    body = call.body()
    name = inputs.text(body, "name", blank=False, longest=_LONGEST_NAME)
    service, is_new = models.register_service(call.store, identity, name, _optional(body, "mode", _LONGEST_WORD))
    return Reply(show(call, service, SERVICE_FIELDS), status=201 if is_new else 200)


def set_statistics(call: Call, uuid: str) -> Reply:
    """Replace what a service counts."""
    service = _find_managed_service(call, uuid)
    service.statistics = inputs.mapping(call.body(), "statistics", required=True)
    call.store.touch(service)
    return Reply(show(call, service, SERVICE_FIELDS))


def register_processor(call: Call, uuid: str) -> Reply:
    """Register what a service works with: 201 when new, else 200."""
    service = _find_managed_service(call, uuid)
    body = call.body()
    processor, is_new = models.register_processor(
        call.store,
        service,
        inputs.text(body, "name", blank=False),
        inputs.text(body, "backend_type", blank=False),
        _optional(body, "backend_version"),
    )
    return Reply(show(call, processor, PROCESSOR_FIELDS), status=201 if is_new else 200)
