"""The official agent's command line as processes, on a pair of served sandboxes."""

import atexit
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from tests.agent.environments import Environment

from federation_adapters.sandbox import Pair, Site

TO_START = 150.0
TO_END = 30.0
QUIET = 0.6
"""Seconds without a request, and without any work, after which a cycle counts as ended: a loop looks up once a minute."""

FORKING = Path(__file__).with_name("forking.py")
MODES = ("order_process", "membership_sync", "report")


@attrs.frozen
class Log:
    """What a process told."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def errors(self) -> list[str]:
        """Lines that are errors or worse; the agent writes JSON, and what is no JSON is a traceback that nobody caught."""
        found = []
        for line in self.text.splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                found.append(line)
                continue
            if str(told.get("level", "")).upper() in {"ERROR", "CRITICAL"}:
                found.append(line)
        return [line for line in found if line.strip()]


@attrs.define
class Agent:
    """One installation of the agent, with one file of settings.

    Attributes:
        pair: whose requests show when a cycle has ended.
    """

    environment: Environment
    config: Path
    pair: Pair | Site
    folder: Path
    logs: list[Log] = attrs.field(factory=list)

    def cycle(self, *modes: str) -> None:
        """The first cycle of a process of each mode, all three unless told otherwise; the process is ended after it."""
        for mode in modes or MODES:
            with self.loop(mode) as run:
                self.wait(run)

    @contextmanager
    def loop(self, mode: str) -> Iterator["Run"]:
        """The command line in *mode*, which loops until it is ended."""
        log = Log(self.folder / f"{len(self.logs):03}-{mode}.log")
        self.logs.append(log)
        log.path.touch()
        run = _starter(self.environment.python).start(["-m", mode, "-c", str(self.config)], log.path)
        try:
            yield run
        finally:
            run.end()

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command of the agent, to its end."""
        command = [str(self.environment.command(name)), *words, "-c", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def wait(self, run: "Run") -> None:
        """Wait until requests have come, and then neither requests nor work of the process for a while."""
        before, deadline = self._requests(), time.monotonic() + TO_START
        seen, since = (before, 0), time.monotonic()
        while time.monotonic() < deadline:
            assert run.is_alive, self.logs[-1].text
            now = self._requests(), run.ticks
            if now != seen:
                seen, since = now, time.monotonic()
            if seen[0] > before and time.monotonic() - since > QUIET:
                return
            time.sleep(0.02)
        raise AssertionError(self.logs[-1].text)

    @property
    def errors(self) -> list[str]:
        return [line for log in self.logs for line in log.errors]

    def told(self, pattern: str) -> bool:
        return any(re.search(pattern, log.text) for log in self.logs)

    def _requests(self) -> int:
        if isinstance(self.pair, Site):
            return self.pair.sandbox.requests.total
        return self.pair.a.sandbox.requests.total + self.pair.b.sandbox.requests.total


LOADS = (
    ("2024-01-01", "2024-12-31", ()),
    ("2024-06-01", "2024-09-30", ("--skip-user-usage",)),
)
"""The two documented commands of the loader: first day, last day, and what else they say beside `--no-staff-check`."""


def load(environment: Environment, config: Path, offering: Any, user: Any, start: str, end: str, *more: str) -> None:
    """The agent's loader of past months, for one offering, with the token of *user*."""
    words = ["--config", str(config), "--offering-uuid", offering.uuid, "--user-token", user.token]
    words += ["--start-date", start, "--end-date", end, "--no-staff-check", *more]
    done = subprocess.run(
        [str(environment.command("waldur_site_load_historical_usage")), *words],
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Failed to process" not in done.stdout + done.stderr


@attrs.frozen
class Run:
    """A process of the agent's command line."""

    pid: int

    @property
    def is_alive(self) -> bool:
        return Path(f"/proc/{self.pid}").exists()

    @property
    def ticks(self) -> int:
        """How long it has worked so far, in ticks of its clock."""
        try:
            told = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return 0
        fields = told.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def end(self) -> None:
        """Ask it to end, and wait for that."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + TO_END
        while self.is_alive:
            assert time.monotonic() < deadline, f"{self.pid} does not end"
            time.sleep(0.02)


class Starter:
    """Starts the command line of one installation quickly, as `tests.agent.forking` says."""

    def __init__(self, python: Path):
        self._process = subprocess.Popen(
            [str(python), str(FORKING)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.close)

    def start(self, words: Sequence[str], log: Path) -> Run:
        """A new process, which tells into *log*."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(words), str(log)]) + "\n")
        self._process.stdin.flush()
        return Run(int(self._process.stdout.readline()))

    def close(self) -> None:
        with self._process:
            pass


_starter = cache(Starter)
