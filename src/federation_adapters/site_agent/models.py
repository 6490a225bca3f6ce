"""What the official agent hands over, as records: its client's objects, whose fields may be unset."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import ACustomerId, AOrderId, AProjectId, AResourceId, Side
from federation_core.domain.orders.counterpart import subtype_of
from federation_core.domain.orders.states import OrderType
from federation_core.domain.records import AOrder, AProject, AResource
from federation_core.domain.units import AComponent, exact


def given(holder: object, name: str) -> Any:  # noqa: ANN401 - of whatever type the client declares
    """The value of a field; None where it is unset or not there."""
    value = getattr(holder, name, None)
    return None if type(value).__name__ == "Unset" else value


def text(holder: object, name: str) -> str:
    """A text, or the word that an enumeration stands for; empty where there is none."""
    value = given(holder, name)
    return "" if value is None else str(getattr(value, "value", value))


def uuid(holder: object, name: str) -> UUID:
    """A UUID that has to be there.

    Raises:
        UnexpectedShape: it is not.
    """
    value = given(holder, name)
    if not isinstance(value, UUID):
        raise UnexpectedShape(Side.A, "agent.object", f"the agent's {type(holder).__name__} has no {name}")
    return value


def mapping(holder: object, name: str) -> Mapping[str, Any]:
    """A mapping, whether plain or one of the client's; empty where there is none."""
    value = given(holder, name)
    plain = value.to_dict() if hasattr(value, "to_dict") else value
    return plain if isinstance(plain, Mapping) else {}


def limits(values: Mapping[str, object]) -> dict[AComponent, Any]:
    """Limits as exact amounts; what is no number is left out, as A does with a limit that was never set."""
    amounts = {AComponent(name): exact(value) for name, value in values.items()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def order(details: object) -> AOrder:
    """An order of A.

    Raises:
        UnexpectedShape: something that each order has is not there.
    """
    return AOrder(
        id=AOrderId(uuid(details, "uuid")),
        type=text(details, "type_"),
        state=text(details, "state"),
        created=given(details, "created"),
        resource=AResourceId(uuid(details, "marketplace_resource_uuid")),
        project=project(details),
        subtype=text(details, "order_subtype"),
        reviewed_at=given(details, "provider_reviewed_at"),
        backend_id=text(details, "backend_id"),
        limits=limits(mapping(details, "limits")),
        plan_name=text(details, "new_plan_name") or text(details, "plan_name"),
        attributes=mapping(details, "attributes"),
    )


def project(holder: object) -> AProject:
    """The project that an order or a resource is in."""
    return AProject(
        AProjectId(uuid(holder, "project_uuid")),
        ACustomerId(uuid(holder, "customer_uuid")),
        text(holder, "project_name"),
        text(holder, "project_description"),
    )


def resource(shown: object) -> AResource:
    """A resource of A, as far as it was read."""
    return AResource(
        id=AResourceId(uuid(shown, "uuid")),
        name=text(shown, "name"),
        state=text(shown, "state"),
        backend_id=text(shown, "backend_id"),
        limits=limits(mapping(shown, "limits")),
        end_date=given(shown, "end_date"),
        last_sync=given(shown, "last_sync"),
        effective_id=given(shown, "effective_id"),
        cluster=text(shown, "offering_backend_id"),
    )


def is_left_to_us(wanted: AOrder) -> bool:
    """Whether core would set the order done without asking for anything on B: an Update of something else than limits."""
    return wanted.type == OrderType.UPDATE.value and subtype_of(wanted) != "update_limits"


def order_under_way(shown: object, kinds: Collection[str]) -> object | None:
    """The order of one of these kinds that a resource, read in full, shows as in progress; None where it shows none."""
    found = given(shown, "order_in_progress")
    return found if text(found, "type_") in kinds else None
