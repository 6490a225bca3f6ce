from types import SimpleNamespace
from uuid import UUID, uuid4

import httpx
import pytest
from waldur_api_client.client import AuthenticatedClient

from federation_adapters.site_agent.reach import UNKNOWN, of_client, of_offering, offering_of
from federation_core.domain.errors import Transient

OFFERING = UUID(int=7)


def client(**options):
    return AuthenticatedClient(base_url="https://a.example.org", token="not-a-token", **options)  # noqa: S106


class TestClient:
    def test_a_static_token_is_taken_over(self):
        reach = of_client(client(verify_ssl=False, httpx_args={"proxy": "http://proxy:1"}), OFFERING)
        assert reach.keys == {
            "waldur_api_url": "https://a.example.org",
            "waldur_api_token": "not-a-token",
            "verify_ssl": False,
        }
        assert (reach.offering, reach.proxy, reach.bearer) == (OFFERING, "http://proxy:1", "")

    def test_an_access_token_is_used_as_it_is(self):
        reach = of_client(client(prefix="Bearer"), OFFERING)
        assert (reach.bearer, reach.keys["waldur_api_token"]) == ("not-a-token", UNKNOWN)

    def test_tokens_are_not_shown(self):
        assert "not-a-token" not in repr(of_client(client(), OFFERING))
        assert "not-a-token" not in repr(of_client(client(prefix="Bearer"), OFFERING))


def test_an_offering_of_the_file_has_its_own_credentials():
    shown = SimpleNamespace(
        waldur_offering_uuid=OFFERING.hex,
        waldur_api_url="https://a.example.org/api/",
        waldur_api_token="",
        oidc_client_id="me",
        verify_ssl=True,
    )
    reach = of_offering(shown, "http://proxy:1")
    assert (reach.offering, reach.proxy) == (OFFERING, "http://proxy:1")
    assert reach.keys == {"waldur_api_url": shown.waldur_api_url, "oidc_client_id": "me", "verify_ssl": True}


class TestOffering:
    def served(self, handle):
        return client(httpx_args={"transport": httpx.MockTransport(handle)})

    def test_is_read_from_the_resource(self):
        answered = self.served(lambda _request: httpx.Response(200, json={"offering_uuid": OFFERING.hex}))
        assert offering_of(answered, uuid4()) == OFFERING

    @pytest.mark.parametrize("status", [404, 503])
    def test_cannot_always_be_read(self, status):
        with pytest.raises(Transient):
            offering_of(self.served(lambda _request: httpx.Response(status)), uuid4())
