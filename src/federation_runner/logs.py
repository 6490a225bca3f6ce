"""Logs: one canonical line per reconcile, on standard error.

| logger | tells |
| --- | --- |
| `federation.orders`, `.usage`, `.resources`, `.members`, `.projects`, `.accounts` | what became of one key of that task |
| `federation.cycle` | what became of one cycle of one offering |
| `federation.daemon` | start, stop, schedule |

A line is a constant event name followed by ``key=value``. INFO: something changed on A or B, or waits for a reason that is new.
DEBUG: looked, nothing new. WARNING: parked, or failed for the moment. ERROR: broken.
"""

import logging
import sys
from collections.abc import Iterable, Mapping
from uuid import uuid4

import attrs

from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.domain.plan.actions import describe

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


class Told:
    """What was told of one offering before, so that what only waits is told once and not in every cycle."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, str]] = {}

    def news(self, subject: str, now: Mapping[str, str]) -> frozenset[str]:
        """Those keys of *now* whose text was not told last time; the subject's other keys are forgotten."""
        before = self._before.get(subject, {})
        self._before[subject] = dict(now)
        return frozenset(key for key, text in now.items() if before.get(key) != text)


@attrs.frozen
class Cycle:
    """One cycle of one task, as its lines tell it.

    Attributes:
        task: ``orders``, ``usage`` and so on.
        requests: how many were made, by side in lower case.
        is_sweep: whether everything was looked through; such a cycle is a sign of life.
    """

    offering: str
    task: str
    report: CycleReport
    requests: Mapping[str, int]
    took_ms: int
    is_sweep: bool = False


def cycle_lines(cycle: Cycle, told: Told) -> None:
    """Write the canonical lines of one cycle: each key's, each problem's, what is worth knowing, and the sum."""
    report, reconcile_id = cycle.report, uuid4().hex[:_ID_DIGITS]
    reasons = {outcome.key: f"{outcome.kind.value} {outcome.reason}" for outcome in report.outcomes}
    news = told.news(cycle.task, reasons)
    for outcome in report.outcomes:
        _outcome_line(cycle, outcome, reconcile_id, is_news=outcome.key in news)
    for text in report.problems:
        _text_line(logging.WARNING, "unreadable", cycle, text, reconcile_id)
    new_notes = told.news(f"{cycle.task} notes", {text: text for text in report.notes})
    for text in report.notes:
        _text_line(logging.WARNING if text in new_notes else logging.DEBUG, "noted", cycle, text, reconcile_id)
    pairs = {
        "offering": cycle.offering,
        "task": cycle.task,
        "outcomes": str(len(report.outcomes)),
        "waiting": str(report.waiting),
        "trouble": str(sum(outcome.is_trouble for outcome in report.outcomes)),
        "requests_a": str(cycle.requests["a"]),
        "requests_b": str(cycle.requests["b"]),
        "took_ms": str(cycle.took_ms),
        "reconcile_id": reconcile_id,
    }
    CYCLE.log(logging.INFO if report.outcomes or cycle.is_sweep else logging.DEBUG, "%s", line("cycle", pairs))


def _outcome_line(cycle: Cycle, outcome: Outcome, reconcile_id: str, *, is_news: bool) -> None:
    level = _level(outcome, is_news=is_news)
    logger = logging.getLogger(f"federation.{cycle.task}")
    if logger.isEnabledFor(level):
        did = ",".join(str(describe(action)["action"]) for action in outcome.done) or "nothing"
        pairs = {
            "offering": cycle.offering,
            "key": outcome.key,
            "resource": outcome.resource,
            "step": outcome.step,
            "outcome": outcome.kind.value,
            "did": did,
            "reason": outcome.error or outcome.reason,
            "reconcile_id": reconcile_id,
        }
        logger.log(level, "%s", line("reconciled", pairs))


def _text_line(level: int, event: str, cycle: Cycle, text: str, reconcile_id: str) -> None:
    pairs = {"offering": cycle.offering, "task": cycle.task, "reason": text, "reconcile_id": reconcile_id}
    CYCLE.log(level, "%s", line(event, pairs))


def line(event: str, pairs: dict[str, str]) -> str:
    """A constant event name and its pairs; a value with blanks is quoted, line breaks become blanks."""
    return " ".join([event, *(f"{key}={_value(value)}" for key, value in pairs.items())])


def _value(text: str) -> str:
    flat = " ".join(text.split()).replace('"', "'")
    return f'"{flat}"' if " " in flat or not flat else flat


def _level(outcome: Outcome, *, is_news: bool) -> int:
    if outcome.kind is Kind.BROKEN:
        return logging.ERROR
    if outcome.is_trouble:
        return logging.WARNING
    return logging.INFO if outcome.done or is_news else logging.DEBUG
