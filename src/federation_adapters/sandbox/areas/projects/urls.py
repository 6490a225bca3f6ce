"""Addresses of projects."""

from federation_adapters.sandbox.areas.projects import responses
from federation_adapters.sandbox.conventions.routing import Route, crud

_BASE = "/projects"

ROUTES = (
    *crud(_BASE, list_=responses.list_projects, retrieve=responses.retrieve_project),
    Route("POST", f"{_BASE}/", responses.create_project),
    Route("PATCH", f"{_BASE}/<uuid>/", responses.update_project),
    Route("POST", f"{_BASE}/<uuid>/recover/", responses.recover_project),
    Route("DELETE", f"{_BASE}/<uuid>/", responses.delete_project),
)
