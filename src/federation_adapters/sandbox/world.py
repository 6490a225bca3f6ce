"""Furnishing a sandbox from Python: organisations, people, offerings, orders, and what the provider does with them.

Everything here bypasses HTTP and permissions (placing orders excepted, which follows the server's rules), is not
counted, and takes the sandbox's lock, so that it may be used while the sandbox is served.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from threading import RLock
from typing import TypeVar

import attrs

from federation_adapters.sandbox.access import SYSTEM_ROLES
from federation_adapters.sandbox.areas.offering_users.models import (
    ALLOWED,
    account_of,
    add_account,
    add_missing,
    allows_accounts,
)
from federation_adapters.sandbox.areas.orders import creation, models
from federation_adapters.sandbox.areas.orders.machine import Kind
from federation_adapters.sandbox.areas.orders.periods import running_period
from federation_adapters.sandbox.areas.projects.models import add_project
from federation_adapters.sandbox.areas.resources.ordering import place_terminate, place_update
from federation_adapters.sandbox.areas.usages.models import Reading, UserReading, put_user_usage, set_usage
from federation_adapters.sandbox.entities import (
    SLURM,
    Component,
    ComponentUsage,
    ComponentUserUsage,
    Consent,
    Customer,
    Grant,
    Number,
    Offering,
    OfferingUser,
    Order,
    Plan,
    Project,
    ProjectAccount,
    Resource,
    Role,
    Row,
    ScienceDomain,
    ScienceSubDomain,
    Scope,
    User,
)
from federation_adapters.sandbox.progress import Progress
from federation_adapters.sandbox.settings import Settings
from federation_adapters.sandbox.slugs import slugify
from federation_adapters.sandbox.store import Store

ThingT = TypeVar("ThingT")


@attrs.frozen
class ComponentSpec:
    """A component to build; a bare text stands for a limit component of that type."""

    type: str
    billing_type: str = "limit"
    name: str = ""
    measured_unit: str = ""
    limit_period: str | None = None
    min_value: int | None = None
    max_value: int | None = None
    max_available_limit: int | None = None
    is_boolean: bool = False
    is_prepaid: bool = False


@attrs.frozen
class PlanSpec:
    """A pricing plan to build; a bare text stands for a free plan of that name."""

    name: str
    unit: str = "month"
    prices: Mapping[str, Decimal] = attrs.field(factory=dict)
    archived: bool = False


class World:
    """Builds and moves the content of one sandbox."""

    def __init__(self, store: Store, lock: RLock) -> None:
        self._store = store
        self._lock = lock
        for name, (content_type, permissions) in SYSTEM_ROLES.items():
            store.roles.add(Role(**store.stamp(), name=name, content_type=content_type, permissions=permissions))

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Keep all writes of the block or none, as a request does."""
        with self._lock, self._store.journal.transaction():
            yield

    @property
    def settings(self) -> Settings:
        """What the operator of the server may switch."""
        return self._store.settings

    @property
    def users(self) -> tuple[User, ...]:
        """All users."""
        return tuple(self._store.users)

    @property
    def customers(self) -> tuple[Customer, ...]:
        """All customers."""
        return tuple(self._store.customers)

    @property
    def projects(self) -> tuple[Project, ...]:
        """All projects, removed ones too."""
        return tuple(self._store.projects)

    @property
    def offerings(self) -> tuple[Offering, ...]:
        """All offerings."""
        return tuple(self._store.offerings)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, oldest first."""
        with self._step():
            return tuple(self._store.resources)

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders, oldest first."""
        with self._step():
            return tuple(self._store.orders)

    def order(self, uuid: str) -> Order:
        """Return an order by UUID (either spelling); KeyError for an unknown one."""
        return _known(self._store.orders.get(uuid.replace("-", "")), uuid)

    def resource(self, uuid: str) -> Resource:
        """Return a resource by UUID (either spelling); KeyError for an unknown one."""
        return _known(self._store.resources.get(uuid.replace("-", "")), uuid)

    def add_customer(
        self, name: str, *, abbreviation: str = "", project_slug_template: str = "", service_provider: bool = False
    ) -> Customer:
        """Add an organisation."""
        with self._step():
            customer = Customer(
                **self._store.stamp(),
                name=name,
                slug=self._store.claim_slug("customer", slugify(name)),
                abbreviation=abbreviation,
                project_slug_template=project_slug_template,
                service_provider_uuid=self._store.new_uuid() if service_provider else "",
            )
            return self._store.customers.add(customer)

    def add_user(  # noqa: PLR0913 -- all but one have defaults and are named
        self,
        username: str,
        token: str = "",
        *,
        is_staff: bool = False,
        is_support: bool = False,
        is_active: bool = True,
        email: str = "",
        full_name: str = "",
        token_expires_at: datetime | None = None,
        is_identity_manager: bool = False,
        managed_isds: Sequence[str] = (),
        active_isds: Sequence[str] = (),
        registration_method: str = "default",
        profile: Mapping[str, object] | None = None,
    ) -> User:
        """Add a user; without *token* one is generated from the seed.

        *profile* holds the person's other attributes, such as `organization` and `affiliations`.
        """
        first, _, last = (full_name or username).partition(" ")
        with self._step():
            user = User(
                **self._store.stamp(),
                username=username,
                token=token or self._store.new_token(),
                is_staff=is_staff,
                is_support=is_support,
                is_active=is_active,
                first_name=first,
                last_name=last,
                email=email or f"{slugify(username)}@example.org",
                token_expires_at=token_expires_at,
                is_identity_manager=is_identity_manager,
                managed_isds=tuple(managed_isds),
                active_isds=tuple(active_isds),
                registration_method=registration_method,
                profile=dict(profile or {}),
            )
            return self._store.add_user(user)

    def user(self, username: str) -> User:
        """Return a user by name; KeyError for an unknown one."""
        with self._step():
            return _known(next((user for user in self._store.users if user.username == username), None), username)

    def grant(
        self,
        user: User,
        role_name: str,
        scope: Scope,
        *,
        expiration_time: datetime | None = None,
        created_by: User | None = None,
    ) -> Grant:
        """Give a user a role on a scope; KeyError for an unknown role."""
        with self._step():
            role = _known(next((role for role in self._store.roles if role.name == role_name), None), role_name)
            grant = Grant(
                **self._store.stamp(),
                user=user,
                role=role,
                scope=scope,
                expiration_time=expiration_time,
                created_by=created_by,
            )
            return self._store.grants.add(grant)

    def grants_on(self, scope: Scope) -> tuple[Grant, ...]:
        """The roles that people hold on a scope now, oldest first."""
        with self._step():
            return tuple(self._store.grants_on(scope))

    def add_project_account(
        self,
        project: Project,
        username: str,
        *,
        kind: str = "service",
        state: str = "OK",
        user: User | None = None,
        email: str = "",
    ) -> ProjectAccount:
        """Add an account that belongs to a project: of a `service`, or of a `course`."""
        with self._step():
            account = ProjectAccount(
                **self._store.stamp(),
                project=project,
                username=username,
                kind=kind,
                state=state,
                user=user,
                email=email,
            )
            return self._store.accounts.add(account)

    def revoke(self, user: User, role_name: str, scope: Scope) -> None:
        """Take a role away; nothing happens when it is not held."""
        with self._step():
            for grant in self._store.grants.find("user", user.uuid):
                if grant.role.name == role_name and grant.scope is scope:
                    grant.is_active = False
                    self._store.touch(grant)

    def set_permissions(self, role_name: str, permissions: Sequence[str]) -> None:
        """Replace what a role permits, as a deployment may."""
        with self._step():
            role = _known(next((role for role in self._store.roles if role.name == role_name), None), role_name)
            role.permissions = frozenset(permissions)

    def add_project(
        self, customer: Customer, name: str, *, description: str = "", backend_id: str = "", slug: str = ""
    ) -> Project:
        """Add a project."""
        with self._step():
            return add_project(self._store, customer, name, description=description, backend_id=backend_id, slug=slug)

    def add_offering(  # noqa: PLR0913 -- all but two have defaults and are named
        self,
        customer: Customer,
        name: str,
        *,
        type: str = SLURM,  # noqa: A002 -- the server's own word
        components: Sequence[ComponentSpec | str] = (),
        plans: Sequence[PlanSpec | str] = ("Standard",),
        plugin_options: Mapping[str, object] | None = None,
        options: Mapping[str, object] | None = None,
        resource_options: Mapping[str, object] | None = None,
        backend_id_rules: Mapping[str, object] | None = None,
        secret_options: Mapping[str, object] | None = None,
        shared: bool = True,
        state: str = "Active",
        terms_of_service: str = "",
        progress: Progress | None = None,
    ) -> Offering:
        """Add an offering; its customer becomes a service provider."""
        with self._step():
            customer.service_provider_uuid = customer.service_provider_uuid or self._store.new_uuid()
            offering = Offering(
                **self._store.stamp(),
                customer=customer,
                name=name,
                slug=self._store.claim_slug("offering", slugify(name)),
                type=type,
                state=state,
                shared=shared,
                terms_of_service=terms_of_service,
                components=tuple(self._component(spec) for spec in components),
                plans=tuple(self._plan(spec) for spec in plans),
                plugin_options=dict(plugin_options or {}),
                options=dict(options or {}),
                resource_options=dict(resource_options or {}),
                backend_id_rules=dict(backend_id_rules or {}),
                secret_options=dict(secret_options or {}),
            )
            if progress is not None:
                self._store.progress.set_for(offering.uuid, progress)
            return self._store.offerings.add(offering)

    def _component(self, spec: ComponentSpec | str) -> Component:
        known = ComponentSpec(spec) if isinstance(spec, str) else spec
        values = attrs.asdict(known)
        return Component(**self._store.stamp(), **{**values, "name": known.name or known.type})

    def _plan(self, spec: PlanSpec | str) -> Plan:
        known = PlanSpec(spec) if isinstance(spec, str) else spec
        return Plan(
            **self._store.stamp(),
            name=known.name,
            unit=known.unit,
            prices=dict(known.prices),
            archived=known.archived,
        )

    def add_resource(
        self,
        offering: Offering,
        project: Project,
        *,
        limits: Mapping[str, Number] | None = None,
        attributes: Mapping[str, object] | None = None,
        state: str = "OK",
        backend_id: str = "",
        plan: Plan | None = None,
    ) -> Resource:
        """Add a resource that no order created."""
        with self._step():
            purchase = creation.Purchase(
                offering=offering,
                project=project,
                plan=plan or next(iter(offering.plans), None),
                attributes=dict(attributes or {}),
                limits=dict(limits or {}),
            )
            resource = creation.add_resource(self._store, purchase)
            resource.state, resource.backend_id = state, backend_id
            return resource

    def place_create(
        self,
        user: User,
        offering: Offering,
        project: Project,
        *,
        limits: Mapping[str, Number] | None = None,
        attributes: Mapping[str, object] | None = None,
        plan: Plan | None = None,
        name: str = "",
    ) -> Order:
        """Order a new resource as *user*, under the server's rules (ApiError when they refuse)."""
        with self._step():
            purchase = creation.Purchase(
                offering=offering,
                project=project,
                plan=plan or next((plan for plan in offering.plans if not plan.archived), None),
                attributes={**({"name": name} if name else {}), **(attributes or {})},
                limits=dict(limits or {}),
            )
            creation.check_purchase(self._store, purchase, user)
            return creation.create(self._store, purchase, user)

    def place_update(self, user: User, resource: Resource, limits: Mapping[str, Number]) -> Order:
        """Order new limits as *user*, under the server's rules (ApiError when they refuse)."""
        with self._step():
            order = place_update(self._store, resource, dict(limits), user)
            models.submit(self._store, order, user)
            return order

    def place_switch(self, user: User, resource: Resource, plan: Plan) -> Order:
        """Order another pricing plan as *user*."""
        with self._step():
            models.check_no_other_order(self._store, resource)
            order = models.place(
                self._store, resource, Kind.UPDATE, user, subtype="plan_switch", plan=plan, old_plan=resource.plan
            )
            models.submit(self._store, order, user)
            return order

    def place_terminate(self, user: User, resource: Resource, attributes: Mapping[str, object] | None = None) -> Order:
        """Order the end of a resource as *user*, under the server's rules (ApiError when they refuse)."""
        with self._step():
            order = place_terminate(self._store, resource, dict(attributes or {}), user)
            models.submit(self._store, order, user)
            return order

    def approve(self, order: Order) -> None:
        """Approve as the provider."""
        with self._step():
            models.command_approve(self._store, order)

    def complete(self, order: Order, backend_id: str = "") -> None:
        """Approve if needed and complete; *backend_id* (a template) is given to a resource that has none."""
        with self._step():
            models.command_complete(self._store, order, backend_id)

    def reject(self, order: Order, comment: str = "") -> None:
        """Reject, as the side that has to review."""
        with self._step():
            models.command_reject(self._store, order, comment)

    def fail(self, order: Order, message: str, traceback: str = "") -> None:
        """Approve if needed and report a failure."""
        with self._step():
            models.command_fail(self._store, order, message, traceback)

    def cancel(self, order: Order) -> None:
        """Cancel, whatever the type of the offering."""
        with self._step():
            models.command_cancel(self._store, order)

    def unlink(self, resource: Resource) -> None:
        """Forget a resource and its orders without a trace, as staff can."""
        with self._step():
            for order in self._store.orders_of(resource):
                self._store.remove_order(order)
            self._store.resources.remove(resource)

    def set_progress(self, progress: Progress, offering: Offering | None = None) -> None:
        """From now on new orders of the offering (of all offerings without one of their own) follow *progress*."""
        if offering is None:
            self._store.progress.default = progress
        else:
            self._store.progress.set_for(offering.uuid, progress)

    def set_next_progress(self, progress: Progress, offering: Offering) -> None:
        """Only the next order of the offering follows *progress*."""
        self._store.progress.set_next(offering.uuid, progress)

    def add_sub_domain(self, code: str, name: str, *, domain: str = "Science") -> ScienceSubDomain:
        """Add a part of a field of science; the field is named by what stands before the dot, and added if needed."""
        with self._step():
            field_code = code.partition(".")[0]
            field = next((row for row in self._store.science_domains if row.code == field_code), None)
            if field is None:
                field = self._store.science_domains.add(
                    ScienceDomain(**self._store.stamp(), name=domain, code=field_code)
                )
            return self._store.science_sub_domains.add(
                ScienceSubDomain(**self._store.stamp(), name=name, code=code, domain=field)
            )

    def add_offering_user(self, offering: Offering, user: User, username: str = "", *, state: str = "") -> OfferingUser:
        """Add the account of a person at an offering, which from now on has accounts.

        Raises:
            ApiError: the person has one.
        """
        with self._step():
            if not allows_accounts(offering):
                offering.plugin_options = {**offering.plugin_options, ALLOWED: True}
            account = add_account(self._store, offering, user, username)
            account.state = state or account.state
            return account

    def add_missing_offering_users(self, offering: Offering) -> tuple[OfferingUser, ...]:
        """Add accounts for all members of projects with resources, as the server does by and by; return the new ones."""
        with self._step():
            return tuple(add_missing(self._store, offering))

    def offering_user(self, offering: Offering, user: User) -> OfferingUser:
        """Return the account of a person at an offering; KeyError without one."""
        with self._step():
            return _known(account_of(self._store, user, offering), user.username)

    def consent(self, user: User, offering: Offering) -> Consent:
        """Let a person agree to the terms of an offering."""
        with self._step():
            return self._store.record_consent(user, offering)

    def withdraw_consent(self, user: User, offering: Offering) -> None:
        """Let a person take the agreement back; nothing happens without one."""
        with self._step():
            agreed = self._store.consent_of(user, offering)
            if agreed is not None:
                self._store.revoke_consent(agreed)

    def report_usage(
        self,
        resource: Resource,
        usages: Mapping[str, Decimal | float | str],
        *,
        date: datetime | None = None,
        users: Mapping[str, Mapping[str, Decimal | float | str]] | None = None,
    ) -> tuple[ComponentUsage, ...]:
        """Make these the totals of the month of *date* (now, without one), and return their rows.

        Args:
            resource: What used it; any month and any state will do.
            usages: Component type -> total.
            date: When it was measured.
            users: Component type -> local account -> part of the total.

        Raises:
            ApiError: a type that the offering does not report, or too much of it.
        """
        with self._step():
            moment = date or self._store.now()
            readings = [Reading(kind, _amount(total)) for kind, total in usages.items()]
            period = running_period(self._store, resource)
            rows = set_usage(self._store, resource, period, moment, readings)
            for row in rows:
                for username, part in (users or {}).get(row.component.type, {}).items():
                    put_user_usage(self._store, row, UserReading(username, _amount(part)))
            return tuple(rows)

    def usages_of(self, resource: Resource) -> tuple[ComponentUsage, ...]:
        """All totals of a resource, oldest row first."""
        with self._step():
            return tuple(self._store.usages.find("resource", resource.uuid))

    def user_usages_of(self, resource: Resource) -> tuple[ComponentUserUsage, ...]:
        """All parts of accounts in the totals of a resource, oldest row first."""
        with self._step():
            return tuple(self._store.user_usages.find("resource", resource.uuid))

    def renew_token(self, user: User) -> str:
        """Give a user another token at once, as users do on their own page; returns it."""
        with self._step():
            return self._store.renew_token(user)

    def edit(self, row: Row, **changes: object) -> None:
        """Change attributes of a row directly, as somebody with database access would."""
        with self._step():
            for name, value in changes.items():
                setattr(row, name, value)
            self._store.touch(row)


def _amount(number: Decimal | float | str) -> Decimal:
    return Decimal(str(number)).quantize(Decimal("0.01"))


def _known(row: ThingT | None, key: str) -> ThingT:
    if row is None:
        raise KeyError(key)
    return row
