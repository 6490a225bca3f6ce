"""`python -m tests.bench.storage`: what the storage proxy does for many clients at once, beside what was promised of it."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console
from tests.bench.machine import machine
from tests.bench.sheets import Sheet

RESOURCES, LATENCY, CONNECTIONS, SECONDS = 10_000, 0.02, 8, 20.0
PAGE = Path(__file__).parents[2] / "docs/explanation/benchmarks-storage.md"
TEMPLATE = Path(__file__).with_name("storage_page.md")
PATHS = [
    f"/api/storage-resources/?storage_system={system}&data_type={data_type}&status=active&page={page}&page_size=100"
    for page in (1, 5)
    for system in ("capstor", "vast", "iopsstor")
    for data_type in ("store", "archive")
]
GOALS = {"first": 5.0, "rate": 200.0, "p99": 80.0, "memory": 300.0}
LIBRARIES = ("fastapi", "starlette", "uvicorn", "h11", "PyJWT")
PATIENCE = 120.0


@attrs.frozen
class Figures:
    """What was measured; times in seconds or milliseconds, memory in MB of 1 000 000 bytes.

    Attributes:
        first: until the first page of a process that was just started, after it listens.
        pages: requests for the list of resources that Waldur had, the first reading included.
        work_first: seconds of processor time of the proxy until the first page.
        work_each: milliseconds of its processor time for an answer, refreshes included.
        groups: requests for groups that the User API had.
        busy: which part of all processors' time was work of anybody while clients asked.
        odd: answers that were not as they should be.
    """

    start: float
    first: float
    requests: int
    rate: float
    p50: float
    p99: float
    slowest: float
    memory: float
    work_first: float
    work_each: float
    pages: int
    groups: int
    load: float
    busy: float
    odd: int


def measured(resources: int = RESOURCES, seconds: float = SECONDS) -> Figures:
    """Start everything, ask, and measure."""
    with ExitStack() as stack:
        upstream = stack.enter_context(_process("tests.bench.storage_upstream", str(resources), str(LATENCY)))
        told = json.loads(_line(upstream))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (directory / "proxy.yaml").write_text(told["configuration"])
        began = time.perf_counter()
        log = stack.enter_context((directory / "log.txt").open("w"))
        port = _free_port()
        proxy = stack.enter_context(
            _process(
                "federation_runner",
                "storage-proxy",
                "-c",
                str(directory / "proxy.yaml"),
                "--port",
                str(port),
                errors=log,
            )
        )
        _wait_until_healthy(port)
        listens = time.perf_counter()
        _get(port, PATHS[0], told["token"])
        answered = time.perf_counter()
        work_first = _work(proxy.pid)
        before, load = _processors(), os.getloadavg()[0]
        asked = {"port": port, "token": told["token"], "paths": PATHS, "connections": CONNECTIONS, "seconds": seconds}
        found = json.loads(_run("tests.bench.storage_load", json.dumps(asked)))
        work, whole = (now - then for now, then in zip(_processors(), before, strict=True))
        work_run = _work(proxy.pid) - work_first
        took = sorted(milliseconds for _, milliseconds in found["took"])
        upstream.stdin.write("asked\n")
        upstream.stdin.flush()
        counted = json.loads(_line(upstream))
        return Figures(
            start=listens - began,
            first=answered - listens,
            requests=len(took),
            rate=len(took) / found["seconds"],
            p50=took[len(took) // 2],
            p99=took[len(took) * 99 // 100],
            slowest=took[-1],
            memory=_peak(proxy.pid),
            work_first=work_first,
            work_each=work_run / len(took) * 1000,
            pages=counted["pages"],
            groups=counted["groups"],
            load=load,
            busy=work / whole,
            odd=found["odd"],
        )


def sheets(found: Figures) -> list[Sheet]:
    """The tables."""
    return [
        Sheet(
            f"The storage proxy with {RESOURCES} resources",
            ("what", "measured", "promised"),
            (
                ("first answer after the start, s", f"{found.first:.1f}", f"< {GOALS['first']:.0f}"),
                ("requests per second", f"{found.rate:.0f}", f"≥ {GOALS['rate']:.0f}"),
                ("median of an answer, ms", f"{found.p50:.1f}", ""),
                ("99 of 100 answers within, ms", f"{found.p99:.1f}", f"< {GOALS['p99']:.0f}"),
                ("slowest answer, ms", f"{found.slowest:.0f}", ""),
                ("most memory held, MB", f"{found.memory:.0f}", f"< {GOALS['memory']:.0f}"),
                ("answers that were wrong", str(found.odd), "0"),
            ),
        ),
        Sheet(
            "What it cost the services behind it",
            ("what", "measured"),
            (
                ("answers to clients", str(found.requests)),
                ("pages of resources asked of Waldur", str(found.pages)),
                ("batches of groups asked of the User API", str(found.groups)),
                (
                    "processor time of the proxy until its first answer, its start included, s",
                    f"{found.work_first:.1f}",
                ),
                ("processor time of the proxy for an answer, refreshes included, ms", f"{found.work_each:.1f}"),
                ("start of the process until it listens, s", f"{found.start:.1f}"),
                ("load of the machine before clients asked", f"{found.load:.1f}"),
                ("processors at work while they asked", f"{found.busy:.0%}"),
            ),
        ),
    ]


def write(found: Figures) -> Path:
    """Write the page of the manual; returns where it is."""
    text = TEMPLATE.read_text(encoding="utf-8").format(
        command="python -m tests.bench.storage --write",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        python=platform.python_version(),
        libraries=", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        resources=RESOURCES,
        latency=LATENCY * 1000,
        connections=CONNECTIONS,
        seconds=SECONDS,
        tables="\n".join(sheet.markdown() for sheet in sheets(found)),
    )
    PAGE.write_text(text, encoding="utf-8")
    return PAGE


@contextmanager
def _process(module: str, *arguments: str, errors: Any = None) -> Iterator[Any]:
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _run(module: str, given: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", module], input=given, capture_output=True, text=True, check=True
    ).stdout


def _line(process: Any) -> str:
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the bench has ended")
    return str(line)


def _get(port: int, path: str, token: str = "") -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
        return bytes(answer.read())


def _wait_until_healthy(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            _get(port, "/healthz")
        except urllib.error.URLError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("the proxy does not listen")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kibibytes = int(status.partition("VmHWM:")[2].split()[0])
    return kibibytes * 1024 / 1e6


def _work(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _processors() -> tuple[float, float]:
    """Seconds that all processors have worked, and have been there."""
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return float(sum(values) - values[3] - values[4]), float(sum(values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, show, and write the page if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.storage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long clients ask")
    parser.add_argument("--write", action="store_true", help="write docs/explanation/benchmarks-storage.md")
    asked = parser.parse_args(arguments)
    console = Console(width=140)
    found = measured(seconds=asked.seconds)
    for sheet in sheets(found):
        console.print(sheet.shown())
    if asked.write:
        console.print(f"written: {write(found)}")


if __name__ == "__main__":
    main()
