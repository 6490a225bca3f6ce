"""What is told of a change: message bodies, and whom they concern.

| change | message | of offerings of type |
| --- | --- | --- |
| an order reaches a state | `order` | Marketplace.Slurm |
| a resource is paused, downscaled, or restricted to some members, or no longer | `resource` | Marketplace.Slurm |
| a role on a project begins or ends | `user_role`, for each offering that the project has something living of | Marketplace.Slurm |
| an account is made, changed, or removed | `offering_user` | all |
| an account gets another name | `offering_user`, action `username_set`, beside the other | Marketplace.Slurm |
| a person's profile changes | `offering_user`, action `attribute_update`, for each account | all |
| an account of a service or a course is made or removed | `service_account`, `course_account` | Marketplace.Slurm |
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from federation_adapters.sandbox.areas.orders.machine import Kind
from federation_adapters.sandbox.entities import (
    SLURM,
    Grant,
    JsonObject,
    Offering,
    OfferingUser,
    Order,
    Project,
    ProjectAccount,
    Resource,
    User,
)
from federation_adapters.sandbox.journal import Change
from federation_adapters.sandbox.store import Store

_FLAGS = frozenset({"paused", "downscaled", "restrict_member_access"})
_PROFILE = frozenset({"first_name", "last_name", "email", "profile"})
_STATES = MappingProxyType(
    {
        word: number
        for number, word in enumerate(
            (
                "Requested",
                "Creating",
                "Pending account linking",
                "Pending additional validation",
                "OK",
                "Requested deletion",
                "Deleting",
                "Deleted",
                "Error creating",
                "Error deleting",
            ),
            start=1,
        )
    }
)


@attrs.frozen
class Message:
    """One message, before it is put into queues.

    Attributes:
        project: Whose consumers are told too; None for none.
    """

    object_type: str
    offering: Offering
    project: Project | None
    body: JsonObject


def messages_of(store: Store, change: Change) -> Iterator[Message]:
    """Make the messages of one change."""
    maker = _MAKERS.get(type(change.row))
    if maker is not None:
        yield from maker(store, change)


def _of_order(_store: Store, change: Change) -> Iterator[Message]:
    order: Order = change.row
    if order.offering.type != SLURM or (change.attribute != "state" and not (change.attribute == "" and change.value)):
        return
    resource, state = order.resource, change.value if change.attribute else order.state
    yield _message(
        "order",
        order.offering,
        order.project,
        order_uuid=order.uuid,
        order_state=state,
        order_type=str(Kind(order.type)),
        resource_uuid=resource.uuid,
        resource_backend_id=resource.backend_id,
        resource_name=resource.name,
        project_uuid=order.project.uuid,
        project_name=order.project.name,
        attributes=order.attributes,
        limits=resource.limits,
        **({} if resource.plan is None else {"plan_uuid": resource.plan.uuid}),
    )


def _of_resource(_store: Store, change: Change) -> Iterator[Message]:
    resource: Resource = change.row
    if resource.offering.type == SLURM and change.attribute in _FLAGS:
        yield _message(
            "resource",
            resource.offering,
            resource.project,
            resource_uuid=resource.uuid,
            resource_backend_id=resource.backend_id,
            resource_name=resource.name,
            resource_state=resource.state,
            project_uuid=resource.project.uuid,
            project_name=resource.project.name,
            limits=resource.limits,
            paused=resource.paused,
            downscaled=resource.downscaled,
            restrict_member_access=resource.restrict_member_access,
            sequence_number=1,
        )


def _of_grant(store: Store, change: Change) -> Iterator[Message]:
    grant: Grant = change.row
    if not isinstance(grant.scope, Project) or change.attribute not in {"", "is_active"}:
        return
    project, user = grant.scope, grant.user
    living = [r for r in store.resources.find("project", project.uuid) if r.state != "Terminated"]
    for offering in {resource.offering.uuid: resource.offering for resource in living}.values():
        if offering.type == SLURM:
            yield _message(
                "user_role",
                offering,
                None,
                user_uuid=user.uuid,
                user_username=user.username,
                user_email=user.email,
                user_full_name=user.full_name,
                project_uuid=project.uuid,
                project_name=project.name,
                role_name=grant.role.name,
                granted=bool(change.value),
            )


def _of_account(_store: Store, change: Change) -> Iterator[Message]:
    account: OfferingUser = change.row
    about: dict[str, Any] = {
        "offering_user_uuid": account.uuid,
        "user_uuid": account.user.uuid,
        "username": account.username,
    }
    if not change.attribute:
        about |= {"action": "create" if change.value else "delete"}
        extra = {"state": account.state, "runtime_state": account.runtime_state} if change.value else {}
        yield _message("offering_user", account.offering, None, **about, **extra)
    elif change.attribute != "modified":
        fields = [change.attribute]
        about |= {"state": account.state, "runtime_state": account.runtime_state}
        yield _message("offering_user", account.offering, None, **about, action="update", changed_fields=fields)
        if change.attribute == "username" and account.offering.type == SLURM:
            about |= {"state": _STATES.get(account.state, 0), "resource_backend_ids": []}
            yield _message("offering_user", account.offering, None, **about, action="username_set")


def _of_user(store: Store, change: Change) -> Iterator[Message]:
    if change.attribute not in _PROFILE:
        return
    for account in store.offering_users:
        if account.user is change.row:
            yield _message(
                "offering_user",
                account.offering,
                None,
                offering_user_uuid=account.uuid,
                user_uuid=account.user.uuid,
                username=account.username,
                action="attribute_update",
                changed_attributes=[change.attribute],
                attributes={},
            )


def _of_project_account(store: Store, change: Change) -> Iterator[Message]:
    account: ProjectAccount = change.row
    if change.attribute:
        return
    living = [r for r in store.resources.find("project", account.project.uuid) if r.state != "Terminated"]
    for offering in {resource.offering.uuid: resource.offering for resource in living}.values():
        if offering.type == SLURM:
            yield _message(
                f"{account.kind}_account",
                offering,
                None,
                account_uuid=account.uuid,
                account_username=account.username,
                scope_type="project",
                project_uuid=account.project.uuid,
                project_name=account.project.name,
                action="create" if change.value else "delete",
            )


def _message(object_type: str, offering: Offering, project: Project | None, **body: object) -> Message:
    told = {**body, "offering_uuid": offering.uuid, "object_type": object_type, "schema_version": 1}
    return Message(object_type, offering, project, told)


_MAKERS: Mapping[type, Callable[[Store, Change], Iterator[Message]]] = MappingProxyType(
    {
        Order: _of_order,
        Resource: _of_resource,
        Grant: _of_grant,
        OfferingUser: _of_account,
        User: _of_user,
        ProjectAccount: _of_project_account,
    }
)
