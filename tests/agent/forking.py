"""Started by an installation's own Python: has the agent's command line imported once, and forks a child for each run of it.

Of the seven seconds that the agent takes to start, nearly all are for its imports. In comes a line for each run: its words and the
file that it tells into, as a JSON list; out goes the PID of its process, which ends when it likes or is told to by a signal.
"""

import gc
import json
import os
import signal
import sys
from importlib.metadata import entry_points


def _command():
    """The function behind the agent's command; what it would import in its first cycle is imported too."""
    (command,) = entry_points(group="console_scripts", name="waldur_site_agent")
    for kind in ("backends", "username_management_backends"):
        for plug_in in entry_points(group=f"waldur_site_agent.{kind}"):
            plug_in.load()
    return command.load()


def _become(words, log):
    """Be the process of one run from here on."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    streams = os.open(os.devnull, os.O_RDONLY), *2 * (os.open(log, os.O_WRONLY | os.O_APPEND),)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.argv = ["waldur_site_agent", *words]


def main():
    run = _command()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone, and nobody has to ask
    for line in sys.stdin:
        words, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(words, log)
            return run()
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
