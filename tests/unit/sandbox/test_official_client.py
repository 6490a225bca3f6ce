"""The client library of the official agent reads the sandbox's answers; skipped where it is not installed."""

from importlib import import_module
from uuid import UUID

import pytest

from federation_adapters.sandbox import Server

client_library = pytest.importorskip("waldur_api_client")


@pytest.fixture
def served(market):
    with Server(market.sandbox) as server:
        yield market, server.url


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("area", "name", "key"),
    [
        ("marketplace_orders", "marketplace_orders_list", ""),
        ("marketplace_orders", "marketplace_orders_retrieve", "order"),
        ("marketplace_resources", "marketplace_resources_list", ""),
        ("marketplace_resources", "marketplace_resources_retrieve", "resource"),
        ("marketplace_provider_resources", "marketplace_provider_resources_list", ""),
        ("marketplace_provider_resources", "marketplace_provider_resources_retrieve", "resource"),
        ("marketplace_public_offerings", "marketplace_public_offerings_retrieve", "offering"),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_retrieve", "offering"),
        ("marketplace_plans", "marketplace_plans_retrieve", "plan"),
        ("marketplace_service_providers", "marketplace_service_providers_list", ""),
        ("projects", "projects_list", ""),
        ("projects", "projects_retrieve", "project"),
        ("customers", "customers_list", ""),
        ("roles", "roles_list", ""),
        ("users", "users_me_retrieve", ""),
        ("version", "version_retrieve", ""),
    ],
)
def test_answers_are_understood(served, area, name, key):
    market, url = served
    order = market.place()
    rows = {
        "order": order,
        "resource": order.resource,
        "offering": order.offering,
        "plan": order.plan,
        "project": order.project,
    }
    arguments = [UUID(rows[key].uuid)] if key else []
    endpoint = import_module(f"waldur_api_client.api.{area}.{name}")
    with client_library.AuthenticatedClient(base_url=url, token=market.side.staff.token, prefix="Token") as client:
        assert endpoint.sync(*arguments, client=client)
