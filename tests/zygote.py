"""Starts real processes quickly: a process that has imported everything forks one child per run.

Protocol, a line each, as JSON: in comes what the child is to be, see `Zygote.start`; out goes the child's PID, and, once it has
ended, its wait status as `os.waitstatus_to_exitcode` gives it.
"""

import atexit
import gc
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import cache

START_UP_TIMEOUT = 30


class Zygote:
    """A handle on the forking process."""

    def __init__(self, process):
        self._process = process
        self._pid = 0

    def start(self, *arguments, environ=None, out=os.devnull, err=os.devnull):
        """Start a child here, with *environ* more in its environment, which prints into files; returns its PID."""
        wanted = {
            "arguments": list(map(str, arguments)),
            "environ": {**os.environ, **(environ or {})},
            "folder": os.getcwd(),  # noqa: PTH109 - a name to hand on
            "streams": [os.devnull, str(out), str(err)],
        }
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self._pid = int(self._process.stdout.readline())
        return self._pid

    def wait(self, patience=None):
        """Wait for the child started last, for so many seconds; negative is the signal that killed it.

        Raises:
            TimeoutError: it did not end, and has been killed.
        """
        is_over, _, _ = select.select([self._process.stdout], [], [], patience)
        if not is_over:
            os.kill(self._pid, signal.SIGKILL)
        status = int(self._process.stdout.readline())
        if not is_over:
            raise TimeoutError(f"it had not ended after {patience} s")
        return status


@cache
def forking(module):
    """The forking process of *module*, which calls `serve` with what its children do; one for as long as this process lives."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_zygote(module))


@contextmanager
def _zygote(module):
    with subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            yield Zygote(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(START_UP_TIMEOUT)


def serve(run):
    """Fork a child for every line that comes in, which calls *run* with its arguments and ends."""
    gc.freeze()  # no child looks for garbage among what was imported
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            wanted = json.loads(line)
            _become(wanted)
            run(wanted["arguments"])
            os._exit(0)
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _become(wanted):
    os.environ.clear()
    os.environ.update(wanted["environ"])
    time.tzset()
    os.chdir(wanted["folder"])
    for number, name in enumerate(wanted["streams"]):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)


def _tell(number):
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
