"""What the process keeps between cycles, what the schemas say, and what a backend answers by itself."""

from uuid import UUID

import attrs
import pytest
from pydantic import ValidationError
from tests.plugin.harness import agent
from waldur_api_client.models import OfferingUser, Resource
from waldur_site_agent.backend.exceptions import BackendError, BackendNotReadyError

from federation_adapters.sandbox import Fault
from federation_adapters.site_agent.reach import UNKNOWN, Reach
from federation_core.domain.errors import ConfigurationError
from federation_runner.container import close
from federation_runner.plugin import ComponentSchema, FederationBackend, IdentityBridge, SettingsSchema
from federation_runner.plugin.federated import Registry

B = {
    "target_api_url": "https://b.example.org/api/",
    "target_api_token": "not-a-token",
    "target_offering_uuid": "00000000-0000-4000-8000-000000000001",
    "target_customer_uuid": "00000000-0000-4000-8000-000000000002",
}
NODE = {"measured_unit": "Hours", "accounting_type": "limit", "label": "Node hours"}
A = {"waldur_api_url": "https://a.example.org/", "waldur_api_token": "not-a-token-either"}


@pytest.fixture
def registry():
    return Registry()


class TestRegistry:
    def test_the_same_settings_are_the_same_offering(self, registry):
        first = registry.find(B, {"node": NODE})
        assert registry.find(dict(B), {"node": dict(NODE)}) is first
        assert registry.find({**B, "target_offering_uuid": str(UUID(int=9))}, {"node": NODE}) is not first

    def test_what_core_adds_later_is_left_out(self, registry):
        first = registry.find(B, {"node": NODE})
        assert registry.find(B, {"node": NODE, "extra": NODE}) is first
        assert first.settings.mapping.a_components == {"node"}

    def test_other_components_are_another_offering(self, registry):
        first = registry.find(B, {"node": NODE})
        assert registry.find(B, {"other": NODE}) is not first

    def test_customers_for_whom_the_same_source_vouches_are_known(self, registry):
        sourced = {**B, "identity_bridge_source": "isd:a"}
        one = registry.find(sourced, {"node": NODE})
        registry.find({**sourced, "target_customer_uuid": str(UUID(int=9))}, {"node": NODE})
        registry.find({**B, "target_customer_uuid": str(UUID(int=8))}, {"node": NODE})
        found = registry.customers_beside(one.settings)
        assert found == {UUID(B["target_customer_uuid"]), UUID(int=9)}


class TestMeeting:
    def test_a_is_met_once_and_again_with_another_token(self, registry):
        known = registry.find(B, {"node": NODE})
        assert known.met() is None
        reach = Reach(UUID(int=7), A)
        first = known.meet(reach)
        assert (known.meet(reach), known.met()) == (first, first)
        second = known.meet(Reach(UUID(int=7), {**A, "waldur_api_token": "renewed-not-a-token"}))
        assert second is not first
        assert second.members_learned() is first.members_learned()
        assert second.learned() is known.on_b.learned()
        assert second.b_http() is known.on_b.b_http()
        for federation in (first, second, known.on_b):
            close(federation)

    def test_what_the_file_says_of_a_stands_beside_the_clients_of_core(self, registry):
        known = registry.find(B, {"node": NODE})
        oidc = {
            "waldur_api_url": A["waldur_api_url"],
            "oidc_token_url": "https://login.example.org/token",
            "oidc_client_id": "agent",
            "oidc_client_secret": "not-a-secret",
        }
        handed = Reach(UUID(int=7), {**A, "waldur_api_token": UNKNOWN}, bearer="not-a-jwt")
        assert known.meet(handed).settings().a.credentials.scheme == "Bearer"
        configured = known.meet(Reach(UUID(int=7), oidc, is_configured=True))
        assert configured.settings().a.credentials.client_id == "agent"
        assert known.meet(attrs.evolve(handed, bearer="renewed-not-a-jwt")) is configured
        proxied = known.meet(attrs.evolve(handed, proxy="http://proxy.example.org:1"))
        assert proxied.settings().a.credentials.client_id == "agent"
        assert proxied.settings().a.proxy == "http://proxy.example.org:1"
        assert known.meet(Reach(UUID(int=7), oidc, is_configured=True)) is proxied

    def test_of_two_offerings_of_a_neither_is_taken_for_the_other(self, registry):
        known = registry.find(B, {"node": NODE})
        made = [known.meet(Reach(UUID(int=number), A)) for number in (7, 8)]
        assert known.met() is None
        assert [one.settings().offering for one in made] == [UUID(int=7), UUID(int=8)]

    def test_an_access_token_of_somebody_else_is_sent_by_its_scheme(self, registry):
        keys = {**A, "waldur_api_token": "unknown"}
        federation = registry.find(B, {"node": NODE}).meet(Reach(UUID(int=7), keys, bearer="not-a-jwt"))
        assert federation.settings().a.credentials.scheme == "Bearer"
        assert "not-a-jwt" not in repr(federation.settings().a)

    def test_nobody_is_withdrawn_before_all_had_their_turn(self, registry):
        known = registry.find(B, {"node": NODE})
        federation = known.meet(Reach(UUID(int=7), A))
        settings = [known.members_of(federation)._settings for _ in range(2)]  # noqa: SLF001 - what it was made with
        assert [one.withdraws for one in settings] == [False, True]


