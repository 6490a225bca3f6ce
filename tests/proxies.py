"""Real proxies on loopback, each a process of its own, that remember whom they were asked to connect to."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

PATIENCE = 30.0
KINDS = ("socks5", "socks5h", "socks4", "http")
_ASKED = re.compile(r"-> (\S+)")


@attrs.define
class Proxy:
    """One proxy, and what it has said."""

    url: str
    lines: list[str] = attrs.field(factory=list)

    def asked(self) -> set[str]:
        """The addresses that it was asked to connect to."""
        return {found[1] for line in self.lines if (found := _ASKED.search(line))}


@contextmanager
def proxy(kind: str, credentials: str = "") -> Iterator[Proxy]:
    """A proxy of *kind*; with *credentials*, such as ``user:word``, it serves nobody else."""
    port = _free_port()
    spoken = kind.rstrip("ha")
    listen = f"{spoken}://127.0.0.1:{port}" + (f"#{credentials}" if credentials else "")
    command = [sys.executable, "-u", "-m", "pproxy", "-v", "-l", listen]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        head = f"{credentials}@" if credentials else ""
        served = Proxy(f"{kind}://{head}127.0.0.1:{port}")
        reader = threading.Thread(target=_follow, args=(process, served.lines))
        reader.start()
        try:
            _wait_until_open(port, process)
            yield served
        finally:
            process.kill()
            reader.join()


def _follow(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    lines.extend(line.strip() for line in process.stdout)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the proxy does not listen")
