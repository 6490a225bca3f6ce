"""Which keys of a published set tokens are judged by."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.json_like import anything

from federation_adapters.http.answers import Answer
from federation_adapters.oidc.keys import ALGORITHMS, MOST_BYTES, MOST_KEYS, keys_of
from federation_adapters.sandbox.identity_provider import RealmKey
from federation_core.domain.errors import UnexpectedShape

GOOD = {algorithm: RealmKey.made(algorithm, algorithm).published() for algorithm in ("RS256", "ES256", "EdDSA")}
RSA, EC, ED = GOOD.values()


def answer(*keys, body=None):
    return Answer(200, {}, json.dumps({"keys": keys} if body is None else body).encode())


def read(*keys):
    return keys_of(answer(*keys), "keys.fetch").keys


def jwk_of(private, algorithm):
    return json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key()))


def without(key, *names):
    return {name: value for name, value in key.items() if name not in names}


def test_no_algorithm_with_a_shared_secret_is_known():
    assert not {name for name in ALGORITHMS if name.startswith("HS") or name == "none"}
    assert set(jwt.PyJWS().get_algorithms()) >= ALGORITHMS


@pytest.mark.parametrize("given_key", GOOD.values(), ids=GOOD)
def test_a_key_is_for_the_algorithm_that_it_names_or_for_all_that_fit(given_key):
    (key,) = read(given_key)
    assert (key.kid, key.algorithms) == (given_key["alg"], {given_key["alg"]})
    (free,) = read(without(given_key, "alg"))
    assert free.algorithms > key.algorithms if given_key is RSA else free.algorithms == key.algorithms
    assert "n=" not in repr(key)


def test_names_are_not_needed():
    assert read(without(RSA, "kid", "use"), {**EC, "kid": 7})[0].kid == ""


JUNK = {
    "no object": 7,
    "nothing": {},
    "for encryption": {**RSA, "use": "enc"},
    "of no use": {**RSA, "use": None},
    "for signing alone": {**RSA, "key_ops": ["sign"]},
    "operations that are no list": {**RSA, "key_ops": "verify"},
    "an algorithm of encryption": {**RSA, "alg": "RSA-OAEP"},
    "an algorithm of another kind": {**RSA, "alg": "ES256"},
    "an algorithm of another curve": {**EC, "alg": "ES384"},
    "an algorithm that is no text": {**RSA, "alg": ["RS256"]},
    "an algorithm with a shared secret": {**RSA, "alg": "HS256"},
    "a shared secret": {"kty": "oct", "kid": "RS256", "k": "bm90LWEtcmVhbC1zZWNyZXQ", "alg": "HS256", "use": "sig"},
    "no kind": without(RSA, "kty"),
    "a kind that is no text": {**RSA, "kty": ["RSA"]},
    "another kind": {**RSA, "kty": "PQC"},
    "RSA on a curve": {**RSA, "crv": "P-256"},
    "no modulus": without(RSA, "n"),
    "a modulus that is no text": {**RSA, "n": 7},
    "a modulus that is no base64": {**RSA, "n": "ä"},
    "an exponent of nothing": {**RSA, "e": ""},
    "an even exponent": {**RSA, "e": "Ag"},
    "a short modulus": jwk_of(rsa.generate_private_key(65537, 1024), "RS256"),  # noqa: S505 - as an old realm may have
    "no point": {**EC, "x": EC["y"]},
    "half a point": without(EC, "y"),
    "another curve": {**EC, "crv": "P-384", "alg": "ES384"},
    "a curve of coins": jwk_of(ec.generate_private_key(ec.SECP256K1()), "ES256K"),
    "a curve that is no text": {**EC, "crv": {}},
    "Ed448": jwk_of(ed448.Ed448PrivateKey.generate(), "EdDSA"),
    "a short point": {**ED, "x": "AA"},
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_what_is_of_no_use_is_passed_over(junk):
    assert [key.kid for key in read(junk, ED)] == ["EdDSA"]
    with pytest.raises(UnexpectedShape, match="without a key for signatures"):
        read(junk)


def test_a_private_part_is_not_read():
    private = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(ec.generate_private_key(ec.SECP256R1())))
    (key,) = read(private)
    assert "Private" not in type(key.public).__name__


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "no list 'keys'"),
        ({}, "no list 'keys'"),
        ({"keys": {"RS256": {}}}, "no list 'keys'"),
        ({"keys": []}, "without a key"),
        ({"keys": [{}] * (MOST_KEYS + 1)}, "more than 100 keys"),
        ({"keys": ["x" * MOST_BYTES]}, "more than 524288 bytes"),
    ],
    ids=["list", "empty", "object", "no keys", "many", "long"],
)
def test_what_is_no_key_set_is_an_error(body, words):
    with pytest.raises(UnexpectedShape, match=words):
        keys_of(answer(body=body), "keys.fetch")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_an_error(body):
    with pytest.raises(UnexpectedShape, match="not JSON"):
        keys_of(Answer(200, {}, body), "keys.fetch")


members = st.sampled_from(["kty", "crv", "alg", "use", "key_ops", "kid", "n", "e", "x", "y"])


@given(st.sampled_from([RSA, EC, ED]), st.dictionaries(members, anything, max_size=3), anything)
def test_whatever_is_published_is_keys_or_one_error(base, changes, more):
    for keys in ([{**base, **changes}, more], more):
        try:
            found = keys_of(answer(body={"keys": keys}), "keys.fetch")
        except UnexpectedShape:
            continue
        assert all(key.algorithms <= ALGORITHMS for key in found.keys)
