"""Logs: one canonical line per reconcile, on standard error.

| logger | tells |
| --- | --- |
| `federation.orders`, `.usage`, `.resources`, `.members`, `.projects`, `.accounts` | what became of one key of that task |
| `federation.cycle` | what became of one cycle of one offering |
| `federation.events` | what became of a batch of hints; connections to message brokers |
| `federation.daemon` | start, stop, schedule |
| `federation.storage` | requests of the storage proxy, and what it cannot serve |

A line is a constant event name followed by ``key=value``. INFO: something changed on A or B, or waits for a reason that is new.
DEBUG: looked, nothing new. WARNING: parked, or failed for the moment. ERROR: broken.
"""

import logging
import sys
import threading
from collections.abc import Iterable, Mapping
from uuid import uuid4

import attrs

from federation_adapters.events_stomp.channel import Transition
from federation_adapters.hpc_storage.watching import Served
from federation_core.application.follow_hints import Followed
from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.application.storage_tree import Shown
from federation_core.domain.errors import PlaneError
from federation_core.domain.plan.actions import describe
from federation_core.domain.words import printable

CYCLE = logging.getLogger("federation.cycle")
EVENTS = logging.getLogger("federation.events")
DAEMON = logging.getLogger("federation.daemon")
STORAGE = logging.getLogger("federation.storage")
_NOISY = ("httpx", "httpcore", "werkzeug", "uvicorn", "uvicorn.access", "asyncio")  # some would show queries
_MUTE = ("stomp", "stomp.py", "websocket")  # they would print passcodes
_SHORTEST_SECRET = 6
_ID_DIGITS = 8


class _Redacting(logging.Formatter):
    """The last net: a configured secret is replaced wherever it may have slipped in, tracebacks included.

    Only the first line of a record begins at the margin, so that no text in a traceback is taken for a record of its own.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s")
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return "\n    ".join(map(printable, text.split("\n")))


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Send log lines of *level* and above to standard error, without any of *secrets*."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class Told:
    """What was told of one offering before, so that what only waits is told once and not in every cycle."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, str]] = {}

    def news(self, subject: str, now: Mapping[str, str], *, is_all: bool = True) -> frozenset[str]:
        """Those keys of *now* whose text was not told last time; where *is_all*, the subject's other keys are forgotten."""
        before = self._before.get(subject, {})
        self._before[subject] = dict(now) if is_all else {**before, **now}
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
    report, subject = cycle.report, _Subject(cycle.offering, cycle.task, _new_id())
    _report_lines(subject, report, told, is_all=True)
    pairs = {
        "offering": cycle.offering,
        "task": cycle.task,
        "outcomes": str(len(report.outcomes)),
        "waiting": str(report.waiting),
        "trouble": str(sum(outcome.is_trouble for outcome in report.outcomes)),
        "requests_a": str(cycle.requests["a"]),
        "requests_b": str(cycle.requests["b"]),
        "took_ms": str(cycle.took_ms),
        "reconcile_id": subject.reconcile_id,
    }
    CYCLE.log(logging.INFO if report.outcomes or cycle.is_sweep else logging.DEBUG, "%s", line("cycle", pairs))


@attrs.frozen
class Batch:
    """Hints that were followed together, as their lines tell it.

    Attributes:
        hints: how many there were.
        requests: how many were made, by side in lower case.
    """

    offering: str
    hints: int
    followed: Followed
    requests: Mapping[str, int]
    took_ms: int


def event_lines(batch: Batch, told: Told) -> None:
    """Write the canonical lines of a batch of hints: each key's, each problem's, and the sum."""
    followed, reconcile_id = batch.followed, _new_id()
    for work, report in followed.reports:
        _report_lines(_Subject(batch.offering, work.value, reconcile_id), report, told, is_all=False)
    outcomes = [outcome for _, report in followed.reports for outcome in report.outcomes]
    pairs = {
        "offering": batch.offering,
        "hints": str(batch.hints),
        "idle": str(followed.idle),
        "again": str(len(followed.again)),
        "outcomes": str(len(outcomes)),
        "requests_a": str(batch.requests["a"]),
        "requests_b": str(batch.requests["b"]),
        "took_ms": str(batch.took_ms),
        "reconcile_id": reconcile_id,
    }
    EVENTS.log(logging.INFO if outcomes or followed.again else logging.DEBUG, "%s", line("followed", pairs))


class ConnectionLines:
    """Writes a line for each change of a connection's state; a reason that goes on is a warning once."""

    def __init__(self, offering: str) -> None:
        self._offering = offering
        self._warned = ""

    def write(self, change: Transition) -> None:
        """Write the line of one change."""
        state = change.now.value
        pairs = {"offering": self._offering, "side": str(change.side), "was": change.was.value, "state": state}
        if change.reason:
            pairs["reason"] = change.reason
        EVENTS.log(self._level(change), "%s", line("connection", pairs))

    def _level(self, change: Transition) -> int:
        if change.now.value in {"live", "shared", "stopped"}:
            self._warned = ""
            return logging.INFO
        if change.now.value in {"lost", "refused"} and change.reason != self._warned:
            self._warned = change.reason
            return logging.WARNING
        return logging.DEBUG


