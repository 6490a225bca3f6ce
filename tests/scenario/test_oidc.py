"""Bearer tokens over real HTTP: an identity provider that rotates its keys, goes away and comes back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import attrs
import httpx
import pytest
from tests.proxies import KINDS, proxy

from federation_adapters.http.access import Access, Anonymous
from federation_adapters.http.client import HttpClient
from federation_adapters.oidc import key_store
from federation_adapters.oidc.tokens import TokenRules
from federation_adapters.oidc.verifier import KeycloakVerifier
from federation_adapters.sandbox import Client, IdentityProvider, Server
from federation_adapters.sandbox.identity_provider import RealmKey
from federation_core.domain import errors
from federation_core.domain.callers import NotAuthenticated, NotPermitted
from federation_core.domain.ids import Side

CLIENT = "storage-proxy"


@attrs.define
class Realm:
    provider: IdentityProvider
    verifier: KeycloakVerifier

    def asked(self):
        return sum(1 for one in self.provider.asked if one.path.endswith("/certs"))

    def fetched(self, client_id, secret):
        """A token as a client gets it."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        return httpx.post(self.provider.token_url, data=form, trust_env=False).json()["access_token"]


@contextmanager
def realm(algorithm="RS256", **changes):
    """A realm, and a verifier of its tokens; *changes* are of how it is reached."""
    provider = IdentityProvider(algorithm=algorithm)
    with ExitStack() as stack:
        provider.url = stack.enter_context(Server(provider)).url
        access = Access(Side.B, provider.issuer, Anonymous(), **{"timeout": 5.0, "attempts": 1, **changes})
        http = stack.enter_context(HttpClient(access, sleep=lambda _: None))
        rules = TokenRules(provider.issuer, CLIENT, CLIENT, frozenset({"reader"}))
        yield Realm(provider, KeycloakVerifier(http, rules))


@pytest.fixture
def r():
    with realm() as found:
        found.provider.clients["scanner"] = Client("scanner-sandbox", (CLIENT,), ("reader",))
        found.provider.clients["stranger"] = Client("stranger-sandbox", (), ("reader",))
        yield found


def minted(r, **claims):
    return r.provider.mint(realm_access={"roles": ["reader"]}, **claims)


def test_a_client_of_the_realm_is_let_in_by_the_token_that_it_fetched(r):
    caller = r.verifier.verify(r.fetched("scanner", "scanner-sandbox"))
    assert (caller.name, caller.roles) == ("service-account-scanner", {"reader"})


@pytest.mark.parametrize(
    ("client", "secret", "words"),
    [("stranger", "stranger-sandbox", "somebody else's service"), (CLIENT, "identity-sandbox", "none of the roles")],
)
def test_another_client_or_one_without_the_role_is_not_permitted(r, client, secret, words):
    with pytest.raises(NotPermitted, match=words):
        r.verifier.verify(r.fetched(client, secret))


def test_rotation(r):
    old = minted(r)
    assert r.verifier.verify(old).name == "mkeller"
    r.provider.rotate()
    r.verifier.verify(minted(r))
    with pytest.raises(NotAuthenticated):
        r.verifier.verify(old)
    assert r.asked() == 2


def test_an_identity_provider_that_goes_away_and_comes_back(monkeypatch):
    monkeypatch.setattr(key_store, "PAUSE", 0.0)
    provider = IdentityProvider(algorithm="ES256")
    with Server(provider) as served:
        provider.url, port = served.url, served.port
    access = Access(Side.B, provider.issuer, Anonymous(), timeout=2.0, attempts=1)
    with HttpClient(access, sleep=lambda _: None) as http:
        r = Realm(provider, KeycloakVerifier(http, TokenRules(provider.issuer, CLIENT, CLIENT)))
        token = minted(r)
        with pytest.raises(errors.Unreachable, match=r"B at 127\.0\.0\.1:"):
            r.verifier.verify(token)
        with Server(provider, port=port):
            assert r.verifier.verify(token).name == "mkeller"
        provider.rotate()
        with pytest.raises(errors.Unreachable):
            r.verifier.verify(minted(r))
        assert r.verifier.verify(token).name == "mkeller"  # by the keys that are known
        with Server(provider, port=port):
            assert r.verifier.verify(minted(r)).name == "mkeller"


def test_a_token_of_another_realm_is_not_authenticated(r):
    other = IdentityProvider("another", r.provider.url)
    with pytest.raises(NotAuthenticated):
        r.verifier.verify(other.mint(realm_access={"roles": ["reader"]}))


def test_twenty_threads_with_an_unknown_key_cause_one_question(r):
    r.verifier.verify(minted(r))
    stranger = RealmKey.made("stranger", "ES256")
    tokens = [minted(r, key=stranger, jti=str(number)) for number in range(20)]

    def is_refused(token):
        with pytest.raises(NotAuthenticated):
            r.verifier.verify(token)
        return True

    r.provider.latency = 0.1
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(is_refused, tokens))
    assert r.asked() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_fetched_through_the_proxy(kind):
    with proxy(kind) as served, realm("ES256", proxy=served.url) as r:
        assert r.verifier.verify(minted(r)).name == "mkeller"
        assert served.asked() == {r.provider.url.removeprefix("http://")}


def test_nothing_that_is_logged_shows_a_token(r, caplog):
    with caplog.at_level(logging.DEBUG):
        r.verifier.verify(minted(r))
    assert "eyJ" not in caplog.text
