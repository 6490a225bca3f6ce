"""The client library of the official agent reads the sandbox's answers; skipped where it is not installed."""

from datetime import UTC, date, datetime
from importlib import import_module
from uuid import UUID

import pytest
from tests.unit.sandbox.listeners import FakeBroker

from federation_adapters.sandbox import Server

client_library = pytest.importorskip("waldur_api_client")


@pytest.fixture
def served(market):
    publisher = market.sandbox.connect(FakeBroker())
    with Server(market.sandbox) as server:
        yield market, server.url
    publisher.stop()


def _listening(market):
    """Register what listens to messages, and return UUIDs of it."""
    staff, offering = market.staff, market.side.offering.uuid
    base, services = "/marketplace-site-agent-identities/", "/marketplace-site-agent-services/"
    identity = staff.post(base, json={"offering": offering, "name": "agent"}).json()["uuid"]
    service = staff.post(f"{base}{identity}/register_service/", json={"name": "s", "mode": "m"}).json()["uuid"]
    staff.post(f"{services}{service}/register_processor/", json={"name": "p", "backend_type": "b"})
    staff.post("/event-consumers/register/", json={"scopes": [{"type": "offering", "uuid": offering}]})
    wish = {"observable_object_type": "order"}
    subscription = staff.post(f"{base}{identity}/register_event_subscription/", json=wish).json()["uuid"]
    staff.post(f"{base}{identity}/register_queue/", json={})
    market.sandbox.writes.clear()
    return {"identity": identity, "service": service, "subscription": subscription}


def _furnish(market):
    """Leave something in every list, and return UUIDs of the things in them."""
    world, side = market.world, market.side
    world.settings.identity_bridge = True
    side.offering.terms_of_service = "Be kind."
    order = market.place(attributes={"name": "alpha"}, user=side.staff)
    running = world.add_resource(side.offering, market.project)
    user = world.add_user("mate", active_isds=("isd:a",), profile={"affiliations": ["a"], "birth_date": "2000-01-31"})
    world.grant(user, "PROJECT.MEMBER", market.project)
    sub_domain = world.add_sub_domain("1.1", "Mathematics")
    world.edit(market.project, science_sub_domain=sub_domain, end_date=date(2027, 1, 1))
    account = world.add_offering_user(side.offering, user, "u1")
    world.consent(user, side.offering)
    for kind in ("service", "course"):
        world.add_project_account(market.project, "robot", kind=kind, user=user)  # 8.1.2 reads none of a course without
    total = world.report_usage(running, {"gpu_hours": 1}, users={"gpu_hours": {"u1": 1}})[0]
    things = {
        "order": order,
        "resource": order.resource,
        "running": running,
        "staff": side.staff,
        "offering": side.offering,
        "plan": order.plan,
        "project": market.project,
        "customer": side.customer,
        "user": user,
        "sub_domain": sub_domain,
        "account": account,
        "total": total,
        "part": world.user_usages_of(running)[0],
    }
    uuids = {name: row.uuid for name, row in things.items()} | {"provider": side.provider.service_provider_uuid}
    return uuids | _listening(market)


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
        ("users", "users_list", ""),
        ("users", "users_retrieve", "user"),
        ("users", "users_identity_bridge_status_retrieve", "user"),
        ("identity_bridge", "identity_bridge_stats_retrieve", ""),
        ("identity_bridge", "identity_bridge_allowed_fields_retrieve", ""),
        ("marketplace_component_usages", "marketplace_component_usages_list", ""),
        ("marketplace_component_usages", "marketplace_component_usages_retrieve", "total"),
        ("marketplace_component_user_usages", "marketplace_component_user_usages_list", ""),
        ("marketplace_component_user_usages", "marketplace_component_user_usages_retrieve", "part"),
        ("marketplace_resources", "marketplace_resources_plan_periods_list", "resource"),
        ("marketplace_provider_resources", "marketplace_provider_resources_team_list", "resource"),
        ("projects", "projects_list_users_list", "project"),
        ("customers", "customers_users_list", "customer"),
        ("user_permissions", "user_permissions_list", ""),
        ("marketplace_service_providers", "marketplace_service_providers_project_permissions_list", "provider"),
        ("marketplace_service_providers", "marketplace_service_providers_users_list", "provider"),
        ("marketplace_service_providers", "marketplace_service_providers_projects_list", "provider"),
        ("marketplace_service_providers", "marketplace_service_providers_customers_list", "provider"),
        ("marketplace_service_providers", "marketplace_service_providers_course_accounts_list", "provider"),
        ("marketplace_service_providers", "marketplace_service_providers_project_service_accounts_list", "provider"),
        ("marketplace_course_accounts", "marketplace_course_accounts_list", ""),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_list_course_accounts_list", "offering"),
        (
            "marketplace_provider_offerings",
            "marketplace_provider_offerings_list_project_service_accounts_list",
            "offering",
        ),
        ("marketplace_project_service_accounts", "marketplace_project_service_accounts_list", ""),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_list_customer_projects_list", "offering"),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_list_customer_users_list", "offering"),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_user_attribute_config_retrieve", "offering"),
        ("marketplace_offering_users", "marketplace_offering_users_list", ""),
        ("marketplace_offering_users", "marketplace_offering_users_retrieve", "account"),
        ("marketplace_user_offering_consents", "marketplace_user_offering_consents_list", ""),
        ("science_domains", "science_domains_list", ""),
        ("science_sub_domains", "science_sub_domains_list", ""),
        ("science_sub_domains", "science_sub_domains_retrieve", "sub_domain"),
        ("version", "version_retrieve", ""),
        ("marketplace_site_agent_identities", "marketplace_site_agent_identities_list", ""),
        ("marketplace_site_agent_identities", "marketplace_site_agent_identities_retrieve", "identity"),
        ("marketplace_site_agent_services", "marketplace_site_agent_services_list", ""),
        ("marketplace_site_agent_services", "marketplace_site_agent_services_retrieve", "service"),
        ("event_consumers", "event_consumers_list", ""),
        ("event_subscriptions", "event_subscriptions_list", ""),
        ("event_subscriptions", "event_subscriptions_retrieve", "subscription"),
    ],
)
def test_answers_are_understood(served, area, name, key):
    market, url = served
    rows = _furnish(market)
    arguments = [UUID(rows[key])] if key else []
    endpoint = import_module(f"waldur_api_client.api.{area}.{name}")
    with client_library.AuthenticatedClient(base_url=url, token=market.side.staff.token, prefix="Token") as client:
        assert endpoint.sync(*arguments, client=client)


