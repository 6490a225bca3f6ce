"""Agents as JSON."""

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant, show
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import AgentIdentity, AgentProcessor, AgentService

_BRIEF_PROCESSOR: Fields[AgentProcessor] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-site-agent-processors", r.uuid),
    "name": lambda r, _: r.name,
    "backend_type": lambda r, _: r.backend_type,
    "backend_version": lambda r, _: r.backend_version,
    "last_run": lambda r, _: show_moment(r.last_run),
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
PROCESSOR_FIELDS: Fields[AgentProcessor] = {
    **_BRIEF_PROCESSOR,
    "service": lambda r, _: r.service.uuid,
    "service_name": lambda r, _: r.service.name,
}


def _processors(service: AgentService, call: Call) -> list[dict[str, object]]:
    return [show(call, row, _BRIEF_PROCESSOR) for row in call.store.processors if row.service is service]


_BRIEF_SERVICE: Fields[AgentService] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-site-agent-services", r.uuid),
    "name": lambda r, _: r.name,
    "mode": lambda r, _: r.mode,
    "state": lambda r, _: r.state,
    "statistics": lambda r, _: r.statistics,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
SERVICE_FIELDS: Fields[AgentService] = {
    **_BRIEF_SERVICE,
    "identity": lambda r, _: r.identity.uuid,
    "identity_name": lambda r, _: r.identity.name,
    "processors": _processors,
}


def _services(identity: AgentIdentity, call: Call) -> list[dict[str, object]]:
    return [show(call, row, _BRIEF_SERVICE) for row in call.store.services if row.identity is identity]


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
    "last_restarted": lambda r, _: show_moment(r.last_restarted or r.created),
    "compatibility": constant({"status": "unknown", "message": ""}),
    "services": _services,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
