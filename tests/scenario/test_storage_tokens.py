"""Who is let in at the served proxy, and what those are told who are not."""

import pytest
from tests.proxies import KINDS, proxy
from tests.scenario.storage import free_port, proxied

from federation_adapters.sandbox.identity_provider import RealmKey
from federation_adapters.sandbox.troubles import replaced

MISSING = "Your request is missing an 'Authorization' HTTP header"
HOUR = 3600


@pytest.fixture(scope="module")
def p():
    with proxied() as found:
        yield found


def assert_refused(answer, status, words=""):
    assert (answer.status_code, set(answer.json())) == (status, {"detail"})
    assert words in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def unsigned(p):
    """A token that says itself that nobody signed it."""
    head, claims, _ = p.realm.mint(headers={"alg": "none"}).split(".")
    return f"{head}.{claims}."


def changed(p):
    """Claims of one token under the signature of another."""
    head, _, signature = p.realm.mint().split(".")
    return f"{head}.{p.realm.mint(sub='somebody else').split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (changed, "signature does not fit"),
        (unsigned, "malformed"),
        (lambda p: unsigned(p) + "AAAA", "signed in a way that is not accepted"),
        (lambda p: p.realm.mint(exp=1), "has expired"),
        (lambda p: p.realm.mint(nbf=4_000_000_000), "not valid yet"),
        (lambda p: p.realm.mint(iss="https://elsewhere.example.org/realms/hpc"), "another issuer"),
        (lambda p: p.realm.mint(typ="ID"), "no access token"),
        (lambda p: p.realm.mint(key=RealmKey.made(p.realm.key.kid, "ES256")), "signature does not fit"),
        (lambda p: p.realm.mint(key=RealmKey.made("unheard-of", "ES256")), "does not publish"),
        (lambda _: "no-token", "malformed"),
        (lambda _: "x" * 20_000, "longer"),
    ],
    ids=["forged", "none", "none-signed", "expired", "too-early", "issuer", "identity", "wrong-key", "unknown-key", "text", "long"],
)  # fmt: skip
def test_a_token_that_proves_nothing_is_401(p, token, words):
    assert_refused(p.get(token=token(p)), 401, words)


def test_clocks_may_differ_by_half_a_minute(p):
    import time

    assert p.get(token=p.realm.mint(exp=int(time.time()) - 20)).status_code == 200
    assert_refused(p.get(token=p.realm.mint(exp=int(time.time()) - 40)), 401, "expired")


@pytest.mark.parametrize("audience", ["account", ["account", "another"], None, []])
def test_a_token_for_another_service_is_403(p, audience):
    assert_refused(p.get(token=p.realm.mint(aud=audience)), 403, "somebody else's service")


def test_no_header_is_told_in_the_documented_words(p):
    answer = p.get(token="")
    assert (answer.status_code, answer.json()) == (401, {"detail": MISSING})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic dXNlcjp3b3Jk", "Bearer", "Bearer  x y", "Token abc", "Bearer\tx"])
def test_another_header_is_401(p, header):
    assert_refused(p.get(token="", headers={"Authorization": header}), 401)


def test_a_filter_is_not_looked_at_before_the_token(p):
    assert_refused(p.get(token="", storage_system="tape"), 401)


@pytest.mark.parametrize("path", ["/api/storage-resources/", "/api/storage-status/"])
def test_every_route_with_data_needs_one(p, path):
    assert p.get(path, token="").status_code == 401
    assert p.get(path).status_code == 200


def test_roles():
    with proxied(auth={"required_roles": ["reader", "admin"]}) as p:
        assert_refused(p.get(), 403, "none of the roles")
        assert p.get(token=p.realm.mint(realm_access={"roles": ["reader"]})).status_code == 200


def test_rotated_keys():
    with proxied() as p:
        old = p.realm.mint()
        assert p.get(token=old).status_code == 200
        p.realm.rotate()
        assert p.get().status_code == 200
        assert_refused(p.get(token=old), 401)


def test_an_identity_provider_that_is_not_there_is_503():
    with proxied(auth={"keycloak_url": f"http://127.0.0.1:{free_port()}"}) as p:
        answer = p.get()
        assert (answer.status_code, answer.json()) == (503, {"detail": "Unable to reach the identity provider"})
        assert p.get("/healthz", token="").status_code == 200
        assert p.lines.about("upstream")


def test_one_in_trouble_is_503_too():
    with proxied() as p:
        p.realm.troubles = [replaced(500, "down")] * 9
        assert p.get().status_code == 503


def test_the_name_of_who_asks_stands_in_the_log_on_one_line(p):
    p.lines.texts.clear()
    p.get(token=p.realm.mint(preferred_username='eve\nserved status=200 "x'))
    line = p.lines.last("served")
    assert line.count("\n") == 0
    assert 'caller="eve served status=200 \'x"' in line


class TestSwitchedOff:
    def test_clients_of_this_machine_are_answered_without_a_token(self):
        with proxied(auth={"disable_auth": True}) as p:
            assert p.get(token="").status_code == 200
            assert "caller=dev_user" in p.lines.last("served")

    def test_unix_ids_are_made_up_where_nobody_knows_them(self):
        with proxied(auth={"disable_auth": True}) as p:
            p.users.projects.clear()
            p.later()
            assert p.get(token="").headers["X-Mock-Identities"] == "0"
            added = p.world.add_project(p.site.customer, "New", slug="new")
            p.world.add_resource(p.site.systems["vast"], added, limits={"storage": 1})
            p.later()
            assert p.get(token="").headers["X-Mock-Identities"] == "1"

    @pytest.mark.parametrize(
        ("server", "allowed", "status"),
        [
            (("127.0.0.1", 80), False, 200),
            (("::1", 80), False, 200),
            (("/run/proxy.sock", None), False, 200),
            (None, False, 200),
            (("10.1.2.3", 80), False, 403),
            (("proxy.example.org", 80), False, 403),
            (("::ffff:10.1.2.3", 80), False, 403),
            (("10.1.2.3", 80), True, 200),
        ],
    )
    def test_at_other_addresses_nobody_is_answered_unless_that_is_allowed_too(self, server, allowed, status):
        import anyio

        with proxied(auth={"disable_auth": True, "allow_remote_without_auth": allowed}) as p:
            assert anyio.run(asked, p.container.app(), server) == status


async def asked(app, server):
    """The status of a health check that comes in at an address."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/healthz",
        "raw_path": b"/healthz", "root_path": "", "scheme": "http", "query_string": b"", "headers": [],
        "client": ("127.0.0.1", 1), "server": server,
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"]


@pytest.mark.parametrize("kind", KINDS)
def test_calls_of_the_user_api_and_for_its_tokens_pass_the_proxy(kind):
    with proxy(kind) as passed, proxied(hpc_user_api={"socks_proxy": passed.url}) as p:
        assert p.leaf(p.site.resources[0])["target"]["targetItem"]["unixGid"] == 31877
        assert p.users.provider.issued == 1
        assert passed.asked() == {p.realm.url.removeprefix("http://")}


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_calls_to_waldur_pass_its_own_proxy(kind):
    with proxy(kind) as passed, proxied(waldur_socks_proxy=passed.url) as p:
        assert len(p.listed()) == 9
        assert len(passed.asked()) == 1
