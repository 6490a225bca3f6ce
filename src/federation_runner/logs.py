"""Logs: one canonical line per reconcile, on standard error.

| logger | tells |
| --- | --- |
| `federation.order` | what became of one order, or one removal |
| `federation.cycle` | what became of one cycle of one offering |
| `federation.daemon` | start, stop, schedule |

A line is a constant event name followed by ``key=value``. INFO: something changed on A or B. DEBUG: looked, nothing to do. WARNING:
parked, or failed for the moment. ERROR: broken.
"""

import logging
import sys
from collections.abc import Iterable
from uuid import uuid4

from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.domain.plan.actions import describe

ORDER = logging.getLogger("federation.order")
CYCLE = logging.getLogger("federation.cycle")
DAEMON = logging.getLogger("federation.daemon")
_NOISY = ("httpx", "httpcore")
_SHORTEST_SECRET = 6
_ID_DIGITS = 8


class _Redacting(logging.Formatter):
    """The last net: a configured secret is replaced wherever it may have slipped in, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s")
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Send log lines of *level* and above to standard error, without any of *secrets*."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def order_line(offering: str, outcome: Outcome, reconcile_id: str) -> None:
    """Write the canonical line of one order; *reconcile_id* is the same on all lines of a cycle."""
    level = _level(outcome)
    if ORDER.isEnabledFor(level):
        did = ",".join(str(describe(action)["action"]) for action in outcome.done) or "nothing"
        pairs = {
            "offering": offering,
            "order": outcome.key,
            "resource": outcome.resource,
            "step": outcome.step,
            "outcome": outcome.kind.value,
            "did": did,
            "reason": outcome.error or outcome.reason,
            "reconcile_id": reconcile_id,
        }
        ORDER.log(level, "%s", line("reconciled", pairs))


def cycle_lines(offering: str, report: CycleReport, requests: dict[str, int], took_ms: int) -> None:
    """Write the canonical lines of one cycle: each order's, each problem's, and the sum."""
    reconcile_id = uuid4().hex[:_ID_DIGITS]
    for outcome in report.outcomes:
        order_line(offering, outcome, reconcile_id)
    for event, texts in (("unreadable", report.problems), ("noted", report.notes)):
        for text in texts:
            CYCLE.warning("%s", line(event, {"offering": offering, "reason": text, "reconcile_id": reconcile_id}))
    pairs = {
        "offering": offering,
        "orders": str(len(report.outcomes)),
        "waiting": str(report.waiting),
        "trouble": str(sum(outcome.is_trouble for outcome in report.outcomes)),
        "requests_a": str(requests["a"]),
        "requests_b": str(requests["b"]),
        "took_ms": str(took_ms),
        "reconcile_id": reconcile_id,
    }
    CYCLE.log(logging.INFO if report.outcomes else logging.DEBUG, "%s", line("cycle", pairs))


def line(event: str, pairs: dict[str, str]) -> str:
    """A constant event name and its pairs; a value with blanks is quoted, line breaks become blanks."""
    return " ".join([event, *(f"{key}={_value(value)}" for key, value in pairs.items())])


def _value(text: str) -> str:
    flat = " ".join(text.split()).replace('"', "'")
    return f'"{flat}"' if " " in flat or not flat else flat


def _level(outcome: Outcome) -> int:
    if outcome.kind is Kind.BROKEN:
        return logging.ERROR
    if outcome.is_trouble:
        return logging.WARNING
    return logging.INFO if outcome.done else logging.DEBUG