_AGENTS = "marketplace_site_agent_identities"
_WRITES = [
    (
        "marketplace_component_usages.marketplace_component_usages_set_usage",
        "",
        "component_usage_create_request.ComponentUsageCreateRequest",
        lambda rows: {
            "resource": UUID(rows["running"]),
            "usages": [_model("component_usage_item_request.ComponentUsageItemRequest")(type_="gpu_hours", amount="2")],
            "date": datetime(2026, 3, 1, tzinfo=UTC),
        },
    ),
    (
        "marketplace_component_usages.marketplace_component_usages_set_user_usages",
        "total",
        "component_user_usage_bulk_create_request.ComponentUserUsageBulkCreateRequest",
        lambda _: {
            "usages": [
                _model("component_user_usage_create_request.ComponentUserUsageCreateRequest")(username="u", usage="1")
            ]
        },
    ),
    (
        "projects.projects_add_user",
        "project",
        "user_role_create_request.UserRoleCreateRequest",
        lambda rows: {"role": "PROJECT.ADMIN", "user": UUID(rows["user"])},
    ),
    (
        "projects.projects_delete_user",
        "project",
        "user_role_delete_request.UserRoleDeleteRequest",
        lambda rows: {"role": "PROJECT.MEMBER", "user": UUID(rows["user"])},
    ),
    (
        "identity_bridge.identity_bridge",
        "",
        "identity_bridge_request_request.IdentityBridgeRequestRequest",
        lambda _: {"username": "mia", "source": "isd:a", "birth_date": date(2000, 1, 31), "affiliations": ["a"]},
    ),
    (
        "marketplace_offering_users.marketplace_offering_users_create",
        "",
        "offering_user_request.OfferingUserRequest",
        lambda rows: {"offering_uuid": UUID(rows["offering"]), "user_uuid": UUID(rows["staff"]), "username": "s1"},
    ),
    (
        "projects.projects_partial_update",
        "project",
        "patched_project_request.PatchedProjectRequest",
        lambda rows: {"science_sub_domain": UUID(rows["sub_domain"]), "is_industry": True},
    ),
    (
        f"{_AGENTS}.{_AGENTS}_create",
        "",
        "agent_identity_request.AgentIdentityRequest",
        lambda rows: {"offering": UUID(rows["offering"]), "name": "another", "last_restarted": datetime.now(UTC)},
    ),
    (
        f"{_AGENTS}.{_AGENTS}_update",
        "identity",
        "agent_identity_request.AgentIdentityRequest",
        lambda rows: {
            "offering": UUID(rows["offering"]),
            "name": "agent",
            "dependencies": [_model("agent_dependency_request.AgentDependencyRequest")(package="httpx", version="1")],
        },
    ),
    (
        f"{_AGENTS}.{_AGENTS}_register_service",
        "identity",
        "agent_service_create_request.AgentServiceCreateRequest",
        lambda _: {"name": "event_process-order", "mode": "event_process"},
    ),
    (
        f"{_AGENTS}.{_AGENTS}_register_queue",
        "identity",
        "agent_queue_registration_request.AgentQueueRegistrationRequest",
        lambda _: {"object_types": [_orders()]},
    ),
    (
        f"{_AGENTS}.{_AGENTS}_register_event_subscription",
        "identity",
        "agent_event_subscription_create_request.AgentEventSubscriptionCreateRequest",
        lambda _: {"observable_object_type": _orders()},
    ),
    (
        "marketplace_site_agent_services.marketplace_site_agent_services_register_processor",
        "service",
        "agent_processor_create_request.AgentProcessorCreateRequest",
        lambda _: {"name": "OrderProcessor", "backend_type": "waldur", "backend_version": "8.1.2"},
    ),
    (
        "marketplace_site_agent_services.marketplace_site_agent_services_set_statistics",
        "service",
        "agent_service_statistics_request.AgentServiceStatisticsRequest",
        lambda _: {
            "statistics": _model(
                "agent_service_statistics_request_statistics.AgentServiceStatisticsRequestStatistics"
            ).from_dict({"orders": 1})
        },
    ),
    (
        "event_consumers.event_consumers_register",
        "",
        "event_consumer_registration_request.EventConsumerRegistrationRequest",
        lambda rows: {
            "object_types": [_orders()],
            "scopes": [
                _model("event_consumer_scope_input_request.EventConsumerScopeInputRequest")(
                    type_="customer", uuid=UUID(rows["customer"])
                )
            ],
        },
    ),
    (
        "event_subscriptions.event_subscriptions_create",
        "",
        "event_subscription_request.EventSubscriptionRequest",
        lambda _: {
            "observable_objects": [
                _model("event_subscription_observable_object_request.EventSubscriptionObservableObjectRequest")(
                    object_type=_orders()
                )
            ]
        },
    ),
    (
        "event_subscriptions.event_subscriptions_create_queue",
        "subscription",
        "event_subscription_queue_create_request.EventSubscriptionQueueCreateRequest",
        lambda rows: {"offering_uuid": UUID(rows["offering"]), "object_type": _orders()},
    ),
]


