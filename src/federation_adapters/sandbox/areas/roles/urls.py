"""Addresses of roles."""

from federation_adapters.sandbox.areas.roles import responses
from federation_adapters.sandbox.conventions.routing import crud

ROUTES = crud("/roles", list_=responses.list_roles, retrieve=responses.retrieve_role)
