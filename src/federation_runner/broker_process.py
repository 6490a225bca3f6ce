"""A RabbitMQ of our own on loopback, as Debian packages it: for the demonstration, and for tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The server itself: the command of that name on the path serves root and the user `rabbitmq` alone."""

READY_SECONDS = 90.0
STOP_SECONDS = 30.0
PLUGINS = "[rabbitmq_management,rabbitmq_web_stomp].\n"
_GUARD = """
read -r _ && exit
kill -s TERM -- "-$1"
for _ in $(seq 150); do kill -s 0 -- "-$1" || break; sleep 0.2; done
epmd -port "$2" -kill
rm -rf -- "$3"
"""
"""Ends a broker whose owner died without a word: then nobody writes the line that it waits for."""


class BrokerError(Exception):
    """The broker does not start; the text says why and what to do."""


def is_installed() -> bool:
    """Whether this machine has a RabbitMQ that can be started."""
    return PROGRAM.exists()


class BrokerProcess(AbstractContextManager["BrokerProcess"]):
    """A broker with data of its own in a temporary directory; gone with everything it started when the block ends.

    Attributes:
        management_url: where its management API answers user and password ``guest``.
        stomp_port: for STOMP over TCP.
        web_stomp_port: for STOMP over WebSocket, path ``/ws``.
    """

    def __init__(self) -> None:
        """Prepare a broker on free ports.

        Raises:
            BrokerError: there is none on this machine.
        """
        if not is_installed():
            raise BrokerError(f"there is no {PROGRAM}; install the package rabbitmq-server")
        amqp, management, self.stomp_port, self.web_stomp_port, self._dist_port, self._epmd_port = _free_ports(6)
        self._ports = {
            "listeners.tcp.1": f"127.0.0.1:{amqp}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": management,
            "stomp.listeners.tcp.1": f"127.0.0.1:{self.stomp_port}",
            "web_stomp.tcp.ip": "127.0.0.1",
            "web_stomp.tcp.port": self.web_stomp_port,
            "log.console": "true",
            "log.file": "false",
        }
        self.management_url = f"http://127.0.0.1:{management}"
        self._home = Path()
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            BrokerError: it ended, or did not answer in time.
        """
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="broker-")))
        (self._home / "enabled_plugins").write_text(PLUGINS)
        (self._home / "rabbitmq.conf").write_text("".join(f"{key} = {value}\n" for key, value in self._ports.items()))
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, its port mapper, and its data."""
        self.stop()
        self._end_port_mapper()
        self._stack.close()

    def start(self) -> None:
        """Start the server with the data that is there, and wait until it answers.

        Raises:
            BrokerError: it ended, or did not answer in time.
        """
        with (self._home / "console.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
                [str(PROGRAM)], env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        self._guard = subprocess.Popen(  # noqa: S603 - a fixed program
            ["/bin/sh", "-c", _GUARD, "guard", str(self._process.pid), str(self._epmd_port), str(self._home)],
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what ends us from the terminal is not to end it too
        )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.1)
        raise BrokerError(f"the broker does not start:\n{self._last_words()}")

    def stop(self) -> None:
        """Stop the server; its data stays until the block ends."""
        process, self._process = self._process, None
        if process is None:
            return
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait(STOP_SECONDS)
        if self._guard is not None:
            self._guard.communicate(b"done\n")
            self._guard = None

    def control(self, *words: str) -> str:
        """What ``rabbitmqctl`` says to *words*.

        Raises:
            subprocess.CalledProcessError: it refused.
        """
        program = str(PROGRAM.with_name("rabbitmqctl"))
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [program, "--quiet", *words], env=self.environment(), check=True, capture_output=True, text=True
        )
        return done.stdout

    def environment(self) -> Mapping[str, str]:
        """The variables under which the server and its tools find each other."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(self._home),
            "RABBITMQ_NODENAME": f"t{self.web_stomp_port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(self._home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._home / "log"),
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self._home / "pid"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _answers(self) -> bool:
        try:
            answer = httpx.get(
                f"{self.management_url}/api/overview", auth=("guest", "guest"), timeout=5, trust_env=False
            )
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def _last_words(self) -> str:
        return (self._home / "console.log").read_text(errors="replace")[-2000:]

    def _end_port_mapper(self) -> None:
        """End the Erlang port mapper, which the server leaves running."""
        program = shutil.which("epmd")
        if program is not None:
            subprocess.run(  # noqa: S603 - a fixed program, no shell
                [program, "-port", str(self._epmd_port), "-kill"],
                env=self.environment(),
                check=False,
                capture_output=True,
            )


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
