"""Rules of agent identities: which offerings have them, and registering twice is one registration."""

from federation_adapters.sandbox.entities import (
    BASIC,
    SCRIPT,
    SLURM,
    AgentIdentity,
    AgentProcessor,
    AgentService,
    Offering,
)
from federation_adapters.sandbox.exceptions import field_error
from federation_adapters.sandbox.store import Store

_TYPES = frozenset({SLURM, SCRIPT, BASIC, "OpenStack.Tenant"})


def check_offering(offering: Offering) -> None:
    """Raise 400 unless offerings of this type can have agents."""
    if offering.type not in _TYPES:
        raise field_error("offering", f"Offering type {offering.type} does not support agents.")


def register_service(store: Store, identity: AgentIdentity, name: str, mode: str | None) -> tuple[AgentService, bool]:
    """Return the service of that name and whether it is new."""
    for service in store.services:
        if service.identity is identity and service.name == name:
            service.mode = mode
            store.touch(service)
            return service, False
    return store.services.add(AgentService(**store.stamp(), identity=identity, name=name, mode=mode)), True


def register_processor(
    store: Store, service: AgentService, name: str, backend_type: str, backend_version: str | None
) -> tuple[AgentProcessor, bool]:
    """Return the processor of that name and whether it is new."""
    for processor in store.processors:
        if processor.service is service and processor.name == name:
            processor.backend_type, processor.backend_version = backend_type, backend_version
            store.touch(processor)
            return processor, False
    processor = AgentProcessor(
        **store.stamp(), service=service, name=name, backend_type=backend_type, backend_version=backend_version
    )
    return store.processors.add(processor), True
