"""From a published key set (JWKS, RFC 7517) to keys by which tokens are judged; what is of no use for that is passed over.

| a key | is passed over where |
| --- | --- |
| any | it is no object, is not for signatures (`use`, `key_ops`), or its `alg` does not fit it |
| `RSA` | it is shorter than 2048 bits, or longer than 8192 |
| `EC` | its curve is none of P-256, P-384, P-521 |
| `OKP` | its curve is not Ed25519 |
| `oct`, others | always: who can verify with a shared secret can also sign |
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs
import jwt

from federation_adapters.http.answers import Answer
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import Side

MOST_KEYS = 100
"""A set of more is none that an identity provider has."""

MOST_BYTES = 512 * 1024
RSA_BITS = range(2048, 8192 + 1)

FITTING: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("RSA", ""): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        ("EC", "P-256"): ("ES256",),
        ("EC", "P-384"): ("ES384",),
        ("EC", "P-521"): ("ES512",),
        ("OKP", "Ed25519"): ("EdDSA",),
    }
)
"""Kind and curve of a key -> the algorithms that it can be used with."""

ALGORITHMS = frozenset(name for names in FITTING.values() for name in names)

_PUBLIC = ("kty", "crv", "n", "e", "x", "y")
"""What is read of a key; a private part that somebody published is not."""


@attrs.frozen
class Key:
    """A public key.

    Attributes:
        kid: its name in the set; empty for none.
        algorithms: those that a token may be signed with by it.
        public: the key itself, as PyJWT takes it.
    """

    kid: str
    algorithms: frozenset[str]
    public: Any = attrs.field(repr=False)


@attrs.frozen(eq=False)
class KeySet:
    """All keys that an identity provider signs with; two readings are two sets, whatever is in them."""

    keys: tuple[Key, ...]

    def named(self, kid: str) -> tuple[Key, ...]:
        """The keys of this name; where a token names none, the only key of the set (OpenID Connect Core 1.0, 10.1)."""
        if kid:
            return tuple(key for key in self.keys if key.kid == kid)
        return self.keys if len(self.keys) == 1 else ()


def keys_of(answer: Answer, operation: str) -> KeySet:
    """The keys in an identity provider's answer.

    Raises:
        UnexpectedShape: it is no key set, or none with a key that a token can be judged by.
    """
    found = tuple(key for given in _listed(answer, operation) if (key := _key(given)) is not None)
    if not found:
        raise UnexpectedShape(Side.B, operation, "a key set without a key for signatures", answer.status)
    return KeySet(found)


def _listed(answer: Answer, operation: str) -> list[Any]:
    if len(answer.body) > MOST_BYTES:
        raise UnexpectedShape(Side.B, operation, f"a key set of more than {MOST_BYTES} bytes", answer.status)
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise UnexpectedShape(Side.B, operation, "an answer that is not JSON", answer.status) from None
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list):
        raise UnexpectedShape(Side.B, operation, "no list 'keys' in the answer", answer.status)
    if len(keys) > MOST_KEYS:
        raise UnexpectedShape(Side.B, operation, f"a key set of more than {MOST_KEYS} keys", answer.status)
    return keys


def _key(given: object) -> Key | None:
    """The key that *given* is; None for one to pass over."""
    if not isinstance(given, dict) or not _is_for_signatures(given):
        return None
    algorithms = _algorithms(given)
    public = _public(given, algorithms[0]) if algorithms else None
    if public is None:
        return None
    kid = given.get("kid")
    return Key(kid if isinstance(kid, str) else "", frozenset(algorithms), public)


def _is_for_signatures(given: Mapping[str, Any]) -> bool:
    operations = given.get("key_ops", ["verify"])
    return given.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _algorithms(given: Mapping[str, Any]) -> tuple[str, ...]:
    """What the key can be used with: the one that it says, or all that fit."""
    kind, curve, named = given.get("kty"), given.get("crv", ""), given.get("alg")
    if not isinstance(kind, str) or not isinstance(curve, str):
        return ()
    fitting = FITTING.get((kind, curve), ())
    return fitting if named is None else tuple(name for name in fitting if name == named)


def _public(given: Mapping[str, Any], algorithm: str) -> Any:  # noqa: ANN401 - one class for each kind of key
    """The key as PyJWT takes it; None where its numbers are no key, or a weak one."""
    try:
        public = jwt.PyJWK({name: given[name] for name in _PUBLIC if name in given}, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    is_sound = given["kty"] != "RSA" or public.key_size in RSA_BITS
    return public if is_sound else None
