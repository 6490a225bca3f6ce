"""Addresses of members."""

from federation_adapters.sandbox.areas.members import accounts, directory, responses
from federation_adapters.sandbox.areas.members.accounts import COURSE, SERVICE
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_PROJECTS = "/projects"
_PERMISSIONS = "/user-permissions"
_PROVIDERS = "/marketplace-service-providers/<uuid>"
_OFFERINGS = "/marketplace-provider-offerings/<uuid>"

ROUTES = (
    Route("GET", f"{_PROJECTS}/<uuid>/list_users/", responses.list_users),
    *actions(_PROJECTS, responses.ACTIONS),
    Route("GET", "/customers/<uuid>/users/", directory.list_customer_users),
    Route("GET", f"{_PROVIDERS}/project_permissions/", directory.list_project_permissions),
    Route("GET", f"{_PROVIDERS}/projects/", directory.list_provider_projects),
    Route("GET", f"{_PROVIDERS}/users/", directory.list_provider_users),
    Route("GET", f"{_PROVIDERS}/customers/", directory.list_provider_customers),
    Route("GET", f"{_PROVIDERS}/course_accounts/", accounts.list_of_provider(COURSE), in_legacy=False),
    Route("GET", f"{_PROVIDERS}/project_service_accounts/", accounts.list_of_provider(SERVICE), in_legacy=False),
    Route("GET", f"{_PROVIDERS}/keys/", directory.list_provider_keys),
    Route("GET", f"{_OFFERINGS}/list_course_accounts/", accounts.list_of_offering(COURSE), in_legacy=False),
    Route("GET", f"{_OFFERINGS}/list_project_service_accounts/", accounts.list_of_offering(SERVICE), in_legacy=False),
    Route("GET", f"{_OFFERINGS}/list_customer_projects/", directory.list_offering_projects),
    Route("GET", f"{_OFFERINGS}/list_customer_users/", directory.list_offering_users),
    *crud(_PERMISSIONS, list_=directory.list_permissions, retrieve=directory.retrieve_permission),
    *actions(
        _PERMISSIONS,
        {"revoke": directory.revoke_permission, "restore": directory.restore_permission},
        new=("revoke", "restore"),
    ),
    Route("GET", "/marketplace-course-accounts/", accounts.list_in(COURSE), in_legacy=False),
    Route("GET", "/marketplace-course-accounts/<uuid>/", accounts.retrieve_in(COURSE), in_legacy=False),
    Route("GET", "/marketplace-project-service-accounts/", accounts.list_in(SERVICE), in_legacy=False),
    Route("GET", "/marketplace-project-service-accounts/<uuid>/", accounts.retrieve_in(SERVICE), in_legacy=False),
)
