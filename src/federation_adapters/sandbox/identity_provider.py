"""A look-alike of one realm of Keycloak, as one WSGI application: its key set, its token endpoint, and tokens of any kind.

| address below ``/realms/REALM/protocol/openid-connect`` | is |
| --- | --- |
| ``certs`` | the public keys; as in a real realm, one of them is for encryption |
| ``token`` | client credentials, in the form or as Basic |

Keys and signatures are those of PyJWT and cryptography, which are needed from the first token or key set on, and not before.
"""

import base64
import functools
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

import attrs
from werkzeug import Request, Response

from federation_adapters.sandbox.troubles import Asked, Trouble, json_answer, spoilt

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REALMS = "/realms/"
PROTOCOL = "/protocol/openid-connect"
ENCRYPTION = "RSA-OAEP"
_CURVES = {"ES256": "SECP256R1", "ES384": "SECP384R1", "ES512": "SECP521R1"}


@attrs.frozen
class Client:
    """Who may fetch tokens.

    Attributes:
        audience: whom its tokens are for, beside the realm's own account service.
        roles: of the realm, which its tokens show.
    """

    secret: str = attrs.field(repr=False)
    audience: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@attrs.frozen
class RealmKey:
    """A key of the realm.

    Attributes:
        algorithm: what it is for, such as ``RS256``, ``ES256`` or ``EdDSA``; ``RSA-OAEP`` is for encryption.
    """

    kid: str
    algorithm: str
    private: Any = attrs.field(repr=False)

    @classmethod
    def made(cls, kid: str, algorithm: str) -> "RealmKey":
        """A new key."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - an extra

        if algorithm in _CURVES:
            return cls(kid, algorithm, ec.generate_private_key(getattr(ec, _CURVES[algorithm])()))
        if algorithm == "EdDSA":
            return cls(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
        return cls(
            kid, algorithm, _for_encryption() if algorithm == ENCRYPTION else rsa.generate_private_key(65537, 2048)
        )

    def published(self) -> dict[str, Any]:
        """The public part, as a key set has it."""
        import jwt  # noqa: PLC0415 - an extra

        is_for_signatures = self.algorithm != ENCRYPTION
        kind: Any = jwt.get_algorithm_by_name(self.algorithm if is_for_signatures else "RS256")
        public = json.loads(kind.to_jwk(self.private.public_key()))
        public.pop("key_ops", None)  # Keycloak says `use` alone
        return {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig" if is_for_signatures else "enc"}


class IdentityProvider:
    """The application; serve it with `Server`, and set `url` to where.

    Attributes:
        realm: its name.
        url: where it is served, which is the beginning of `issuer`.
        clients: by their ids, who may fetch tokens.
        lifetime: seconds that a token lives; None for answers that do not say, and tokens of five minutes.
        key: what tokens are signed with.
        more_keys: what else the key set has, before the realm's own keys: anything that JSON can say.
        troubles: what spoils answers with the key set, one for each in turn; None for an answer that is right.
        token_troubles: the same for tokens.
        latency: seconds that each answer takes.
        asked: all requests so far.
        issued: tokens given out so far.
    """

    def __init__(
        self,
        realm: str = "hpc",
        url: str = "https://sso.example.org",
        *,
        algorithm: str = "RS256",
        now: Callable[[], float] = time.time,
    ) -> None:
        """Open a realm with one client, ``storage-proxy``, whose tokens are for itself.

        Args:
            realm: its name.
            url: where it is served.
            algorithm: what tokens are signed with.
            now: seconds since 1970, for the times in tokens.
        """
        self.realm, self.url = realm, url
        self.clients = {"storage-proxy": Client("identity-sandbox", ("storage-proxy",))}
        self.lifetime: float | None = 300.0
        self.more_keys: list[Any] = []
        self.troubles: list[Trouble | None] = []
        self.token_troubles: list[Trouble | None] = []
        self.latency = 0.0
        self.asked: list[Asked] = []
        self.issued = 0
        self._algorithm, self._now = algorithm, now
        self._keys: list[RealmKey] = []
        self._made = 0
        self._valid: dict[str, float] = {}
        self._lock = RLock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        time.sleep(self.latency)
        with self._lock:
            response = self._answer(request)
            self.asked.append(Asked.by(request, response))
        return response(environ, start_response)

    @property
    def issuer(self) -> str:
        """What tokens say that they are by."""
        return f"{self.url}{REALMS}{self.realm}"

    @property
    def token_url(self) -> str:
        """Where clients fetch tokens."""
        return f"{self.issuer}{PROTOCOL}/token"

    @property
    def key(self) -> RealmKey:
        """What tokens are signed with."""
        with self._lock:
            if not self._keys:
                self._keys = [self._new(self._algorithm), self._new(ENCRYPTION)]
            return self._keys[0]

    def rotate(self, *, keep: bool = False, algorithm: str = "") -> RealmKey:
        """Sign with a new key from now on, and return the old one.

        Args:
            keep: the old one stays in the key set, as for a while in a real realm.
            algorithm: what the new one is for; empty for the same as before.
        """
        with self._lock:
            old = self.key
            new = self._new(algorithm or old.algorithm)
            self._keys = [new, *(key for key in self._keys if keep or key is not old)]
            return old

    def revoke(self) -> None:
        """Accept no token any more that was issued so far."""
        with self._lock:
            self._valid.clear()

    def accepts(self, token: str) -> bool:
        """Whether *token* was issued here, lives, and was not revoked: what a service hears that asks about it."""
        with self._lock:
            return self._valid.get(token, -math.inf) > time.monotonic()

    def mint(
        self, *, key: RealmKey | None = None, headers: Mapping[str, object] | None = None, **claims: object
    ) -> str:
        """A token of a person for ``storage-proxy``, or of any kind that a test wants.

        Args:
            key: signs it; the realm's by default.
            headers: replace those that are usual; None for one that is left out.
            claims: likewise.
        """
        now = int(self._now())
        usual: dict[str, object] = {
            "exp": now + 300,
            "iat": now,
            "jti": f"token-{now}",
            "iss": self.issuer,
            "aud": ["storage-proxy", "account"],
            "sub": "5d2c1c5e-6a0e-4f4e-9d1c-0a7c2f3b9e11",
            "typ": "Bearer",
            "azp": "storage-proxy",
            "preferred_username": "mkeller",
        }
        return _signed(key or self.key, {**usual, **claims}, headers or {})

    def _new(self, algorithm: str) -> RealmKey:
        self._made += 1
        return RealmKey.made(f"{self.realm}-key-{self._made}", algorithm)

    def _answer(self, request: Request) -> Response:
        root = f"{REALMS}{self.realm}{PROTOCOL}/"
        match request.method, request.path.removeprefix(root):
            case "GET", "certs":
                return spoilt(request, self._certs(), self.troubles)
            case "POST", "token":
                return spoilt(request, self._token(request), self.token_troubles)
            case _:
                return json_answer({"error": "Unable to find matching target resource method"}, 404)

    def _certs(self) -> Response:
        self.key  # noqa: B018 - makes the first keys
        return json_answer({"keys": [*self.more_keys, *(key.published() for key in self._keys)]})

    def _token(self, request: Request) -> Response:
        form, basic = request.form, request.authorization
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if basic is not None and basic.type == "basic":
            name, secret = basic.username or "", basic.password or ""
        client = self.clients.get(name)
        if client is None or client.secret != secret:
            return _refusal(401, "invalid_client", "Invalid client or Invalid client credentials")
        if form.get("grant_type") != "client_credentials":
            return _refusal(400, "unsupported_grant_type", "Unsupported grant_type")
        return self._issue(name, client, form.get("scope", ""))

    def _issue(self, name: str, client: Client, scope: str) -> Response:
        self.issued += 1
        seconds = 300.0 if self.lifetime is None else self.lifetime
        token = self.mint(
            exp=math.ceil(self._now() + seconds),
            jti=f"issued-{self.issued}",
            aud=[*client.audience, "account"],
            azp=name,
            clientId=name,
            preferred_username=f"service-account-{name}",
            realm_access={"roles": list(client.roles)},
            scope=scope,
        )
        self._valid[token] = time.monotonic() + seconds
        expiry = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return json_answer({"access_token": token, "token_type": "Bearer", "scope": scope, **expiry})


@functools.cache
def _for_encryption() -> object:
    """A key that nobody uses, and all realms publish."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - an extra

    return rsa.generate_private_key(65537, 2048)


def _refusal(status: int, error: str, description: str) -> Response:
    return json_answer({"error": error, "error_description": description}, status)


def _signed(key: RealmKey, claims: Mapping[str, object], headers: Mapping[str, object]) -> str:
    """A token in compact form; what is None is left out of it."""
    import jwt  # noqa: PLC0415 - an extra

    head = {"typ": "JWT", "alg": key.algorithm, "kid": key.kid, **headers}
    parts = ({name: value for name, value in part.items() if value is not None} for part in (head, claims))
    signed = b".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    signature = jwt.get_algorithm_by_name(key.algorithm).sign(signed, key.private)
    return b".".join((signed, _base64(signature))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
