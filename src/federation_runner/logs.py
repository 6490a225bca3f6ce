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

from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.domain.plan.actions import describe

ORDER = logging.getLogger("federation.order")
CYCLE = logging.getLogger("federation.cycle")
DAEMON = logging.getLogger("federation.daemon")
_NOISY = ("httpx", "httpcore")
_SHORTEST_SECRET = 6


class _Redact(logging.Filter):
    """The last net: a configured secret is replaced wherever it may have slipped into a line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        record.msg, record.args = text, ()
        return True


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Send log lines of *level* and above to standard error, without any of *secrets*."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s %(message)s"))
    handler.addFilter(_Redact(secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def order_line(offering: str, outcome: Outcome) -> None:
    """Write the canonical line of one order."""
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
        }
        ORDER.log(level, "%s", line("reconciled", pairs))


def cycle_lines(offering: str, report: CycleReport, requests: dict[str, int], took_ms: int) -> None:
    """Write the canonical lines of one cycle: each order's, each problem's, and the sum."""
    for outcome in report.outcomes:
        order_line(offering, outcome)
    for problem in report.problems:
        CYCLE.warning("%s", line("unreadable", {"offering": offering, "reason": problem}))
    for note in report.notes:
        CYCLE.warning("%s", line("noted", {"offering": offering, "reason": note}))
    pairs = {
        "offering": offering,
        "orders": str(len(report.outcomes)),
        "waiting": str(report.waiting),
        "trouble": str(sum(outcome.is_trouble for outcome in report.outcomes)),
        "requests_a": str(requests["a"]),
        "requests_b": str(requests["b"]),
        "took_ms": str(took_ms),
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