@attrs.frozen
class _Subject:
    """What the lines of one report are about."""

    offering: str
    task: str
    reconcile_id: str


def _new_id() -> str:
    return uuid4().hex[:_ID_DIGITS]


def _report_lines(subject: _Subject, report: CycleReport, told: Told, *, is_all: bool) -> None:
    reasons = {outcome.key: f"{outcome.kind.value} {outcome.reason}" for outcome in report.outcomes}
    news = told.news(subject.task, reasons, is_all=is_all)
    for outcome in report.outcomes:
        _outcome_line(subject, outcome, is_news=outcome.key in news)
    for text in report.problems:
        _text_line(logging.WARNING, "unreadable", subject, text)
    new_notes = told.news(f"{subject.task} notes", {text: text for text in report.notes}, is_all=is_all)
    for text in report.notes:
        _text_line(logging.WARNING if text in new_notes else logging.DEBUG, "noted", subject, text)


def _outcome_line(subject: _Subject, outcome: Outcome, *, is_news: bool) -> None:
    level = _level(outcome, is_news=is_news)
    logger = logging.getLogger(f"federation.{subject.task}")
    if logger.isEnabledFor(level):
        did = ",".join(str(describe(action)["action"]) for action in outcome.done) or "nothing"
        pairs = {
            "offering": subject.offering,
            "key": outcome.key,
            "resource": outcome.resource,
            "step": outcome.step,
            "outcome": outcome.kind.value,
            "did": did,
            "reason": outcome.error or outcome.reason,
            "reconcile_id": subject.reconcile_id,
        }
        logger.log(level, "%s", line("reconciled", pairs))


def _text_line(level: int, event: str, subject: _Subject, text: str) -> None:
    pairs = {"offering": subject.offering, "task": subject.task, "reason": text, "reconcile_id": subject.reconcile_id}
    CYCLE.log(level, "%s", line(event, pairs))


def line(event: str, pairs: dict[str, str]) -> str:
    """A constant event name and its pairs; a value with blanks is quoted, line breaks and what steers terminals become blanks."""
    return " ".join([event, *(f"{key}={_value(value)}" for key, value in pairs.items())])


def _value(text: str) -> str:
    flat = " ".join(printable(text).split()).replace('"', "'")
    return f'"{flat}"' if " " in flat or "=" in flat or not flat else flat


def _level(outcome: Outcome, *, is_news: bool) -> int:
    if outcome.kind is Kind.BROKEN:
        return logging.ERROR
    if outcome.is_trouble:
        return logging.WARNING
    return logging.INFO if outcome.done or is_news else logging.DEBUG


class StorageLines:
    """Writes a line for each request of the storage proxy, and for what is new of what it serves."""

    def __init__(self) -> None:
        self._told = Told()
        self._lock = threading.Lock()

    def served(self, request: Served) -> None:
        """Write the line of one request, without its query."""
        pairs = {
            "method": request.method,
            "path": request.path,
            "status": str(request.status),
            "took_ms": f"{request.took_ms:.1f}",
            "caller": request.caller or "-",
        }
        STORAGE.info("%s", line("served", pairs))

    def refreshed(self, shown: Shown) -> None:
        """Write what is new: resources that are not served, shared mount points, remarks, and made-up Unix ids."""
        hierarchy = shown.hierarchy
        self._news("skipped", {str(one.id): one.reason for one in hierarchy.skipped})
        self._news("mount_point", {one.mount_point: str(one) for one in hierarchy.conflicts})
        self._news("noted", {f"{one.resource} {one.text}": one.text for one in hierarchy.remarks})
        self._news("mock", {item.mount_point: "a Unix id is made up" for item in hierarchy.items if item.mocks})
        pairs = {"resources": str(shown.resources), "items": str(len(hierarchy.items))}
        STORAGE.debug("%s", line("refreshed", pairs))

    def failed(self, who: str, error: PlaneError) -> None:
        """Write why an upstream service could not be asked."""
        detail = f": {error.detail}" if error.detail else ""
        advice = f"; {error.advice}" if error.advice else ""
        pairs = {"who": who, "host": error.host or "-", "reason": f"{error.verdict}{detail}{advice}"}
        STORAGE.warning("%s", line("upstream", pairs))

    def broken(self, request_id: str, error: BaseException) -> None:
        """Write the traceback of a bug."""
        STORAGE.error("%s", line("broken", {"request_id": request_id}), exc_info=error)

    def _news(self, event: str, now: dict[str, str]) -> None:
        with self._lock:
            new = sorted(self._told.news(event, now))
        for key in new:
            STORAGE.warning("%s", line(event, {"key": key, "reason": now[key]}))
