"""Where a provisioner tells Waldur what became of an order: addresses below the Waldur that is configured, and no other.

| order is | addresses |
| --- | --- |
| pending-provider | approve, reject, done, backend id, options |
| executing | done, erred, backend id |
| in any other state | backend id |
| not there | none |
"""

from collections.abc import Mapping
from uuid import UUID

from federation_core.domain.ids import dashed, hexed
from federation_core.domain.storage.records import OrderSeen
from federation_core.domain.storage.status import (
    CREATING,
    ERRED,
    EXECUTING,
    PENDING_PROVIDER,
    TERMINATING,
    UPDATING,
)

_OF_ORDER = {
    PENDING_PROVIDER: ("approve_by_provider", "reject_by_provider", "set_state_done"),
    EXECUTING: ("set_state_done", "set_state_erred"),
}
_SET_BACKEND_ID = "set_backend_id"
_UNSETTLED = frozenset({ERRED, CREATING, UPDATING, TERMINATING})


def links_of(resource: UUID, shown_state: str, order: OrderSeen | None, api_root: str) -> Mapping[str, str]:
    """Field -> address; empty where no order is in progress.

    Args:
        resource: its id.
        shown_state: the state it is shown in.
        order: the one in progress.
        api_root: address of Waldur with ``/api``, and no slash at its end.
    """
    if order is None:
        return {}
    of_order = f"{api_root}/marketplace-orders/{hexed(order.id)}"
    of_resource = f"{api_root}/marketplace-provider-resources/{dashed(resource)}"
    links = {f"{action}_url": f"{of_order}/{action}/" for action in _OF_ORDER.get(order.state, ())}
    links[f"{_SET_BACKEND_ID}_url"] = f"{of_resource}/{_SET_BACKEND_ID}/"
    if order.state == PENDING_PROVIDER:
        links["update_resource_options_url"] = f"{of_resource}/update_options_direct/"
    if shown_state in _UNSETTLED:
        links["set_state_ok_url"] = f"{of_resource}/set_state_ok/"
    return links


def transitions_of(order: OrderSeen | None) -> tuple[str, ...]:
    """What may be done with the order, by the names of the addresses, in the order of the alphabet."""
    return () if order is None else tuple(sorted((*_OF_ORDER.get(order.state, ()), _SET_BACKEND_ID)))
