"""When an identity provider is asked for its keys, and which keys are used meanwhile.

| the keys that are known | are |
| --- | --- |
| read less than 300 s ago | used; asked for anew because of an unknown key at most once in 10 s |
| older | asked for anew, by one thread; the others use them until that has its answer |
| older, and asked for in vain less than 10 s ago | used without asking |
| older than an hour | not used any more |
"""

import copy
import threading
from collections.abc import Callable

import attrs

from federation_adapters.http.client import HttpClient
from federation_adapters.oidc.keys import KeySet, keys_of
from federation_core.domain.errors import PlaneError

FRESH = 300.0
"""Seconds after which keys are asked for anew."""

KEPT = 3600.0
"""Seconds after which keys are not used any more that could not be asked for anew."""

PAUSE = 10.0
"""Seconds between two questions, where the first was in vain, or because of a key that is unknown."""

OPERATION = "keys.fetch"
CERTS = "/protocol/openid-connect/certs"
_NEVER = float("-inf")


@attrs.frozen
class _State:
    """What is known; moments are of a clock in seconds.

    Attributes:
        read: when the keys were asked for.
        hurried: when they were last asked for because of an unknown key.
        failed: when they were last asked for in vain; never, once there was an answer.
        error: why in vain.
    """

    keys: KeySet | None = None
    read: float = _NEVER
    hurried: float = _NEVER
    failed: float = _NEVER
    error: PlaneError | None = None

    def within(self, seconds: float, now: float) -> KeySet | None:
        """The keys, if they are no older than this."""
        return self.keys if now - self.read < seconds else None

    def fresh_failure(self, now: float) -> PlaneError | None:
        """Why the latest question was in vain, if that was just now."""
        return self.error if now - self.failed < PAUSE else None


class KeyStore:
    """The keys of one issuer; thread-safe, and without any I/O but where it says so."""

    def __init__(self, http: HttpClient, issuer: str, monotonic: Callable[[], float]) -> None:
        """Prepare it; no request is made.

        Args:
            http: calls the identity provider, without a token.
            issuer: the address below which the keys are published.
            monotonic: a clock in seconds.
        """
        self._http, self._address, self._monotonic = http, issuer.rstrip("/") + CERTS, monotonic
        self._state = _State()
        self._fetching = threading.Lock()

    def at_hand(self) -> KeySet | None:
        """The keys to judge by; None where the identity provider has to be asked for them first."""
        state, now = self._state, self._monotonic()
        is_no_use_asking = state.fresh_failure(now) is not None or self._fetching.locked()
        return state.within(KEPT if is_no_use_asking else FRESH, now)

    def is_all(self, seen: KeySet) -> bool:
        """Whether nobody would be asked for a key that is not in *seen*, and *seen* is what is known."""
        state, now = self._state, self._monotonic()
        return state.keys is seen and now - state.hurried < PAUSE and state.fresh_failure(now) is None

    def current(self) -> KeySet:
        """The keys to judge by; asks for them where that is due.

        Raises:
            PlaneError: there are none, and the identity provider gives none.
        """
        keys = self.at_hand()
        if keys is not None:
            return keys
        with self._fetching:
            state, now = self._state, self._monotonic()
            keys = state.within(FRESH, now)
            if keys is not None:
                return keys
            try:
                return self._fetch(state)
            except PlaneError:
                keys = state.within(KEPT, self._monotonic())
                if keys is None:
                    raise
                return keys

    def beyond(self, seen: KeySet) -> KeySet:
        """What is known where a key is not in *seen*: the set that was read since, or is asked for now; *seen* if it is too soon.

        Raises:
            PlaneError: the identity provider gives no keys.
        """
        with self._fetching:
            state = self._state
            if state.keys is not None and state.keys is not seen:
                return state.keys
            if self.is_all(seen):
                return seen
            return self._fetch(state, is_hurried=True)

    def _fetch(self, state: _State, *, is_hurried: bool = False) -> KeySet:
        """Ask, unless that was in vain just now; to be called by one thread at a time.

        Raises:
            PlaneError: it is in vain.
        """
        began = self._monotonic()
        error = state.fresh_failure(began)
        if error is not None:
            raise copy.copy(error)
        hurried = began if is_hurried else state.hurried
        try:
            keys = keys_of(self._http.call(OPERATION, "GET", self._address), OPERATION)
        except PlaneError as failure:
            untraced = copy.copy(failure)  # a traceback would keep all that its frames hold
            self._state = attrs.evolve(state, hurried=hurried, failed=self._monotonic(), error=untraced)
            raise
        self._state = _State(keys, began, hurried)
        return keys