class TestSchemas:
    def test_what_is_fine_stays_as_it_is(self):
        assert SettingsSchema(**B).model_dump(exclude_unset=True) == B
        target = {"target_components": {"gpu": {"factor": 5}}}
        assert ComponentSchema(**target).model_dump(exclude_unset=True) == target

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"target_offering_uuid": "x"}, "target_offering_uuid"),
            ({"user_match_field": "name"}, "user_match_field"),
            ({"target_api_token": ""}, "target_api_token"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_place(self, changes, told):
        with pytest.raises(ValidationError, match=f"backend_settings.{told}"):
            SettingsSchema(**{**B, **changes})

    def test_unknown_keys_are_refused(self):
        with pytest.raises(ValidationError, match="tarrget_plan"):
            SettingsSchema(**B, tarrget_plan="x")
        with pytest.raises(ValidationError, match="target_component"):
            ComponentSchema(target_component={})

    def test_keys_of_the_official_plug_in_are_all_taken(self):
        known = {
            "user_match_field": "email",
            "user_resolve_method": "user_field",
            "user_not_found_action": "fail",
            "identity_bridge_source": "isd:efp",
            "role_mapping": {"PROJECT.ADMIN": "PROJECT.MANAGER"},
            "end_date_sync_direction": "a_to_b",
            "limit_sync_direction": "disabled",
            "passthrough_attributes": ["image"],
            "fetch_consented_users_only": True,
            "target_stomp_enabled": False,
            "target_stomp_offering_uuid": B["target_offering_uuid"],
            "order_poll_timeout": 300,
            "order_poll_interval": 5,
        }
        SettingsSchema(**B, **known)
        backend = FederationBackend({**B, **known}, {"node": NODE})
        assert (backend.user_resolve_method, backend.fetch_consented_users_only) == ("user_field", True)


class TestBackend:
    def test_bad_settings_stop_it_with_every_mistake(self):
        wrong = {**NODE, "target_components": {"gpu": {"factor": 0}}}
        with pytest.raises(ConfigurationError) as caught:
            FederationBackend({**B, "target_api_token": ""}, {"node": wrong})
        assert [finding.path for finding in caught.value.findings] == [
            "backend_components.node.target_components.gpu.factor",
            "backend_settings.target_api_token",
        ]

    def test_it_is_made_without_a_request(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path) as it:
            it.backend()
            assert it.play.pair.b.sandbox.requests.total == 0

    def test_what_b_is_asked_for_by_diagnostics(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path) as it:
            backend = it.backend()
            assert backend.ping()
            assert backend.diagnostics()
            assert backend.list_components() == ["gpu_hours", "storage_gb_hours"]
            it.play.b.edit(it.play.pair.b.offering, state="Paused")
            assert not backend.diagnostics()

    def test_a_b_that_is_down_is_told_in_each_form_that_core_knows(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path) as it:
            it.play.pair.b.sandbox.faults.add(Fault(kind="status", status=503, times=None))
            backend = it.backend()
            assert not backend.ping()
            assert not backend.diagnostics()
            with pytest.raises(BackendError, match="503"):
                backend.ping(raise_exception=True)
            for ask in (backend.run_preflight, backend.list_components, backend.list_resources):
                with pytest.raises(BackendNotReadyError, match="503"):
                    ask()
            assert backend.get_resource_limits(str(UUID(int=1))) == {}
            assert backend.get_usage_report_for_period([str(UUID(int=1))], 2026, 1, waldur_resource=Resource()) == {}

    def test_our_resources_on_b_are_listed_with_their_limits(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path) as it:
            order = it.play.place()
            it.cycle("order_process")
            it.play.b_finishes()
            (found,) = it.backend().list_resources()
            assert found.backend_id == it.play.resource(order).backend_id
            assert it.backend().get_resource_limits(found.backend_id) == {"node_hours": 100}
            assert it.backend().get_resource_metadata(found.backend_id) == {"waldur_b_resource_uuid": found.backend_id}

    def test_references_that_are_no_uuids_wait_for_a_person(self):
        backend = FederationBackend(B, {"node": NODE})
        with pytest.raises(BackendNotReadyError, match="no UUID"):
            backend.check_pending_order("slurm-7")
        with pytest.raises(BackendNotReadyError, match="no UUID"):
            backend.set_resource_limits("slurm-7", {"node": 1})
        assert backend.get_resource_metadata("slurm-7") == {}
        assert backend.get_resource_limits("slurm-7") == {}

    def test_what_b_decides_alone_is_accepted(self):
        backend = FederationBackend(B, {"node": NODE})
        assert backend.pause_resource("x")
        assert backend.downscale_resource("x")
        assert backend.restore_resource("x")
        assert backend.get_resource_user_limits("x") == {}
        assert not backend.recreate_missing_resource(Resource())
        backend.set_resource_user_limits("x", "anna", {})


class TestIdentityBridge:
    def test_names_are_not_ours_to_give(self):
        bridge = IdentityBridge(backend_settings={**B, "identity_bridge_source": "isd:a"}, offering=None)
        assert bridge.get_username(OfferingUser()) is None
        assert bridge.generate_username(OfferingUser()) == ""
        bridge.sync_user_profiles([])

    def test_without_a_source_nobody_is_vouched_for(self):
        with pytest.raises(ConfigurationError, match="identity_bridge_source: missing"):
            IdentityBridge(backend_settings=B)
