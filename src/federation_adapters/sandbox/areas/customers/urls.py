"""Addresses of customers and service providers."""

from federation_adapters.sandbox.areas.customers import responses
from federation_adapters.sandbox.conventions.routing import crud

ROUTES = (
    *crud("/customers", list_=responses.list_customers, retrieve=responses.retrieve_customer),
    *crud("/marketplace-service-providers", list_=responses.list_providers, retrieve=responses.retrieve_provider),
)
