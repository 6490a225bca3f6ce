"""Starts real processes of the command quickly: a process that has imported everything forks one child per run.

Protocol, a line each: in comes the child's arguments as a JSON list; out goes the child's PID, and, once it has ended, its wait
status as `os.waitstatus_to_exitcode` gives it.
"""

import gc
import json
import os
import subprocess
import sys
from contextlib import contextmanager

START_UP_TIMEOUT = 30


class Zygote:
    """A handle on the forking process."""

    def __init__(self, process):
        self._process = process

    def start(self, *arguments):
        """Start the command; returns its PID."""
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self):
        """Wait for the command started last; negative is the signal that killed it."""
        return int(self._process.stdout.readline())


@contextmanager
def zygote(module="tests.scenario.zygote"):
    """Start the forking process, and end it; *module* says what its children do."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
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
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            run(json.loads(line))
            os._exit(0)
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _tell(number):
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _serve_the_command():
    from federation_adapters.http import client
    from federation_runner import container, cycle, daemon  # noqa: F401 - imported once, for all children
    from federation_runner.cli import main, run_command  # noqa: F401
    from federation_runner.settings import load  # noqa: F401

    client._usual_trust()  # noqa: SLF001 - read once too
    serve(main)


if __name__ == "__main__":
    _serve_the_command()
