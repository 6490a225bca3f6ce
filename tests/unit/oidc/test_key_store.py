"""When the identity provider is asked for its keys."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.unit.oidc.realm import opened

from federation_adapters.sandbox.identity_provider import RealmKey
from federation_adapters.sandbox.troubles import changed, replaced
from federation_core.domain import errors
from federation_core.domain.callers import NotAuthenticated

DOWN = replaced(503, '{"error": "maintenance"}')
FOREVER = 1_000
UNPUBLISHED = "a key that its issuer does not publish"


@pytest.fixture
def realm():
    return opened()


def down(realm):
    realm.provider.troubles = [DOWN] * FOREVER


def up(realm):
    realm.provider.troubles = []


def test_nothing_is_asked_before_the_first_token_and_once_for_all_of_them(realm):
    assert realm.asked() == 0
    for _ in range(3):
        realm.verifier.verify(realm.mint())
    assert realm.asked() == 1


def test_keys_are_used_for_five_minutes(realm):
    token = realm.mint()
    realm.verifier.verify(token)
    realm.monotonic.time += 299
    assert realm.verifier.known(token)
    realm.monotonic.time += 2
    assert realm.verifier.known(token) is None
    assert realm.verifier.verify(token)
    assert realm.asked() == 2
    assert realm.verifier.known(token)


class TestRotation:
    def test_a_new_key_is_taken_at_once(self, realm):
        realm.verifier.verify(realm.mint())
        realm.provider.rotate()
        token = realm.mint()
        assert realm.verifier.known(token) is None
        assert realm.verifier.verify(token)
        assert realm.verifier.known(token)
        assert realm.asked() == 2

    def test_an_old_token_lives_as_long_as_its_key_is_published(self, realm):
        old = realm.mint()
        realm.verifier.verify(old)
        realm.provider.rotate(keep=True)
        realm.verifier.verify(realm.mint())
        assert realm.verifier.verify(old)
        assert realm.verifier.known(old)

    def test_an_old_token_is_refused_once_the_set_is_read_without_its_key(self, realm):
        old = realm.mint()
        realm.verifier.verify(old)
        realm.provider.rotate()
        assert realm.verifier.known(old)  # nobody has looked yet
        realm.verifier.verify(realm.mint())
        for _ in range(3):
            with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
                realm.verifier.verify(old)
            with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
                realm.verifier.known(old)
        assert realm.asked() == 2

    def test_the_same_by_age_alone(self, realm):
        old = realm.mint()
        realm.verifier.verify(old)
        realm.provider.rotate()
        realm.monotonic.time += 301
        with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
            realm.verifier.verify(old)

    def test_a_set_that_cannot_be_read_refuses_nobody(self, realm):
        old = realm.mint()
        realm.verifier.verify(old)
        realm.provider.troubles = [changed(lambda _: {"keys": []})]
        realm.monotonic.time += 301
        assert realm.verifier.verify(old)


class TestUnknownKeys:
    def test_they_cost_one_question_in_ten_seconds(self, realm):
        realm.verifier.verify(realm.mint())
        stranger = realm.mint(key=RealmKey.made("stranger", "ES256"))
        for _ in range(5):
            with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
                realm.verifier.verify(stranger)
        assert realm.asked() == 2
        with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
            realm.verifier.known(stranger)
        realm.monotonic.time += 11
        assert realm.verifier.known(stranger) is None
        with pytest.raises(NotAuthenticated):
            realm.verifier.verify(stranger)
        assert realm.asked() == 3

    def test_a_known_key_is_not_asked_for_because_a_signature_does_not_fit(self, realm):
        realm.verifier.verify(realm.mint())
        forged = realm.mint(key=RealmKey.made(realm.provider.key.kid, "ES256"))
        with pytest.raises(NotAuthenticated, match="does not fit"):
            realm.verifier.verify(forged)
        assert realm.asked() == 1

    def test_where_nobody_can_be_asked_nothing_is_known_of_them(self, realm):
        realm.verifier.verify(realm.mint())
        known = realm.mint()
        realm.provider.rotate()
        down(realm)
        for _ in range(3):
            assert realm.verifier.known(realm.mint()) is None
            with pytest.raises(errors.ServerFault):
                realm.verifier.verify(realm.mint())
        assert realm.asked() == 2
        assert realm.verifier.known(known)
        realm.monotonic.time += 11
        up(realm)
        assert realm.verifier.verify(realm.mint())


class TestWithoutAName:
    def test_the_only_key_is_meant(self, realm):
        assert realm.verifier.verify(realm.mint(headers={"kid": None}))
        assert realm.verifier.known(realm.mint(headers={"kid": ""}))

    def test_after_a_rotation_it_is_asked_for(self, realm):
        realm.verifier.verify(realm.mint())
        realm.provider.rotate()
        assert realm.verifier.known(realm.mint(headers={"kid": None})) is None
        assert realm.verifier.verify(realm.mint(headers={"kid": None}))

    def test_among_several_none_is_meant(self, realm):
        realm.provider.rotate(keep=True)
        with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
            realm.verifier.verify(realm.mint(headers={"kid": None}))

    def test_keys_without_names_are_for_nobody_where_there_are_several(self, realm):
        nameless = [{**RealmKey.made("x", "ES256").published(), "kid": None} for _ in range(2)]
        realm.provider.more_keys = nameless
        with pytest.raises(NotAuthenticated, match=UNPUBLISHED):
            realm.verifier.verify(realm.mint(headers={"kid": None}))


def test_two_keys_of_one_name_are_both_tried(realm):
    double = RealmKey.made(realm.provider.key.kid, "ES256")
    other_kind = RealmKey.made(realm.provider.key.kid, "EdDSA")
    realm.provider.more_keys = [double.published(), other_kind.published()]
    assert all(realm.verifier.verify(realm.mint(key=key)) for key in (None, double, other_kind))
    with pytest.raises(NotAuthenticated, match="does not fit"):
        realm.verifier.verify(realm.mint(key=RealmKey.made(double.kid, "ES256")))


def test_junk_beside_the_keys_is_no_harm(realm):
    realm.provider.more_keys = [None, 7, {"kid": realm.provider.key.kid}, {"kty": "oct", "k": "eA"}, [[]]]
    assert realm.verifier.verify(realm.mint())


class TestTrouble:
    def test_without_any_keys_it_is_an_error_that_passes(self, realm):
        down(realm)
        token = realm.mint()
        for _ in range(3):
            assert realm.verifier.known(token) is None
            with pytest.raises(errors.ServerFault, match=r"B keys.fetch failed on the server \(503\).*maintenance"):
                realm.verifier.verify(token)
        assert realm.asked() == 1
        up(realm)
        with pytest.raises(errors.ServerFault):  # asked for just now
            realm.verifier.verify(token)
        realm.monotonic.time += 11
        assert realm.verifier.verify(token)

    def test_known_keys_are_used_for_an_hour(self, realm):
        token = realm.mint(exp=realm.now.time + 9_000)
        realm.verifier.verify(token)
        down(realm)
        realm.monotonic.time += 3_500
        assert realm.verifier.verify(token)
        assert realm.verifier.known(token)  # as asking is no use now
        realm.monotonic.time += 20
        assert realm.verifier.known(token) is None
        assert realm.verifier.verify(token)
        realm.monotonic.time += 81
        assert realm.verifier.known(token) is None
        with pytest.raises(errors.ServerFault):
            realm.verifier.verify(token)
        up(realm)
        realm.monotonic.time += 11
        assert realm.verifier.verify(token)

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (replaced(200, "<html>", "text/html"), errors.UnexpectedShape),
            (replaced(200, '{"keys": []}'), errors.UnexpectedShape),
            (replaced(404, '{"error": "Realm does not exist"}'), errors.NotFound),
            (replaced(400, '{"error": "?"}'), errors.Invalid),
            (replaced(200, b" " * 9 * 2**20), errors.OversizedAnswer),
            (replaced(200, b" " * 2**20), errors.UnexpectedShape),
        ],
    )
    def test_whatever_goes_wrong_is_an_error_of_the_tree_each_time(self, realm, answer, kind):
        realm.provider.troubles = [answer]
        for _ in range(2):
            with pytest.raises(kind):
                realm.verifier.verify(realm.mint())

    def test_an_error_that_is_told_again_names_host_and_cause(self):
        def server(request):
            raise httpx.ConnectError("no route", request=request)

        realm = opened(transport=httpx.MockTransport(server))
        for _ in range(2):
            with pytest.raises(errors.Unreachable, match=r"^B at sso\.example\.org is unreachable: no route$"):
                realm.verifier.verify(realm.mint())


class Slow(httpx.BaseTransport):
    """Holds answers back until it is let go."""

    def __init__(self):
        self.inner: httpx.BaseTransport | None = None
        self.arrived, self.go = threading.Event(), threading.Event()

    def handle_request(self, request):
        self.arrived.set()
        assert self.go.wait(10)
        assert self.inner is not None
        return self.inner.handle_request(request)


@pytest.fixture
def slow():
    """A realm whose answers are held back, once it has given its keys."""
    transport = Slow()
    realm = opened(transport=transport)
    transport.inner = httpx.WSGITransport(app=realm.provider)
    transport.go.set()
    realm.verifier.verify(realm.mint())
    transport.go.clear()
    transport.arrived.clear()
    return realm, transport


def outcome(ask, token):
    try:
        return ask(token)
    except (NotAuthenticated, errors.PlaneError) as error:
        return type(error)


def test_twenty_threads_with_an_unknown_key_ask_once(slow):
    realm, transport = slow
    realm.provider.rotate()
    tokens = [realm.mint(jti=str(number)) for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(realm.verifier.verify, token) for token in tokens]
        assert transport.arrived.wait(10)
        assert all(realm.verifier.known(token) is None for token in tokens)  # and does not wait
        transport.go.set()
        assert {answer.result(10).name for answer in answers} == {"mkeller"}
    assert realm.asked() == 2


def test_twenty_threads_ask_once_in_vain(slow):
    realm, transport = slow
    realm.provider.rotate()
    down(realm)
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(outcome, realm.verifier.verify, realm.mint()) for _ in range(20)]
        transport.go.set()
        assert {answer.result(10) for answer in answers} == {errors.ServerFault}
    assert realm.asked() == 2


def test_while_one_asks_anew_the_others_use_what_they_have(slow):
    realm, transport = slow
    token = realm.mint()
    realm.monotonic.time += 301
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(realm.verifier.verify, token)
        assert transport.arrived.wait(10)
        assert realm.verifier.known(token)
        assert realm.verifier.verify(token)
        transport.go.set()
        assert first.result(10)
    assert realm.asked() == 2


def test_twenty_threads_at_the_very_beginning_ask_once():
    realm = opened()
    realm.provider.latency = 0.1
    tokens = [realm.mint() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(realm.verifier.verify, tokens))
    assert realm.asked() == 1


def test_no_token_is_sent_to_the_identity_provider():
    heads = []

    def server(request):
        heads.append(request.headers)
        return httpx.Response(200, json={"keys": []})

    realm = opened(transport=httpx.MockTransport(server), issuer="https://user:pass@sso.example.org/realms/api")
    with pytest.raises(errors.PlaneError):
        realm.verifier.verify(realm.mint())
    assert "authorization" not in heads[0]


@pytest.mark.parametrize("issuer", ["https://id.example.org/realms/api", "https://id.example.org/realms/api/"])
def test_the_keys_stand_below_the_issuer_whatever_its_realm_is_called(issuer):
    asked = []

    def server(request):
        asked.append(str(request.url))
        return httpx.Response(503)

    realm = opened(transport=httpx.MockTransport(server), issuer=issuer)
    with pytest.raises(errors.ServerFault):
        realm.verifier.verify(realm.mint())
    assert asked == ["https://id.example.org/realms/api/protocol/openid-connect/certs"]


def test_nothing_that_is_kept_shows_a_token(realm):
    token = realm.mint()
    realm.verifier.verify(token)
    shown = repr(vars(realm.verifier)) + repr(vars(realm.verifier._keys))  # noqa: SLF001 - as a debugger shows it
    assert token not in shown
    assert token.split(".")[2] not in shown