def _model(path):
    module, name = path.split(".")
    return getattr(import_module(f"waldur_api_client.models.{module}"), name)


def _orders():
    return _model("observable_object_type_enum.ObservableObjectTypeEnum")("order")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("path", "key", "model", "values"), _WRITES, ids=[row[0] for row in _WRITES])
def test_requests_are_understood(served, path, key, model, values):
    market, url = served
    rows = _furnish(market)
    endpoint = import_module(f"waldur_api_client.api.{path}")
    arguments = [UUID(rows[key])] if key else []
    with client_library.AuthenticatedClient(base_url=url, token=market.side.staff.token, prefix="Token") as client:
        answer = endpoint.sync_detailed(*arguments, client=client, body=_model(model)(**values(rows)))
    assert answer.status_code < 300
    assert len(market.sandbox.writes) == 1


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("area", "name", "key"),
    [
        ("projects", "projects_sync_user_roles", "project"),
        ("marketplace_provider_resources", "marketplace_provider_resources_sync_user_roles", "running"),
        ("marketplace_provider_offerings", "marketplace_provider_offerings_sync_resources", "offering"),
        ("marketplace_site_agent_identities", "marketplace_site_agent_identities_destroy", "identity"),
    ],
)
def test_wishes_are_understood(served, area, name, key):
    market, url = served
    rows = _furnish(market)
    market.world.edit(market.side.offering, plugin_options={"enable_membership_sync_status": True})
    endpoint = import_module(f"waldur_api_client.api.{area}.{name}")
    with client_library.AuthenticatedClient(base_url=url, token=market.side.staff.token, prefix="Token") as client:
        assert endpoint.sync_detailed(UUID(rows[key]), client=client).status_code < 300
