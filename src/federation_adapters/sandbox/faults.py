"""Trouble to order: which exchange goes wrong, and how.

A fault with `after_commit` strikes when the request has already been carried out, which is the case that clients find
hardest: they cannot tell it from one that never arrived.
"""

import re
from enum import StrEnum
from threading import Lock

import attrs


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # an error answer of a proxy or of the server
    HTML = "html"  # 200 with a page instead of JSON
    GARBAGE = "garbage"  # 200 with text that is not JSON
    TRUNCATED = "truncated"  # the real answer, cut in half
    OVERSIZE = "oversize"  # a huge answer
    SLOW = "slow"  # the real answer, late
    RESET = "reset"  # the connection ends without an answer
    LOST = "lost"  # as RESET, but always after the commit
    WRONG_COUNT = "wrong_count"  # X-Result-Count is off by `delta`
    PAGE_SHIFT = "page_shift"  # pages after the first are displaced by `delta` rows


@attrs.frozen(kw_only=True)
class Fault:
    """One kind of trouble for the exchanges it matches.

    Attributes:
        kind: What goes wrong; a `FaultKind` or its word.
        method: Regular expression for the whole method.
        path: Regular expression searched in path and query, e.g. `r"/marketplace-orders/$"` or `page=2`.
        times: How many matching exchanges it strikes; None for all.
        skip: How many matching exchanges pass first.
        after_commit: Carry out the request first (`status`, `html`, `garbage`, `oversize`, `slow`, `reset`).
        status: For `status`: the HTTP status. 401, 403 and 429 have JSON bodies, 5xx have pages.
        retry_after: For `status` 429 and 503: the `Retry-After` header in seconds; None for no header.
        seconds: For `slow`: the delay.
        size: For `oversize`: bytes.
        delta: For `wrong_count` and `page_shift`: the displacement; positive skips rows, negative repeats them.
    """

    kind: FaultKind = attrs.field(converter=FaultKind)
    method: str = ".*"
    path: str = ""
    times: int | None = 1
    skip: int = 0
    after_commit: bool = False
    status: int = 502
    retry_after: int | None = None
    seconds: float = 1.0
    size: int = 10_000_000
    delta: int = 1

    @property
    def strikes_late(self) -> bool:
        """Whether the request is carried out before the fault shows."""
        late = {FaultKind.LOST, FaultKind.TRUNCATED, FaultKind.WRONG_COUNT, FaultKind.PAGE_SHIFT}
        return self.after_commit or self.kind in late

    def matches(self, method: str, target: str) -> bool:
        """Tell whether the exchange is one of those meant."""
        return re.fullmatch(self.method, method) is not None and re.search(self.path, target) is not None


class ReplyWithheldError(ConnectionResetError):
    """The connection ends without an answer.

    Raised out of the WSGI callable. Served over HTTP the client sees a closed connection; mounted in process (where
    there is no connection) the client sees this exception.

    Attributes:
        committed: Whether the request was carried out before.
    """

    def __init__(self, *, committed: bool) -> None:
        super().__init__("The sandbox withheld its reply.")
        self.committed = committed


@attrs.define
class _Armed:
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class FaultPlan:
    """The faults in force; of several that match, the one added first strikes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: list[_Armed] = []

    def add(self, *faults: Fault) -> None:
        """Put faults in force."""
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def clear(self) -> None:
        """Lift all faults."""
        with self._lock:
            self._armed.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that can still strike."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed if not armed.is_spent)

    def draw(self, method: str, target: str) -> Fault | None:
        """Return the fault that strikes this exchange, if any, and count it."""
        with self._lock:
            for armed in self._armed:
                if armed.is_spent or not armed.fault.matches(method, target):
                    continue
                armed.seen += 1
                if armed.seen > armed.fault.skip:
                    armed.struck += 1
                    return armed.fault
        return None
