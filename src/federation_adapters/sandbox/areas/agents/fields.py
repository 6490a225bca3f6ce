"""Agents as JSON."""

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant, show
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import AgentIdentity, AgentProcessor, AgentService

PROCESSOR_FIELDS: Fields[AgentProcessor] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-site-agent-processors", r.uuid),
    "service": lambda r, _: r.service.uuid,
    "service_name": lambda r, _: r.service.name,
    "name": lambda r, _: r.name,
    "backend_type": lambda r, _: r.backend_type,
    "backend_version": lambda r, _: r.backend_version,
    "last_run": constant(None),
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}


def _processors(service: AgentService, call: Call) -> list[dict[str, object]]:
    return [show(call, row, PROCESSOR_FIELDS) for row in call.store.processors if row.service is service]


SERVICE_FIELDS: Fields[AgentService] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-site-agent-services", r.uuid),
    "identity": lambda r, _: r.identity.uuid,
    "identity_name": lambda r, _: r.identity.name,
    "name": lambda r, _: r.name,
    "mode": lambda r, _: r.mode,
    "state": constant("Active"),
    "statistics": constant({}),
    "processors": _processors,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}


def _services(identity: AgentIdentity, call: Call) -> list[dict[str, object]]:
    return [show(call, row, SERVICE_FIELDS) for row in call.store.services if row.identity is identity]


IDENTITY_FIELDS: Fields[AgentIdentity] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-site-agent-identities", r.uuid),
    "offering": lambda r, _: r.offering.uuid,
    "created_by": lambda r, _: r.created_by.uuid,
    "name": lambda r, _: r.name,
    "version": lambda r, _: r.version,
    "dependencies": lambda r, _: list(r.dependencies),
    "config_file_path": lambda r, _: r.config_file_path,
    "config_file_content": lambda r, _: r.config_file_content,
    "last_restarted": lambda r, _: r.last_restarted or show_moment(r.created),
    "services": _services,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
