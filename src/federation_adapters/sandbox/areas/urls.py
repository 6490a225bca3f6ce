"""All simulated addresses."""

from federation_adapters.sandbox.areas.agents.urls import ROUTES as AGENTS
from federation_adapters.sandbox.areas.consents.urls import ROUTES as CONSENTS
from federation_adapters.sandbox.areas.customers.urls import ROUTES as CUSTOMERS
from federation_adapters.sandbox.areas.events.urls import ROUTES as EVENTS
from federation_adapters.sandbox.areas.identity.urls import ROUTES as IDENTITY
from federation_adapters.sandbox.areas.members.urls import ROUTES as MEMBERS
from federation_adapters.sandbox.areas.meta.urls import ROUTES as META
from federation_adapters.sandbox.areas.offering_users.urls import ROUTES as OFFERING_USERS
from federation_adapters.sandbox.areas.offerings.urls import ROUTES as OFFERINGS
from federation_adapters.sandbox.areas.orders.urls import ROUTES as ORDERS
from federation_adapters.sandbox.areas.projects.urls import ROUTES as PROJECTS
from federation_adapters.sandbox.areas.resources.urls import ROUTES as RESOURCES
from federation_adapters.sandbox.areas.roles.urls import ROUTES as ROLES
from federation_adapters.sandbox.areas.science.urls import ROUTES as SCIENCE
from federation_adapters.sandbox.areas.usages.urls import ROUTES as USAGES
from federation_adapters.sandbox.areas.users.urls import ROUTES as USERS
from federation_adapters.sandbox.conventions.routing import Route

ROUTES: tuple[Route, ...] = (
    *ORDERS,
    *RESOURCES,
    *USAGES,
    *OFFERINGS,
    *PROJECTS,
    *CUSTOMERS,
    *SCIENCE,
    *ROLES,
    *MEMBERS,
    *USERS,
    *IDENTITY,
    *OFFERING_USERS,
    *CONSENTS,
    *AGENTS,
    *EVENTS,
    *META,
)
