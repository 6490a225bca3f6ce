"""Addresses of users."""

from federation_adapters.sandbox.areas.users import responses
from federation_adapters.sandbox.conventions.routing import Route, crud

ROUTES = (
    Route("GET", "/users/me/", responses.retrieve_me),
    *crud("/users", list_=responses.list_users, retrieve=responses.retrieve_user),
)
