"""Which state a resource is shown in, and by which word; and which resources are not shown at all.

A provisioner must not see work that nobody approved.

| state in Waldur | order in progress | shown as |
| --- | --- | --- |
| Creating | at the provider: pending-provider, executing | Creating |
| Creating | none that can be seen, or not yet at the provider | not at all |
| Updating, Terminating | not yet at the provider | OK |
| Updating, Terminating | at the provider, or none | itself |
| any other | any | itself |
"""

from collections.abc import Mapping
from types import MappingProxyType

from federation_core.domain.storage.records import OrderSeen

CREATING, OK, UPDATING, ERRED = "Creating", "OK", "Updating", "Erred"
TERMINATING, TERMINATED = "Terminating", "Terminated"
STATES = (CREATING, OK, ERRED, UPDATING, TERMINATING, TERMINATED)

PENDING_PROVIDER, EXECUTING = "pending-provider", "executing"
AT_PROVIDER = frozenset({PENDING_PROVIDER, EXECUTING})
BEFORE_PROVIDER = frozenset({"pending-consumer", "pending-project", "pending-start-date"})

PENDING, ACTIVE = "pending", "active"
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        CREATING: PENDING,
        OK: ACTIVE,
        UPDATING: "updating",
        ERRED: "error",
        TERMINATING: "removing",
        TERMINATED: "removed",
    }
)
"""State as shown -> status."""


def shown_state(state: str, order: OrderSeen | None) -> str | None:
    """The state in which a resource is shown; None where it is not."""
    if state == CREATING:
        return state if order is not None and order.state in AT_PROVIDER else None
    if state in {UPDATING, TERMINATING} and order is not None and order.state in BEFORE_PROVIDER:
        return OK
    return state


def status_of(state: str) -> str:
    """The status by which a state is told; a state that nobody knows is pending, so that nobody acts on it."""
    return STATUSES.get(state, PENDING)
