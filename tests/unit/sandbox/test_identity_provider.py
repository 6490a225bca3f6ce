"""The look-alikes of a realm of Keycloak and of a User API, by what a client of theirs sees."""

import sys

import httpx
import jwt
import pytest

from federation_adapters.sandbox import Client, IdentityProvider, UserApi

ROOT = "/realms/hpc/protocol/openid-connect"
SCANNER = {"grant_type": "client_credentials", "client_id": "scanner", "client_secret": "scanner-sandbox"}


@pytest.fixture
def provider():
    found = IdentityProvider(algorithm="ES256")
    found.clients["scanner"] = Client("scanner-sandbox", ("storage-proxy",), ("reader",))
    return found


@pytest.fixture
def client(provider):
    with httpx.Client(transport=httpx.WSGITransport(app=provider), base_url=provider.url) as found:
        yield found


def decoded(client, token):
    """The claims, as an independent reader of the key set finds them."""
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(client.get(f"{ROOT}/certs").json()).keys}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, ["ES256"], audience="storage-proxy", issuer="https://sso.example.org/realms/hpc")


def test_the_key_set_has_the_key_for_signatures_and_one_for_encryption(client):
    keys = client.get(f"{ROOT}/certs").json()["keys"]
    assert [(key["use"], key["alg"]) for key in keys] == [("sig", "ES256"), ("enc", "RSA-OAEP")]
    assert not [key for key in keys if "d" in key]


def test_a_minted_token_is_what_another_library_reads(client, provider):
    assert decoded(client, provider.mint(groups=["a"]))["groups"] == ["a"]
    assert "sub" not in decoded(client, provider.mint(sub=None))


@pytest.mark.parametrize("is_basic", [False, True])
def test_a_client_fetches_a_token(client, provider, is_basic):
    if is_basic:
        answer = client.post(
            f"{ROOT}/token", data={"grant_type": "client_credentials"}, auth=("scanner", "scanner-sandbox")
        )
    else:
        answer = client.post(provider.token_url, data={**SCANNER, "scope": "openid"})
    token = answer.json()["access_token"]
    claims = decoded(client, token)
    assert answer.json()["expires_in"] == 300
    assert (claims["azp"], claims["preferred_username"]) == ("scanner", "service-account-scanner")
    assert claims["realm_access"] == {"roles": ["reader"]}
    assert provider.accepts(token)
    provider.revoke()
    assert not provider.accepts(token)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_others_are_refused_in_its_words(client, form, status, error):
    answer = client.post(f"{ROOT}/token", data={**SCANNER, **form})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"{ROOT}/token"), ("GET", "/realms/other/x"), ("POST", f"{ROOT}/certs")]
)
def test_other_addresses_are_not_found(client, method, path):
    assert client.request(method, path).status_code == 404


def test_a_rotation_leaves_the_old_key_where_it_is_told_to(client, provider):
    first = provider.key.kid
    provider.rotate(keep=True)
    assert first in [key["kid"] for key in client.get(f"{ROOT}/certs").json()["keys"]]
    provider.rotate(algorithm="EdDSA")
    assert [key["alg"] for key in client.get(f"{ROOT}/certs").json()["keys"]] == ["EdDSA", "ES256", "RSA-OAEP"]


def test_a_user_api_shows_those_that_are_asked_for_or_all(provider):
    api = UserApi(provider)
    api.projects.update({"permafrost": 31877, "avalanche-bulletin": 31902})
    with httpx.Client(transport=httpx.WSGITransport(app=api), base_url=provider.url) as client:
        path = "/api/v1/export/waldur/projects"
        assert client.get(path).status_code == 401
        token = client.post(f"{ROOT}/token", data=SCANNER).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert len(client.get(path).json()["projects"]) == 2
        (row,) = client.get(path, params={"projects": ["avalanche-bulletin", "glacier"]}).json()["projects"]
        assert row == {"posixName": "avalanche-bulletin", "unixGid": 31902, "displayName": "Avalanche Bulletin"}
        assert client.get("/api/v1/else").status_code == 404
    assert api.asked_for() == [(), (), ("avalanche-bulletin", "glacier"), ()]


def test_both_open_without_the_libraries_of_the_extra(monkeypatch):
    for name in ("jwt", "cryptography"):
        monkeypatch.setitem(sys.modules, name, None)
    api = UserApi()
    with httpx.Client(transport=httpx.WSGITransport(app=api), base_url="http://users.example") as client:
        assert client.get("/api/v1/export/waldur/projects").status_code == 401
