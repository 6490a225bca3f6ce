"""Which tokens let whom in."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fuzz.json_like import anything, encoded, texts
from tests.unit.oidc.realm import CLIENT, NOW, opened

from federation_adapters.oidc.tokens import MOST_CHARACTERS, TokenRules, caller_of, head_of
from federation_adapters.sandbox.identity_provider import RealmKey
from federation_core.domain.callers import UNKNOWN_CALLER, Caller, CallerError, NotAuthenticated, NotPermitted
from federation_core.domain.errors import PlaneError

STRANGER = "a-name-nobody-may-see"
RULES = TokenRules("https://sso.example.org/realms/hpc", CLIENT, CLIENT)


@pytest.fixture(scope="module")
def realm():
    """One realm for tests that leave it as it was; its keys are known."""
    found = opened("RS256")
    found.verifier.verify(found.mint())
    return found


def packed(*parts):
    """Parts of a token, as they travel."""
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def body_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def refused(realm, token, kind, words):
    """Both ways of asking refuse alike, and nobody is told anything of the token."""
    with pytest.raises(kind, match=words) as verified:
        realm.verifier.verify(token)
    with pytest.raises(kind, match=words) as known:
        realm.verifier.known(token)
    assert type(verified.value) is type(known.value)
    assert str(verified.value) == str(known.value)
    assert STRANGER not in str(verified.value) + repr(verified.value)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384", "ES512", "EdDSA"])
def test_a_token_of_the_realm_lets_its_caller_in(algorithm):
    realm = opened(algorithm)
    token = realm.mint(realm_access={"roles": ["reader"]})
    assert realm.verifier.known(token) is None
    assert realm.verifier.verify(token) == Caller("mkeller", frozenset({"reader"}))
    assert realm.verifier.known(token) == Caller("mkeller", frozenset({"reader"}))
    assert realm.asked() == 1


@pytest.mark.parametrize(
    ("claims", "kind", "words"),
    [
        ({"exp": NOW - 30}, NotAuthenticated, "has expired"),
        ({"exp": -(10**300)}, NotAuthenticated, "has expired"),
        ({"exp": None}, NotAuthenticated, "does not say when it expires"),
        ({"exp": "2100-01-01"}, NotAuthenticated, "malformed"),
        ({"exp": True}, NotAuthenticated, "malformed"),
        ({"exp": float("nan")}, NotAuthenticated, "malformed"),
        ({"exp": float("inf")}, NotAuthenticated, "malformed"),
        ({"exp": 10**400}, NotAuthenticated, "malformed"),
        ({"nbf": NOW + 31}, NotAuthenticated, "not valid yet"),
        ({"nbf": [STRANGER]}, NotAuthenticated, "malformed"),
        ({"iat": NOW + 31}, NotAuthenticated, "not valid yet"),
        ({"iss": f"https://{STRANGER}.example.org"}, NotAuthenticated, "another issuer's"),
        ({"iss": "https://sso.example.org/realms/hpc/"}, NotAuthenticated, "another issuer's"),
        ({"iss": ["https://sso.example.org/realms/hpc"]}, NotAuthenticated, "another issuer's"),
        ({"iss": None}, NotAuthenticated, "another issuer's"),
        ({"typ": "ID"}, NotAuthenticated, "no access token"),
        ({"typ": "Logout"}, NotAuthenticated, "no access token"),
        ({"typ": [STRANGER]}, NotAuthenticated, "no access token"),
        ({"aud": STRANGER}, NotPermitted, "somebody else's service"),
        ({"aud": ["account"]}, NotPermitted, "somebody else's service"),
        ({"aud": None}, NotPermitted, "somebody else's service"),
        ({"aud": {CLIENT: 1}}, NotPermitted, "somebody else's service"),
        ({"aud": [[CLIENT]]}, NotPermitted, "somebody else's service"),
        ({"aud": f"not-{CLIENT}"}, NotPermitted, "somebody else's service"),
    ],
    ids=str,
)
def test_what_a_token_has_to_say(realm, claims, kind, words):
    refused(realm, realm.mint(sub=STRANGER, preferred_username=STRANGER, **claims), kind, words)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 29},
        {"exp": NOW - 29.5},
        {"nbf": NOW + 29},
        {"iat": NOW + 29},
        {"iat": None},
        {"typ": None},
        {"typ": "bearer"},
        {"aud": CLIENT},
        {"aud": [7, CLIENT]},
    ],
    ids=str,
)
def test_what_is_still_enough(realm, claims):
    assert realm.verifier.known(realm.mint(**claims)) is not None


def test_a_leeway_may_be_another():
    realm = opened(leeway=0)
    with pytest.raises(NotAuthenticated, match="has expired"):
        realm.verifier.verify(realm.mint(exp=NOW))


class TestForgeries:
    def test_a_key_of_ones_own_under_a_known_name(self, realm):
        own = RealmKey.made(realm.provider.key.kid, "RS256")
        refused(realm, realm.mint(key=own), NotAuthenticated, "signature does not fit")

    def test_claims_that_were_changed(self, realm):
        head, _, signature = realm.mint().split(".")
        claims = encoded({**body_of(realm.mint()), "preferred_username": "admin"})
        refused(realm, f"{head}.{packed(claims)}.{signature}", NotAuthenticated, "signature does not fit")

    def test_a_signature_of_another_token(self, realm):
        first, second = realm.mint().split("."), realm.mint(jti="another").split(".")
        refused(realm, ".".join((*first[:2], second[2])), NotAuthenticated, "signature does not fit")

    @pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS256", "HS384", "HS512", "ES256K", "RSA-OAEP"])
    def test_no_way_of_signing_that_is_not_accepted(self, realm, algorithm):
        head = encoded({"alg": algorithm, "kid": realm.provider.key.kid, "typ": "JWT"})
        token = packed(head, encoded(body_of(realm.mint())), b"signature")
        refused(realm, token, NotAuthenticated, "in a way that is not accepted")

    def test_no_token_without_a_signature(self, realm):
        head = encoded({"alg": "none", "kid": realm.provider.key.kid})
        refused(realm, packed(head, encoded(body_of(realm.mint())), b""), NotAuthenticated, "malformed")

    @pytest.mark.parametrize("form", ["PEM", "DER", "JWK"])
    def test_the_public_key_is_no_shared_secret(self, realm, form):
        head = encoded({"alg": "HS256", "kid": realm.provider.key.kid, "typ": "JWT"})
        signed = packed(head, encoded(body_of(realm.mint())))
        digest = hmac.new(public_bytes(realm.provider.key, form), signed.encode(), hashlib.sha256).digest()
        refused(realm, f"{signed}.{packed(digest)}", NotAuthenticated, "in a way that is not accepted")

    @pytest.mark.parametrize("algorithm", ["RS384", "PS256", "ES256", "EdDSA"])
    def test_a_key_is_for_its_own_algorithm_alone(self, realm, algorithm):
        kid = realm.provider.key.kid
        own = RealmKey(kid, algorithm, realm.provider.key.private)
        if algorithm in {"ES256", "EdDSA"}:
            own = RealmKey.made(kid, algorithm)
        refused(realm, realm.mint(key=own), NotAuthenticated, "signature does not fit")

    @pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
    def test_a_token_cannot_bring_its_key_along(self, realm, name):
        own = RealmKey.made("mine", "RS256")
        value = own.published() if name == "jwk" else "https://elsewhere.example.org/keys"
        token = realm.mint(key=own, headers={name: value})
        with pytest.raises(NotAuthenticated, match="a key that its issuer does not publish"):
            realm.verifier.verify(token)
        assert {one.path for one in realm.provider.asked} == {"/realms/hpc/protocol/openid-connect/certs"}

    @pytest.mark.parametrize("headers", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
    def test_no_extension_is_understood(self, realm, headers):
        refused(realm, realm.mint(headers=headers), NotAuthenticated, "in a way that is not accepted")

    @pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", 7])
    def test_a_head_may_say_that_it_is_something_else(self, realm, kind):
        refused(realm, realm.mint(headers={"typ": kind}), NotAuthenticated, "no access token")

    @pytest.mark.parametrize("kind", [None, "jwt", "at+jwt"])
    def test_a_head_may_say_that_it_is_what_it_is(self, realm, kind):
        assert realm.verifier.known(realm.mint(headers={"typ": kind})) is not None


def public_bytes(key, form):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if form == "JWK":
        return encoded(key.published())
    return key.private.public_key().public_bytes(getattr(Encoding, form), PublicFormat.SubjectPublicKeyInfo)


MALFORMED = {
    "empty": "",
    "a blank": " ",
    "words": STRANGER,
    "two parts": "e30.e30",
    "four parts": "e30.e30.e30.e30",
    "empty parts": "..",
    "padding": "e30=.e30=.e30=",
    "letters of another alphabet": "\u0435ee.e30.e30",
    "half a letter": "\ud800.e30.e30",
    "a line break": "e30.e30.e30\n",
    "no base64": "a.b.c",
    "no JSON": packed(b"{", b"{}", b"x"),
    "no object": packed(b"[]", b"{}", b"x"),
    "no algorithm": packed(b'{"kid": "x"}', b"{}", b"x"),
    "an algorithm that is no text": packed(b'{"alg": ["RS256"]}', b"{}", b"x"),
    "a key that is no text": packed(b'{"alg": "RS256", "kid": {}}', b"{}", b"x"),
    "deep": packed(b"[" * 9_000, b"{}", b"x"),
    "a long number": packed(b'{"alg": ' + b"9" * 6_000 + b"}", b"{}", b"x"),
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_token_is_told_as_such_and_asks_nobody(token):
    realm = opened()
    refused(realm, token, NotAuthenticated, r"^The token is malformed\.$")
    assert realm.asked() == 0


def test_a_long_token_is_not_looked_at():
    realm = opened()
    refused(realm, "e" * (MOST_CHARACTERS + 1), NotAuthenticated, "longer than any")
    refused(realm, realm.mint(padding="x" * MOST_CHARACTERS), NotAuthenticated, "longer than any")
    assert realm.asked() == 0


@pytest.mark.parametrize("payload", [b"[]", b"{", b"null", b"", b'{"exp": 1', b"[" * 9_000, b"\xff\xfe", b"{}"])
def test_the_issuer_itself_may_sign_what_is_no_claims(realm, payload):
    import jwt

    key = realm.provider.key
    token = jwt.PyJWS().encode(payload, key.private, "RS256", {"kid": key.kid})
    refused(realm, token, NotAuthenticated, "malformed")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ada", "sub": "7"}, "ada"),
        ({"sub": "7"}, "7"),
        ({}, UNKNOWN_CALLER),
        ({"preferred_username": "", "sub": "7"}, "7"),
        ({"preferred_username": " \n", "sub": ["7"]}, UNKNOWN_CALLER),
        ({"preferred_username": {"a": 1}, "sub": 7}, UNKNOWN_CALLER),
        ({"preferred_username": "ada\nINFO all is well\x1b[2J"}, "ada INFO all is well [2J"),
        ({"preferred_username": "\ud800ada"}, "ada"),
        ({"preferred_username": "x" * 5_000}, "x" * 100),
    ],
)
def test_a_caller_has_a_name_that_a_log_can_show(claims, name):
    assert caller_of({"exp": NOW, "iss": RULES.issuer, "aud": CLIENT, **claims}, RULES, NOW).name == name


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"realm_access": {"roles": ["a"]}, "resource_access": {CLIENT: {"roles": ["b"]}}, "roles": ["c", "a"]}, "abc"),
        ({"resource_access": {"another": {"roles": ["a"]}}}, ""),
        ({"realm_access": ["a"], "resource_access": {CLIENT: ["b"]}, "roles": "c"}, ""),
        ({"realm_access": {"roles": {"a": 1}}, "resource_access": [CLIENT], "roles": {"roles": ["c"]}}, ""),
        ({"realm_access": {"roles": [1, None, ["a"], "b"]}, "resource_access": None, "roles": None}, "b"),
        ({"resource_access": {CLIENT: {"roles": None}}}, ""),
    ],
)
def test_roles_are_those_of_the_realm_and_of_the_client(claims, roles):
    found = caller_of({"exp": NOW, "iss": RULES.issuer, "aud": CLIENT, **claims}, RULES, NOW).roles
    assert found == frozenset(roles)


@pytest.mark.parametrize(
    ("roles", "is_in"), [([], False), (["other"], False), (["reader"], True), (["writer", "other"], True)]
)
def test_one_of_the_roles_is_needed(roles, is_in):
    realm = opened(required_roles=frozenset({"reader", "writer"}))
    token = realm.mint(resource_access={CLIENT: {"roles": roles}}, roles=[STRANGER])
    if is_in:
        assert realm.verifier.verify(token).roles == frozenset({*roles, STRANGER})
    else:
        assert realm.verifier.known(token) is None
        with pytest.raises(NotPermitted, match="none of the roles that may do this: reader, writer"):
            realm.verifier.verify(token)
        refused(realm, token, NotPermitted, "none of the roles")


@pytest.mark.parametrize("missing", ["issuer", "audience"])
def test_no_rules_without_an_issuer_or_an_audience(missing):
    with pytest.raises(ValueError, match=missing):
        opened(**{missing: ""})


SEGMENTS = (anything | st.dictionaries(st.sampled_from(["alg", "kid", "typ"]), texts)).map(encoded) | st.binary()
FUZZ = opened("RS256")


@given(st.text() | st.lists(SEGMENTS, min_size=3, max_size=3).map(lambda parts: packed(*parts)))
@example(packed(encoded({"alg": "ES256", "kid": "hpc-key-1"}), b"{}", b"x" * 63))
@example(packed(encoded({"alg": "RS256", "kid": "hpc-key-1"}), b"{}", b"x"))
@example("eyJhbGciOiJub25lIn0.e30.")
def test_whatever_comes_is_no_token_and_never_a_fault(token):
    for ask in (FUZZ.verifier.known, FUZZ.verifier.verify):
        try:
            found = ask(token)
        except (CallerError, PlaneError):
            continue
        assert found is None


@given(anything | st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "iss", "aud", "typ", "roles"]), anything))
def test_whatever_an_issuer_signs_is_a_caller_or_none(claims):
    given_claims = claims if isinstance(claims, dict) else {"exp": claims}
    for base in ({}, {"exp": NOW}, {"exp": NOW, "iss": RULES.issuer, "aud": CLIENT}):
        try:
            caller = caller_of({**base, **given_claims}, RULES, NOW)
        except CallerError:
            continue
        assert caller.name.isprintable()
        assert len(caller.name) <= 100


def test_a_head_is_read_without_a_key():
    assert head_of(packed(b'{"alg": "RS256"}', b"{}", b"x")).kid == ""
