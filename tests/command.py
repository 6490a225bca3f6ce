"""The command, as finished runs: each a process of its own, forked from one that has all imported, as importing takes longest.

What terminals, closed streams and signals do to it is tried on processes that are started as users start them.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.zygote import forking, serve

INSTALLED = Path(sys.executable).parent / "waldur-federation"
PATIENCE = 120
COMMAND = "tests.command"
"""Where runs of it are forked from."""

LATE = (
    "rich.console", "rich.progress", "rich.status", "rich.table",
    "federation_adapters.sandbox", "federation_runner.container", "federation_runner.cycle", "federation_runner.daemon",
    "federation_runner.demo.orders_story", "federation_runner.settings.load",
)  # fmt: skip
"""What commands import when they are called."""


def ended(*words, environ=None):
    """Run the command to its end, with *environ* more in its environment: its status, and what it said.

    Raises:
        TimeoutError: it did not end.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        runner = forking(COMMAND)
        runner.start(*words, environ=environ, out=out, err=err)
        status = runner.wait(PATIENCE)
        return subprocess.CompletedProcess(words, status, out.read_text("utf-8"), err.read_text("utf-8"))


@contextmanager
def started(*words, environ=None, **streams):
    """The command under way, started as users do; what is still alive at the end is killed."""
    with subprocess.Popen(
        [INSTALLED, *map(str, words)], text=True, env={**os.environ, **(environ or {})}, **streams
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _serve():
    from federation_adapters.http import client
    from federation_runner.cli import COMMANDS, main

    for name in (*LATE, *(f"federation_runner.cli.{name.replace('-', '_')}_command" for name in COMMANDS)):
        import_module(name)
    client._usual_trust()  # noqa: SLF001 - read once too
    serve(main)


if __name__ == "__main__":
    _serve()
