"""Who may see and do what: system roles, their permissions, and the reach of one user."""

from functools import cached_property

from federation_adapters.sandbox.entities import Customer, Grant, Offering, Order, Project, Resource, User
from federation_adapters.sandbox.store import Store

_VIEW = frozenset({"ORDER.LIST"})
_BUY = _VIEW | {"ORDER.CREATE", "RESOURCE.SET_LIMITS", "RESOURCE.SET_PLAN", "RESOURCE.TERMINATE", "RESOURCE.UPDATE"}
_DECIDE = frozenset({"ORDER.APPROVE", "ORDER.REJECT", "ORDER.APPROVE_PRIVATE", "ORDER.CANCEL", "ORDER.DESTROY"})
_MEMBERS = frozenset({"PROJECT.CREATE_PERMISSION", "PROJECT.UPDATE_PERMISSION", "PROJECT.DELETE_PERMISSION"})
_TEAM = frozenset({"PROJECT.VIEW_TEAM"})
_PEOPLE = _TEAM | {"CUSTOMER.VIEW_TEAM", "CUSTOMER.LIST_USERS"}
_DELIVER = frozenset({
    "ORDER.APPROVE", "ORDER.REJECT", "RESOURCE.SET_BACKEND_ID", "RESOURCE.SET_STATE", "RESOURCE.SET_END_DATE",
    "RESOURCE.SET_BACKEND_METADATA", "RESOURCE.SUBMIT_REPORT", "RESOURCE.SET_USAGE", "RESOURCE.UPDATE",
    "RESOURCE.UPDATE_OPTIONS", "OFFERING.UPDATE", "OFFERING.UPDATE_COMPONENTS", "OFFERING.PAUSE", "OFFERING.UNPAUSE",
    "OFFERING.UPDATE_USER", "OFFERING.CREATE_USER", "OFFERING.DELETE_USER", "OFFERINGUSER.UPDATE_RESTRICTION",
})  # fmt: skip

_PROVIDE = _DELIVER | frozenset(
    f"SERVICE_PROVIDER.{name}"
    for name in (
        "LIST_PROJECT_PERMISSIONS", "LIST_USERS", "LIST_PROJECTS", "LIST_CUSTOMERS", "LIST_SERVICE_ACCOUNTS", "LIST_KEYS",
        "LIST_COURSE_ACCOUNTS", "LIST_KEYS", "SET_OFFERINGS_USERNAME",
    )
) | {"OFFERING.CREATE", "OFFERING.UPDATE_INTEGRATION"}  # fmt: skip

SYSTEM_ROLES: dict[str, tuple[str, frozenset[str]]] = {
    "CUSTOMER.OWNER": (
        "customer",
        _BUY
        | _DECIDE
        | _MEMBERS
        | _PEOPLE
        | _PROVIDE
        | {"PROJECT.CREATE", "PROJECT.UPDATE", "PROJECT.DELETE", "ORDER.SET_CONSUMER_INFO", "OFFERING.ARCHIVE"},
    ),
    "CUSTOMER.MANAGER": ("customer", _VIEW | _PEOPLE | _PROVIDE),
    "CUSTOMER.SUPPORT": ("customer", _VIEW | _PEOPLE),
    "PROJECT.MANAGER": (
        "project",
        _BUY | _DECIDE | _MEMBERS | _TEAM | {"PROJECT.UPDATE", "RESOURCE.SET_END_DATE", "RESOURCE.UPDATE_OPTIONS"},
    ),
    "PROJECT.ADMIN": ("project", _BUY | _TEAM | {"RESOURCE.UPDATE_OPTIONS"}),
    "PROJECT.MEMBER": ("project", _VIEW | _TEAM | {"ORDER.CREATE"}),
    "OFFERING.MANAGER": ("offering", _VIEW | _DELIVER),
    "SERVICE_PROVIDER.MANAGER": ("service_provider", _VIEW | _PROVIDE),
}
"""Role name -> kind of scope, permissions."""


class Access:
    """The reach of one user at one moment; made anew for every request."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self.user = user
        self.sees_all = user.is_staff or user.is_support

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """The user's live grants."""
        return tuple(self._store.grants_of(self.user))

    @cached_property
    def _scopes(self) -> frozenset[str]:
        return frozenset(grant.scope.uuid for grant in self.grants)

    @cached_property
    def _listing_scopes(self) -> frozenset[str]:
        return frozenset(grant.scope.uuid for grant in self.grants if "ORDER.LIST" in grant.role.permissions)

    @cached_property
    def _parents(self) -> frozenset[str]:
        """Customers of the projects in which the user has a role."""
        return frozenset(grant.scope.customer.uuid for grant in self.grants if isinstance(grant.scope, Project))

    def has(self, permission: str, *scopes: Customer | Project | Offering) -> bool:
        """Tell whether the user holds *permission* on one of the scopes; staff always do."""
        if self.user.is_staff:
            return True
        wanted = {scope.uuid for scope in scopes}
        return any(grant.scope.uuid in wanted and permission in grant.role.permissions for grant in self.grants)

    def has_as_consumer(self, permission: str, project: Project) -> bool:
        """Tell whether the user holds *permission* on the project or its customer."""
        return self.has(permission, project, project.customer)

    def has_as_provider(self, permission: str, offering: Offering) -> bool:
        """Tell whether the user holds *permission* on the offering's customer or (current servers) the offering."""
        if self._store.profile.offering_roles_count:
            return self.has(permission, offering, offering.customer)
        return self.has(permission, offering.customer)

    def has_role(self, names: frozenset[str], *scopes: Customer | Project | Offering) -> bool:
        """Tell whether the user holds one of the named roles on one of the scopes."""
        wanted = {scope.uuid for scope in scopes}
        return any(grant.role.name in names and grant.scope.uuid in wanted for grant in self.grants)

    def sees_customer(self, customer: Customer) -> bool:
        """Tell whether the user has a role on the customer or in one of its projects."""
        return self.sees_all or customer.uuid in self._scopes or customer.uuid in self._parents

    def sees_project(self, project: Project) -> bool:
        """Tell whether the user has a role on the project or its customer."""
        return self.sees_all or project.uuid in self._scopes or project.customer.uuid in self._scopes

    def provides(self, offering: Offering) -> bool:
        """Tell whether the user has a role on the offering or its customer."""
        return self.sees_all or offering.uuid in self._scopes or offering.customer.uuid in self._scopes

    def sees_offering(self, offering: Offering) -> bool:
        """Tell whether the offering is on display for the user."""
        if self.provides(offering):
            return True
        return offering.shared and offering.state in {"Active", "Paused", "Unavailable"}

    def sees_resource_as_consumer(self, resource: Resource) -> bool:
        """Tell whether the resource belongs to a project the user sees."""
        return self.sees_project(resource.project)

    def sees_resource_as_provider(self, resource: Resource) -> bool:
        """Tell whether the resource belongs to an offering the user provides."""
        return self.provides(resource.offering)

    def sees_order(self, order: Order) -> bool:
        """Tell whether the user may list the order as consumer, or provides its offering."""
        project = order.project
        listing = self._listing_scopes
        if self.sees_all or project.uuid in listing or project.customer.uuid in listing:
            return True
        return self.provides(order.offering)
