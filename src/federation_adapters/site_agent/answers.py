"""Our answers and errors in the forms that the agent's core takes.

| what happened | is raised | and core |
| --- | --- | --- |
| B refused what was ordered, or ended it otherwise than done | `BackendError` | sets A's order erred |
| anything that may pass, or that a person has to mend | `BackendNotReadyError` | leaves the order until its next cycle |

Nothing else leaves: core cannot tell errors of B from those of A, and would end an order on any 4xx.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError
from waldur_site_agent.backend.structures import BackendResourceInfo

from federation_core.domain.errors import FederationError
from federation_core.domain.ids import BOrderId, BResourceId, dashed, parse_uuid
from federation_core.domain.units import AComponent
from federation_core.domain.usage.metered import Metered

TOTAL = "TOTAL_ACCOUNT_USAGE"
LINK = "waldur_b_resource_uuid"


class Unsupported(BackendError, NotImplementedError):  # type: ignore[misc]  # the agent has no types
    """Something was asked of a backend that only reports; core ends an order with it, and users read its text."""


@contextmanager
def later() -> Iterator[None]:
    """Have what failed inside asked for again.

    Raises:
        BackendNotReadyError: something did.
    """
    try:
        yield
    except FederationError as error:
        raise BackendNotReadyError(str(error)) from None


def not_ready(reason: str) -> BackendNotReadyError:
    """The error by which core comes back in its next cycle."""
    return BackendNotReadyError(reason)


def refused(reason: str) -> BackendError:
    """The error by which core ends A's order; users read its text."""
    return BackendError(reason)


def linked(resource: object) -> BResourceId | None:
    """The resource of B that a text names; None where it names none."""
    found = parse_uuid(resource)
    return None if found is None else BResourceId(found)


def created(resource: BResourceId, order: BOrderId | None) -> BackendResourceInfo:
    """What core is to store of a resource that was ordered; without *order* it is there already."""
    return BackendResourceInfo(
        backend_id=dashed(resource),
        pending_order_id="" if order is None else dashed(order),
        backend_metadata=metadata(resource),
    )


def metadata(resource: BResourceId) -> dict[str, str]:
    """What A keeps beside a resource."""
    return {LINK: dashed(resource)}


def usage(metered: Metered | None) -> dict[str, dict[str, float]]:
    """Figures as core submits them; empty where there are none, and then it submits nothing.

    A person who is called as core calls the total is left out.
    """
    if metered is None or not metered.totals:
        return {}
    return {**{name: _plain(share) for name, share in metered.shares.items()}, TOTAL: _plain(metered.totals)}


def _plain(amounts: Mapping[AComponent, Any]) -> dict[str, float]:
    return {str(name): float(amount) for name, amount in amounts.items()}
