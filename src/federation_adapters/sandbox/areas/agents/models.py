"""Rules of agent identities: which offerings have them, who looks after them, and registering twice is one registration."""

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.entities import (
    BASIC,
    SCRIPT,
    SLURM,
    AgentIdentity,
    AgentProcessor,
    AgentService,
    Offering,
)
from federation_adapters.sandbox.store import Store

_TYPES = frozenset({SLURM, SCRIPT, BASIC, "OpenStack.Tenant"})
_ON_DISPLAY = frozenset({"Active", "Paused", "Unavailable"})


def has_agents(offering: Offering) -> bool:
    """Tell whether offerings of this type have agents."""
    return offering.type in _TYPES


def is_vouched_for(access: Access, offering: Offering) -> bool:
    """Tell whether somebody may have agents at the offering for managing identities."""
    user = access.user
    return user.is_identity_manager and bool(user.managed_isds) and offering.state in _ON_DISPLAY


def may_see(access: Access, identity: AgentIdentity) -> bool:
    """Tell whether somebody sees the agent."""
    if access.provides(identity.offering):
        return True
    return identity.created_by is access.user and is_vouched_for(access, identity.offering)


def may_manage(access: Access, offering: Offering, identity: AgentIdentity | None = None) -> bool:
    """Tell whether somebody looks after the offering's agents, and this one: managers of identities after their own."""
    if access.has("OFFERING.CREATE", offering.customer) or access.has("OFFERING.UPDATE", offering):
        return True
    return is_vouched_for(access, offering) and (identity is None or identity.created_by is access.user)


def remove(store: Store, identity: AgentIdentity) -> None:
    """Delete the agent with all it registered."""
    for service in [row for row in store.services if row.identity is identity]:
        for processor in [row for row in store.processors if row.service is service]:
            store.processors.remove(processor)
        store.services.remove(service)
    store.identities.remove(identity)


def register_service(store: Store, identity: AgentIdentity, name: str, mode: str | None) -> tuple[AgentService, bool]:
    """Return the service of that name, active, and whether it is new."""
    for service in store.services:
        if service.identity is identity and service.name == name:
            service.mode, service.state = mode, "Active"
            store.touch(service)
            return service, False
    return store.services.add(AgentService(**store.stamp(), identity=identity, name=name, mode=mode)), True


def register_processor(
    store: Store, service: AgentService, name: str, backend_type: str, backend_version: str | None
) -> tuple[AgentProcessor, bool]:
    """Return the processor of that name, which runs now, and whether it is new."""
    for processor in store.processors:
        if processor.service is service and processor.name == name:
            processor.backend_type, processor.backend_version = backend_type, backend_version
            processor.last_run = store.now()
            store.touch(processor)
            return processor, False
    stamp = store.stamp()
    processor = AgentProcessor(
        **stamp,
        service=service,
        name=name,
        backend_type=backend_type,
        backend_version=backend_version,
        last_run=stamp["created"],
    )
    return store.processors.add(processor), True
