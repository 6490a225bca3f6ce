"""Groups of projects over real HTTP: tokens, proxies, and what goes wrong on the way."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import attrs
import pytest
from tests.proxies import KINDS, proxy

from federation_adapters.hpc_users.groups import UserApiGroups
from federation_adapters.http.access import Access, ClientCredentials, KeyNames
from federation_adapters.http.client import HttpClient
from federation_adapters.sandbox import IdentityProvider, Server, UserApi
from federation_adapters.sandbox.troubles import changed, replaced
from federation_core.domain import errors
from federation_core.domain.ids import Side

HUSH = "identity-sandbox"
GROUPS = {"permafrost": 31877, "avalanche": 31902}
KEYS = KeyNames("api_url", "client_id, client_secret", token_url="oidc_token_url", proxy="socks_proxy")  # noqa: S106 - a name


@attrs.define
class Site:
    """A User API and an identity provider, each served on its own, and who asks them."""

    api: UserApi
    groups: UserApiGroups
    http: HttpClient

    @property
    def provider(self):
        return self.api.provider

    def look_up(self, *slugs):
        return self.groups.look_up(slugs or GROUPS)


@contextmanager
def site(secret=HUSH, **changes):
    api = UserApi(IdentityProvider(algorithm="ES256"))
    api.projects.update(GROUPS)
    with ExitStack() as stack:
        provider, served = (stack.enter_context(Server(app)) for app in (api.provider, api))
        api.provider.url = provider.url
        grant = ClientCredentials(api.provider.token_url, "storage-proxy", secret, "openid")
        access = Access(Side.B, served.url, grant, keys=KEYS, **{"timeout": 5.0, "attempts": 1, **changes})
        http = stack.enter_context(HttpClient(access, sleep=lambda _: None))
        yield Site(api, UserApiGroups(http), http)


@pytest.fixture
def users():
    with site() as found:
        yield found


def test_groups_are_found_by_exact_names(users):
    assert users.look_up("permafrost", "Avalanche", "glacier") == {"permafrost": 31877}
    assert users.api.asked_for() == [("Avalanche", "glacier", "permafrost")]


def test_a_ping_is_cheap(users):
    users.groups.ping()
    assert users.api.asked_for() == [("waldur-federation-ping",)]


def test_one_server_may_be_both():
    api = UserApi(IdentityProvider(algorithm="ES256"))
    api.projects.update(GROUPS)
    with Server(api) as served:
        api.provider.url = served.url
        grant = ClientCredentials(api.provider.token_url, "storage-proxy", HUSH)
        with HttpClient(Access(Side.B, served.url, grant)) as http:
            assert UserApiGroups(http).look_up(GROUPS) == GROUPS


class TestTokens:
    def test_one_token_serves_all_calls(self, users):
        users.look_up()
        users.look_up()
        assert users.provider.issued == 1

    def test_one_token_serves_twenty_threads(self, users):
        users.provider.latency = 0.1
        with ThreadPoolExecutor(20) as pool:
            assert list(pool.map(lambda _: users.look_up(), range(20))) == [GROUPS] * 20
        assert users.provider.issued == 1

    def test_a_token_that_lives_shortly_is_renewed_before_it_ends(self, users):
        users.provider.lifetime = 0.3
        for _ in range(3):
            assert users.look_up() == GROUPS
            time.sleep(0.31)
        assert 3 <= users.provider.issued <= 6

    def test_a_token_without_a_lifetime_is_used_for_a_while(self, users):
        users.provider.lifetime = None
        users.look_up()
        users.look_up()
        assert users.provider.issued == 1

    def test_a_revoked_token_costs_one_new_one_and_one_repetition(self, users):
        users.look_up()
        users.provider.revoke()
        assert users.look_up() == GROUPS
        assert (users.provider.issued, [one.status for one in users.api.asked]) == (2, [200, 401, 200])

    def test_a_token_that_is_never_taken_is_an_error_and_not_a_loop(self, users):
        users.api.troubles = [replaced(401, '{"detail": "no"}')] * 9
        with pytest.raises(errors.Unauthorised, match="check client_id, client_secret"):
            users.look_up()
        assert len(users.api.asked) == 2

    def test_a_secret_that_is_refused_is_told_by_its_keys_and_not_shown(self, caplog):
        with (
            caplog.at_level(logging.DEBUG),
            site(secret="guess-of-a-secret") as users,  # noqa: S106 - and a wrong one
            pytest.raises(errors.Unauthorised, match=r"invalid_client.*check client_id, client_secret") as caught,
        ):
            users.look_up()
        assert "guess" not in f"{caught.value} {caught.value!r} {users.http.access!r} {caplog.text}"

    def test_an_identity_provider_in_trouble_is_told_as_such(self, users):
        users.provider.token_troubles = [replaced(503, "down")]
        with pytest.raises(errors.ServerFault, match="the identity provider failed"):
            users.look_up()
        assert users.look_up() == GROUPS

    def test_nothing_that_is_logged_shows_a_secret_a_token_or_a_slug(self, users, caplog):
        with caplog.at_level(logging.DEBUG):
            users.look_up()
        assert not [word for word in (HUSH, "eyJ", "permafrost") if word in caplog.text]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (replaced(500, "Internal Server Error", "text/html"), errors.ServerFault),
        (replaced(403, '{"detail": "no"}'), errors.Forbidden),
        (replaced(200, "<html>Sign in</html>", "text/html"), errors.UnexpectedShape),
        (changed(lambda body: body["projects"]), errors.UnexpectedShape),
        (changed(lambda body: {**body, "next": "/2"}), errors.UnexpectedShape),
    ],
)
def test_trouble_is_one_error_and_passes(users, trouble, kind):
    users.api.troubles = [trouble]
    with pytest.raises(kind):
        users.look_up()
    assert users.look_up() == GROUPS


def test_a_slow_api_is_waited_for_as_long_as_the_operator_says():
    with site(timeout=0.2) as users:
        users.api.latency = 0.6
        with pytest.raises(errors.TimedOut):
            users.look_up()


@pytest.mark.parametrize("kind", KINDS)
def test_token_and_data_calls_pass_the_proxy(kind):
    with proxy(kind) as served, site(proxy=served.url) as users:
        assert users.look_up() == GROUPS
        expected = {users.http.access.host, users.provider.url.removeprefix("http://")}
    assert served.asked() == expected
    assert len(expected) == 2


@pytest.mark.parametrize("url", ["127.0.0.1:1080", "//127.0.0.1:1080", "ftp://127.0.0.1:1080"])
def test_a_proxy_without_a_scheme_that_is_spoken_is_refused(url):
    with pytest.raises(errors.ConfigurationError, match="write it with its scheme"), site(proxy=url):
        pass


def test_a_proxy_that_has_gone_is_told_with_its_key():
    with proxy("socks5") as served:
        url = served.url
    with (
        site(proxy=url) as users,
        pytest.raises(errors.Unreachable, match=r"the proxy cannot be reached.*check socks_p"),
    ):
        users.look_up()
