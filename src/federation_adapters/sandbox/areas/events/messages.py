"""What is told of an event: message bodies, and whom they concern.

| event | message | of offerings of type |
| --- | --- | --- |
| an order is made, or reaches a state | `order` | Marketplace.Slurm |
| a provider leaves a message on an order | `order`, action `provider_info_set`, without a state | all |
| a resource is paused, downscaled, or restricted to some members, or no longer | `resource` | Marketplace.Slurm |
| somebody asks for a fresh look at a resource (`pull`) | `resource` | Marketplace.Slurm |
| a role on a project begins or ends | `user_role`, for each offering that the project has something living of | Marketplace.Slurm |
| somebody asks for the members of a project or resource (`sync_user_roles`) | `user_role`, without a user | Marketplace.Slurm |
| any role begins or ends | `user_role` of another shape, for that person, and for those who are told everything | |
| an account is made, changed, or removed | `offering_user` | all |
| an account gets another name | `offering_user`, action `username_set`, beside the other | Marketplace.Slurm |
| attributes of a person change that the offering shows | `offering_user`, action `attribute_update`, for each account | all |
| an account of a service or a course is made or closed | `service_account`, `course_account` | Marketplace.Slurm |
| a provider asks for all its resources (`sync_resources`) | `offering_resources_sync` | Marketplace.Slurm |
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from federation_adapters.sandbox.areas.events.saves import Event, Save
from federation_adapters.sandbox.areas.members.models import scope_kind
from federation_adapters.sandbox.areas.offering_users.exposure import shows, value_of
from federation_adapters.sandbox.areas.offering_users.machine import State as AccountState
from federation_adapters.sandbox.areas.orders.machine import Kind, State
from federation_adapters.sandbox.entities import (
    SLURM,
    Customer,
    Grant,
    JsonObject,
    Offering,
    OfferingUser,
    Order,
    Project,
    ProjectAccount,
    Resource,
    Row,
    User,
)
from federation_adapters.sandbox.journal import Change, Notice, Topic
from federation_adapters.sandbox.settings import PERSONAL_ATTRIBUTES
from federation_adapters.sandbox.store import Store

_FLAGS = frozenset({"paused", "downscaled", "restrict_member_access"})
_NUMBERS = MappingProxyType({state.value: number for number, state in enumerate(AccountState, start=1)})


@attrs.frozen
class Message:
    """One message, before it is put into queues.

    Attributes:
        body: What is told in any case.
        extra: What is told beside it, in queues for all types.
        offering: Whose agents are told; None for what concerns no offering.
        project: Whose people are told too; None for none.
        user: Who is told of what concerns nobody else; None for nobody.
        is_for_all: Whether those are told who are told everything.
    """

    object_type: str
    body: JsonObject
    extra: JsonObject = attrs.field(factory=dict)
    offering: Offering | None = None
    project: Project | None = None
    user: User | None = None
    is_for_all: bool = True

    @property
    def scopes(self) -> frozenset[tuple[str, str]]:
        """Kind and UUID of everything that the message concerns."""
        things: list[Row] = [] if self.user is None else [self.user]
        for owned in (self.offering, self.project):
            if owned is not None:
                things += [owned, owned.customer]
        return frozenset((_KINDS[type(thing)], thing.uuid) for thing in things)

    @property
    def plain(self) -> JsonObject:
        """The body for a queue of one type."""
        return self.body if self.offering is None else {**self.body, "offering_uuid": self.offering.uuid}

    @property
    def full(self) -> JsonObject:
        """The body for a queue of all types."""
        return {**self.plain, **self.extra, "object_type": self.object_type, "schema_version": 1}


_KINDS: Mapping[type, str] = MappingProxyType(
    {Customer: "customer", Offering: "offering", Project: "project", User: "user"}
)


def messages_of(store: Store, event: Event) -> Iterator[Message]:
    """Make the messages of one event."""
    if isinstance(event, Save):
        yield from _of_save(store, event)
    elif isinstance(event, Notice):
        yield from _of_notice(store, event)
    elif isinstance(event.row, Order):
        yield from _of_order(event)
    elif isinstance(event.row, Grant):
        yield from _of_grant(store, event)
    elif isinstance(event.row, OfferingUser):
        yield from _of_account(store, event)
    elif isinstance(event.row, ProjectAccount) and event.value:
        yield from _of_project_account(store, event.row, "create")


def _of_save(store: Store, save: Save) -> Iterator[Message]:
    row, changed = save.row, save.before.keys()
    if isinstance(row, Resource):
        if changed & _FLAGS:
            yield from _of_resource(store, row)
    elif isinstance(row, OfferingUser):
        yield from _of_changed_account(store, row, list(changed))
    elif isinstance(row, User):
        yield from _of_profile(store, save)
    elif "state" in changed and row.state == "Closed":
        yield from _of_project_account(store, row, "delete")
    elif changed & {"user" if row.kind == "course" else "username"}:
        yield from _of_project_account(store, row, "create")


def _of_notice(store: Store, notice: Notice) -> Iterator[Message]:
    row = notice.row
    if notice.topic is Topic.LOOK:
        yield from _of_resource(store, row)
    elif notice.topic is Topic.PROVIDER_INFO:
        yield _order_message(row, {"order_uuid": row.uuid, "action": "provider_info_set"})
    elif notice.topic is Topic.EVERYTHING:
        yield Message("offering_resources_sync", {"requested_by_user_uuid": notice.asker.uuid}, offering=row)
    elif isinstance(row, Project):
        for offering in _supplied(store, row):
            yield Message("user_role", _project_body(row), offering=offering, is_for_all=False)
    elif row.offering.type == SLURM:
        body = _project_body(row.project) | {"resource_uuid": row.uuid}
        yield Message("user_role", body, offering=row.offering, is_for_all=False)


def _of_order(change: Change) -> Iterator[Message]:
    order: Order = change.row
    states = {"state": change.value, "": State.PENDING_CONSUMER if change.value else None}
    state = states.get(change.attribute)
    if state is not None and order.offering.type == SLURM:
        yield _order_message(order, {"order_uuid": order.uuid, "order_state": str(state)})


def _order_message(order: Order, body: JsonObject) -> Message:
    resource = order.resource
    extra: JsonObject = {
        "order_type": str(Kind(order.type)),
        "resource_uuid": resource.uuid,
        "resource_backend_id": resource.backend_id,
        "resource_name": resource.name,
        **_project_body(order.project),
        "attributes": order.attributes,
        "limits": resource.limits,
    }
    if resource.plan is not None:
        extra["plan_uuid"] = resource.plan.uuid
    return Message("order", body, extra, offering=order.offering, project=order.project)


def _of_resource(store: Store, resource: Resource) -> Iterator[Message]:
    if resource.offering.type != SLURM:
        return
    store.told[resource.uuid] += 1
    body: JsonObject = {
        "resource_uuid": resource.uuid,
        "resource_backend_id": resource.backend_id,
        **{flag: getattr(resource, flag) for flag in sorted(_FLAGS)},
        "sequence_number": store.told[resource.uuid],
    }
    extra: JsonObject = {
        "resource_name": resource.name,
        "resource_state": resource.state,
        **_project_body(resource.project),
        "limits": resource.limits,
    }
    yield Message("resource", body, extra, offering=resource.offering, project=resource.project)


def _project_body(project: Project) -> JsonObject:
    return {"project_uuid": project.uuid, "project_name": project.name}


def _supplied(store: Store, project: Project) -> list[Offering]:
    """The offerings of agents that the project has something living of."""
    living = [row for row in store.resources.find("project", project.uuid) if row.state != "Terminated"]
    return list({row.offering.uuid: row.offering for row in living if row.offering.type == SLURM}.values())


def _of_grant(store: Store, change: Change) -> Iterator[Message]:
    grant: Grant = change.row
    if change.attribute not in {"", "is_active"}:
        return
    user, scope, granted = grant.user, grant.scope, bool(change.value)
    who: JsonObject = {"user_uuid": user.uuid, "user_username": user.username}
    what: JsonObject = {"role_name": grant.role.name, "granted": granted}
    person: JsonObject = {"user_email": user.email, "user_full_name": user.full_name}
    if isinstance(scope, Project):
        for offering in _supplied(store, scope):
            body = {**who, **_project_body(scope), **what}
            yield Message("user_role", body, person, offering=offering, is_for_all=False)
    where: JsonObject = {"scope_type": scope_kind(scope), "scope_uuid": scope.uuid, "scope_name": scope.name}
    event: JsonObject = {"event_type": "role_granted" if granted else "role_revoked"}
    body = {**who, "email": user.email, "full_name": user.full_name, **what, **where}
    yield Message("user_role", body, event, user=user)


def _account_body(account: OfferingUser) -> JsonObject:
    return {"offering_user_uuid": account.uuid, "user_uuid": account.user.uuid, "username": account.username}


def _account_message(account: OfferingUser, action: str, **body: object) -> Message:
    return Message("offering_user", {**_account_body(account), **body, "action": action}, offering=account.offering)


def _of_account(store: Store, change: Change) -> Iterator[Message]:
    account: OfferingUser = change.row
    if not change.value:
        yield _account_message(account, "delete")
        return
    yield _account_message(account, "create", **_account_state(account), attributes=_shown(account))
    if account.username:
        yield from _of_name(store, account)


def _account_state(account: OfferingUser) -> JsonObject:
    return {"state": account.state, "runtime_state": account.runtime_state}


def _of_changed_account(store: Store, account: OfferingUser, changed: list[str]) -> Iterator[Message]:
    if changed:
        yield _account_message(account, "update", **_account_state(account), changed_fields=changed)
    if "username" in changed and account.username:
        yield from _of_name(store, account)


def _of_name(store: Store, account: OfferingUser) -> Iterator[Message]:
    if account.offering.type != SLURM:
        return
    projects = {grant.scope.uuid for grant in store.grants_of(account.user) if isinstance(grant.scope, Project)}
    ids = [
        row.backend_id
        for row in store.resources.find("offering", account.offering.uuid)
        if row.project.uuid in projects and row.state != "Terminated" and row.backend_id
    ]
    yield _account_message(account, "username_set", state=_NUMBERS[account.state], resource_backend_ids=ids)


def _of_profile(store: Store, save: Save) -> Iterator[Message]:
    changed = save.before.keys() & PERSONAL_ATTRIBUTES.keys()
    before, now = save.before.get("profile"), save.row.profile
    if isinstance(before, dict):
        changed |= {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    for account in store.offering_users:
        names = sorted(name for name in changed if account.user is save.row and shows(account.offering, name))
        if names:
            told = {"changed_attributes": names, "attributes": _shown(account)}
            yield _account_message(account, "attribute_update", **told)


def _shown(account: OfferingUser) -> JsonObject:
    """What the offering shows of the person, without what is empty."""
    values = {name: value_of(account.user, name) for name in PERSONAL_ATTRIBUTES if shows(account.offering, name)}
    return {name: value for name, value in values.items() if value not in (None, "", [], ())}


def _of_project_account(store: Store, account: ProjectAccount, action: str) -> Iterator[Message]:
    name = account.username
    if account.kind == "course":
        name = "" if account.user is None else account.user.username
    if not name and action == "create":
        return
    body: JsonObject = {
        "account_uuid": account.uuid,
        "account_username": name,
        "scope_type": "project",
        **_project_body(account.project),
        "action": action,
    }
    for offering in _supplied(store, account.project):
        yield Message(f"{account.kind}_account", body, offering=offering)
