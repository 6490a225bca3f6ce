"""Bearer tokens of a Keycloak realm, verified here."""

import time
from collections.abc import Callable

from federation_adapters.http.client import HttpClient
from federation_adapters.oidc.key_store import KeyStore
from federation_adapters.oidc.tokens import TokenRules, UnknownKey, caller_of, claims_of, head_of
from federation_core.domain.callers import Caller


class KeycloakVerifier:
    """Tells whose a token is; thread-safe. No token is kept, and none is sent anywhere."""

    def __init__(
        self,
        http: HttpClient,
        rules: TokenRules,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Prepare it; no request is made.

        Args:
            http: calls the identity provider, as `Anonymous`; the keys are asked for below the issuer, whatever its base address.
            rules: what a token has to show.
            monotonic: a clock in seconds, for the age of keys.
            now: seconds since 1970, for the times in tokens.
        """
        self._rules, self._now = rules, now
        self._keys = KeyStore(http, rules.issuer, monotonic)

    def known(self, token: str) -> Caller | None:
        """Whose *token* is, without any I/O; None where the identity provider has to be asked first.

        Raises:
            NotAuthenticated: the token is not valid.
            NotPermitted: it is, and not for us, or without the role that everybody needs.
        """
        head = head_of(token)
        keys = self._keys.at_hand()
        if keys is None:
            return None
        try:
            claims = claims_of(token, head, keys)
        except UnknownKey:
            if self._keys.is_all(keys):
                raise
            return None
        return caller_of(claims, self._rules, self._now())

    def verify(self, token: str) -> Caller:
        """Whose *token* is; the keys are asked for anew where they are old, or do not have the token's.

        Raises:
            NotAuthenticated: the token is not valid.
            NotPermitted: it is, and not for us, or without the role that everybody needs.
            PlaneError: the identity provider gives no keys to judge by.
        """
        head = head_of(token)
        keys = self._keys.current()
        try:
            claims = claims_of(token, head, keys)
        except UnknownKey:
            claims = claims_of(token, head, self._keys.beyond(keys))
        return caller_of(claims, self._rules, self._now())
