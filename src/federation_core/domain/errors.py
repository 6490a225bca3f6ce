"""The error tree, and what each error asks of whoever meets it.

```text
FederationError
  ConfigurationError            the operator's settings are wrong                 stop
    MappingError                ... in the component mapping
      BadFactor                 a factor that is not a finite number above zero
      UnknownComponent          a component the mapping does not name
      AmbiguousMapping          usage that arithmetic alone cannot give back
  RuleError                     our own code broke one of its rules               broken
  PlaneError                    one call to Waldur A or B did not succeed
    Transient                   ... and may succeed later                         again-after
      Unreachable  TimedOut  Throttled  ServerFault
    Refused                     ... and will not until somebody changes something parked
      Unauthorised  Forbidden  NotFound  Unsupported  Conflict  Invalid
    Unintelligible              ... and the answer is outside the contract        broken
      UnexpectedShape  UnknownWord  OversizedAnswer
```

The disposition belongs to the class and is read in one place, `federation_core.application.outcome`. Whether a *write*
that failed with a Transient error happened or not is unknown: the answer is to observe again, never to send it again.

This module knows nothing of HTTP; `federation_adapters.http.errors` translates.
"""

import enum
from collections.abc import Sequence

import attrs

from federation_core.domain.ids import Side
from federation_core.domain.words import printable

MAX_DETAIL = 2_000
"""Characters of a server's own words that an error keeps."""


class Disposition(enum.Enum):
    """What an error asks of the loop that meets it."""

    STOP = "stop"
    AGAIN_AFTER = "again-after"
    PARKED = "parked"
    BROKEN = "broken"


class FederationError(Exception):
    """Every error this package raises on purpose; not raised itself."""

    disposition = Disposition.BROKEN


@attrs.frozen(order=True)
class Finding:
    """One mistake in what an operator configured.

    Attributes:
        path: where it stands, such as ``offerings[0].backend_settings.target_api_url``.
        cause: what is wrong, with the value's shape; never a secret's value.
        fix: what to write instead.
    """

    path: str
    cause: str
    fix: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.path}: {self.cause}; {self.fix}"


class ConfigurationError(FederationError):
    """The settings cannot be worked with; every mistake that was found is in `findings`."""

    disposition = Disposition.STOP

    def __init__(self, *findings: Finding) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in findings))


class MappingError(ConfigurationError):
    """A component mapping, or what was given to it, is not one that can be computed with."""


class BadFactor(MappingError):
    """A factor is not a finite number above zero."""


class UnknownComponent(MappingError):
    """A component was given that the mapping does not name."""


class AmbiguousMapping(MappingError):
    """Several A components feed one B component, and no rule says whose its usage is."""


class RuleError(FederationError):
    """Our own code broke one of its rules: a bug, loud, and never retried."""


class PlaneError(FederationError):
    """One call to a Waldur did not succeed.

    Attributes:
        side: which Waldur.
        operation: what was asked of it, in the port's words, such as ``order.approve``.
        detail: the server's own words or the transport's, on one line, cut to `MAX_DETAIL` characters; never a token or a query
            string.
        status: the HTTP status, or None where there was no answer.
        host: the peer's host and port, empty where whoever raised it does not know.
        advice: what an operator should look at, such as a settings key; empty for none.
    """

    host = ""
    advice = ""

    def __init__(self, side: Side, operation: str, detail: str = "", status: int | None = None) -> None:
        self.side = side
        self.operation = operation
        self.detail = printable(detail[:MAX_DETAIL])
        self.status = status
        super().__init__(side, operation, self.detail, status)

    def __str__(self) -> str:
        """One line for people: who, what, and in whose words why not."""
        status = f" ({self.status})" if self.status is not None else ""
        words = self.detail.rstrip(".") if self.advice else self.detail
        detail = f": {words}" if words else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.subject} {self.verdict}{status}{detail}{advice}"

    @property
    def subject(self) -> str:
        """What failed: the call, or the whole peer by its host, so that several calls failing alike read alike."""
        whole_peer = self.host and isinstance(self, Unreachable | Unauthorised)
        return f"{self.side} at {self.host}" if whole_peer else f"{self.side} {self.operation}"

    @property
    def verdict(self) -> str:
        """The class as words, such as ``timed out``."""
        return VERDICTS[type(self)]


class Transient(PlaneError):
    """It may go better later; for a write, whether it happened is unknown."""

    disposition = Disposition.AGAIN_AFTER


class Unreachable(Transient):
    """No connection, or it broke before the answer was whole."""


class TimedOut(Transient):
    """No answer within the time allowed."""


class Throttled(Transient):
    """The server asks for patience (429); it did not process the request."""

    retry_after: float | None = None


class ServerFault(Transient):
    """The server or a proxy before it failed (5xx)."""


class Refused(PlaneError):
    """Understood and declined; the same request will be declined again."""

    disposition = Disposition.PARKED


class Unauthorised(Refused):
    """The token is not accepted (401)."""


class Forbidden(Refused):
    """The token's roles do not allow it (403)."""


class NotFound(Refused):
    """No such object, or not visible to this token (404)."""


class Unsupported(Refused):
    """This server does not know the call at all: an older release, or the wrong offering type (404 from the router, 405)."""


class Conflict(Refused):
    """The object's state does not allow it now (409)."""


class Invalid(Refused):
    """The content was declined (400).

    Attributes:
        fields: the keys the server named, empty where it named none.
    """

    def __init__(
        self, side: Side, operation: str, detail: str = "", status: int | None = 400, *, fields: Sequence[str] = ()
    ) -> None:
        self.fields = tuple(fields)
        super().__init__(side, operation, detail, status)


class Unintelligible(PlaneError):
    """The answer is outside the contract, so nothing may be concluded from it."""


class UnexpectedShape(Unintelligible):
    """The answer is not JSON, or not of the form agreed."""


class UnknownWord(Unintelligible):
    """A state or type that this release does not know."""


class OversizedAnswer(Unintelligible):
    """The answer is larger than any that is expected."""


VERDICTS: dict[type[PlaneError], str] = {
    PlaneError: "failed",
    Transient: "failed for now",
    Unreachable: "is unreachable",
    TimedOut: "timed out",
    Throttled: "is throttled",
    ServerFault: "failed on the server",
    Refused: "was refused",
    Unauthorised: "does not accept the token",
    Forbidden: "was refused: not permitted",
    NotFound: "found nothing",
    Unsupported: "is not supported by this server",
    Conflict: "is not possible in the present state",
    Invalid: "was refused as invalid",
    Unintelligible: "gave an answer that cannot be understood",
    UnexpectedShape: "gave an answer of an unexpected form",
    UnknownWord: "gave a word that is not known",
    OversizedAnswer: "gave an answer that is too large",
}
"""How each error reads in a sentence that starts with side and operation."""
