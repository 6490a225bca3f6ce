"""What a bearer token says, and whether that is enough; texts never repeat anything of the token.

| a token | is |
| --- | --- |
| that is too long, malformed, no access token, or signed by a way that is not accepted | not authenticated |
| signed by a key that the issuer does not publish | not authenticated, as `UnknownKey`: the set may have changed |
| whose signature does not fit | not authenticated |
| that has expired, is not valid yet, or does not say when it expires | not authenticated |
| of another issuer | not authenticated |
| for somebody else's service, or without a role that is needed | not permitted |

Roles stand where Keycloak writes them: `realm_access.roles`, `resource_access.CLIENT.roles`, and `roles`.
"""

import base64
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import jwt

from federation_adapters.http.answers import fields_of
from federation_adapters.oidc.keys import ALGORITHMS, Key, KeySet
from federation_core.domain.callers import UNKNOWN_CALLER, Caller, NotAuthenticated, NotPermitted, require_roles
from federation_core.domain.words import printable

MOST_CHARACTERS = 16 * 1024
"""A longer token is not looked at."""

MOST_OF_NAME = 100
LEEWAY = 30.0
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEAD_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_TYPE = "bearer"
_WAYS = {name: jwt.get_algorithm_by_name(name) for name in sorted(ALGORITHMS)}

_MALFORMED = "The token is malformed."
_WAY = "The token is signed in a way that is not accepted."
_OTHER_USE = "The token is no access token."

Claims = Mapping[str, Any]


class UnknownKey(NotAuthenticated):
    """The key that a token is signed with is not among those that were read."""


@attrs.frozen
class TokenRules:
    """What a token has to show.

    Attributes:
        issuer: exactly as the identity provider writes it, such as ``https://sso.example.org/realms/hpc``; what it publishes is
            found below this address.
        audience: a token names it among those that it is for.
        client_id: whose roles count, beside those of the realm.
        required_roles: of which everybody needs one; empty for none.
        leeway: seconds that clocks may differ.
    """

    issuer: str = attrs.field(validator=attrs.validators.min_len(1))
    audience: str = attrs.field(validator=attrs.validators.min_len(1))
    client_id: str
    required_roles: frozenset[str] = frozenset()
    leeway: float = LEEWAY


@attrs.frozen
class Head:
    """What a token says of its signature, before anything is proven.

    Attributes:
        kid: the key; empty where none is named.
    """

    algorithm: str
    kid: str


def head_of(token: str) -> Head:
    """Read a token's head.

    Raises:
        NotAuthenticated: it cannot be a token that anybody would accept here.
    """
    if len(token) > MOST_CHARACTERS:
        raise NotAuthenticated("The token is longer than any that is expected.")
    head = fields_of(_decoded(token.partition(".")[0])) if _COMPACT.fullmatch(token) else {}
    kid, algorithm = head.get("kid", ""), head.get("alg")
    if not isinstance(kid, str) or not isinstance(algorithm, str):
        raise NotAuthenticated(_MALFORMED)
    if algorithm not in ALGORITHMS or "crit" in head or "b64" in head:
        raise NotAuthenticated(_WAY)
    if str(head.get("typ", "JWT")).lower() not in _HEAD_TYPES:
        raise NotAuthenticated(_OTHER_USE)
    return Head(algorithm, kid)


def claims_of(token: str, head: Head, keys: KeySet) -> Claims:
    """What the issuer says by *token*, once it is proven that it does.

    Raises:
        UnknownKey: none of *keys* is the one.
        NotAuthenticated: the signature does not fit, or what is signed is no claims.
    """
    signed, _, signature = token.rpartition(".")
    candidates = keys.named(head.kid)
    if not any(_has_signed(key, head.algorithm, signed.encode(), _decoded(signature)) for key in candidates):
        if head.kid and candidates:
            raise NotAuthenticated("The token's signature does not fit.")
        raise UnknownKey("The token is signed with a key that its issuer does not publish.")
    claims = fields_of(_decoded(signed.partition(".")[2]))
    if not claims:
        raise NotAuthenticated(_MALFORMED)
    return claims


def _has_signed(key: Key, algorithm: str, signed: bytes, signature: bytes) -> bool:
    """Whether *signature* is this key's, by an algorithm that the key is for."""
    return algorithm in key.algorithms and _WAYS[algorithm].verify(signed, key.public, signature)


def caller_of(claims: Claims, rules: TokenRules, now: float) -> Caller:
    """Who may come in with these claims, at *now* in seconds since 1970.

    Raises:
        NotAuthenticated: they are not valid now, or were not meant to be shown here.
        NotPermitted: they are valid, and not enough.
    """
    _require_time(claims, rules.leeway, now)
    if claims.get("iss") != rules.issuer:
        raise NotAuthenticated("The token is another issuer's.")
    # Keycloak signs identity tokens by the same key, and their audience is the client.
    if str(claims.get("typ", _TYPE)).lower() != _TYPE:
        raise NotAuthenticated(_OTHER_USE)
    audience = claims.get("aud")
    if rules.audience not in _texts([audience] if isinstance(audience, str) else audience):
        raise NotPermitted("The token is for somebody else's service.")
    caller = Caller(_name(claims), frozenset(_roles(claims, rules.client_id)))
    require_roles(caller, rules.required_roles)
    return caller


def _require_time(claims: Claims, leeway: float, now: float) -> None:
    if "exp" not in claims:
        raise NotAuthenticated("The token does not say when it expires.")
    if _moment(claims["exp"]) + leeway <= now:
        raise NotAuthenticated("The token has expired.")
    if any(_moment(claims[name]) - leeway > now for name in ("nbf", "iat") if name in claims):
        raise NotAuthenticated("The token is not valid yet.")


def _moment(value: object) -> float:
    """Seconds since 1970, as a token has them.

    Raises:
        NotAuthenticated: it is no such number.
    """
    try:
        moment = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        moment = math.nan
    if not math.isfinite(moment):
        raise NotAuthenticated(_MALFORMED)
    return moment


def _name(claims: Claims) -> str:
    """What the caller is called in logs: on one line, and short."""
    given = (claims.get("preferred_username"), claims.get("sub"))
    names = (printable(name[:MOST_OF_NAME]).strip() for name in given if isinstance(name, str))
    return next((name for name in names if name), UNKNOWN_CALLER)


def _roles(claims: Claims, client_id: str) -> Iterator[str]:
    yield from _texts(_below(claims, "realm_access", "roles"))
    yield from _texts(_below(claims, "resource_access", client_id, "roles"))
    yield from _texts(claims.get("roles"))


def _below(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _texts(value: object) -> Iterator[str]:
    """The texts in a list; none where it is anything else."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _decoded(part: str) -> bytes:
    """Base64 as tokens have it; empty where it is none."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""
