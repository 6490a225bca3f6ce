"""A realm in process, and a verifier of its tokens whose clocks stand until they are set."""

import attrs
import httpx

from federation_adapters.http.access import Access, Anonymous
from federation_adapters.http.client import HttpClient
from federation_adapters.oidc.tokens import TokenRules
from federation_adapters.oidc.verifier import KeycloakVerifier
from federation_adapters.sandbox import IdentityProvider
from federation_core.domain.ids import Side

NOW = 1_780_000_000.0
CLIENT = "storage-proxy"


class Clock:
    def __init__(self, time):
        self.time = time

    def __call__(self):
        return self.time


@attrs.define
class Realm:
    """What a test plays with."""

    provider: IdentityProvider
    verifier: KeycloakVerifier
    monotonic: Clock
    now: Clock

    def asked(self):
        """How often the keys were asked for."""
        return sum(1 for one in self.provider.asked if one.path.endswith("/certs"))

    def mint(self, **changes):
        return self.provider.mint(**changes)


def opened(algorithm="ES256", transport=None, **changes):
    """A realm, and a verifier with rules that *changes* change."""
    monotonic, now = Clock(50.0), Clock(NOW)
    provider = IdentityProvider(algorithm=algorithm, now=now)
    rules = TokenRules(**{"issuer": provider.issuer, "audience": CLIENT, "client_id": CLIENT, **changes})
    access = Access(Side.B, rules.issuer, Anonymous(), attempts=1)
    http = HttpClient(access, transport=transport or httpx.WSGITransport(app=provider), sleep=lambda _: None)
    return Realm(provider, KeycloakVerifier(http, rules, monotonic, now), monotonic, now)
