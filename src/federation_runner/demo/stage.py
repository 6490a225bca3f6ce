"""What a story is played on: two served sandboxes, a configuration file, and the engine."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
from dependency_injector import providers

from federation_adapters.sandbox import Pair, RabbitMq, Server, seed_pair
from federation_core.application.outcome import CycleReport
from federation_core.ports.journal import Journal
from federation_runner.container import Federation, close
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import load
from federation_runner.settings.model import Intervals

SETTLE_SECONDS = 1
REQUEST_TIMEOUT = 5
POLL_SECONDS = 0.02


@attrs.frozen
class Stage:
    """Two Waldurs and what lies between them."""

    pair: Pair
    config: Path
    federation: Federation
    stop: threading.Event

    def cycle(self) -> CycleReport:
        """Let the engine do one cycle in this process."""
        self.pause(0)
        return self.federation.reconcile_orders().run()

    def report(self) -> CycleReport:
        """Let the engine tell A what B metered."""
        self.pause(0)
        return self.federation.sync_usage().run()

    def every(self, seconds: float) -> Intervals:
        """A schedule with this interval for all that is polled."""
        return Intervals(seconds, seconds, seconds, seconds)

    def pause(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            KeyboardInterrupt: the story is to end.
        """
        if self.stop.wait(seconds):
            raise KeyboardInterrupt

    @contextmanager
    def runner(self) -> "Iterator[subprocess.Popen[bytes]]":
        """The engine as a process of its own that does one cycle; it does not outlive the block."""
        self.pause(0)
        command = [sys.executable, "-m", "federation_runner", "run", "--once", "--config", str(self.config)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=dict(os.environ)) as process:  # noqa: S603 - our own program
            try:
                yield process
            finally:
                process.kill()

    def wait_for(self, process: "subprocess.Popen[bytes]", patience: float) -> int:
        """The status of *process* once it has ended.

        Raises:
            KeyboardInterrupt: the story is to end.
            TimeoutError: it has not ended after *patience* seconds.
        """
        deadline = time.monotonic() + patience
        while (status := process.poll()) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the engine has not ended after {patience:g} seconds")
            self.pause(POLL_SECONDS)
        return status

    def summary(self) -> dict[str, Any]:
        """What is on both sides now: A's orders by state, B's resources, how many of those are doubles, and all requests."""
        world_a, world_b = self.pair.a.sandbox.world, self.pair.b.sandbox.world
        marks = Counter(resource.attributes.get("waldur_federation_resource") for resource in world_b.resources)
        return {
            "orders": dict(sorted(Counter(order.state for order in world_a.orders).items())),
            "resources_on_b": len(world_b.resources),
            "duplicates": sum(count - 1 for count in marks.values()),
            "requests": {"a": self.pair.a.sandbox.requests.total, "b": self.pair.b.sandbox.requests.total},
        }


@contextmanager
def set_up(journal: Journal, stop: threading.Event, broker: RabbitMq | None = None) -> Iterator[Stage]:
    """Serve the pair, write the configuration, wire the engine with *journal*; everything is gone at the end, or after *stop*."""
    pair = seed_pair()
    with ExitStack() as stack:
        if broker is not None:
            for side in (pair.a, pair.b):
                stack.callback(side.sandbox.connect(broker).stop)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="waldur-federation-")))
        a = stack.enter_context(Server(pair.a.sandbox))
        b = stack.enter_context(Server(pair.b.sandbox))
        config = folder / "config.yaml"
        extra = {"create_settle_seconds": SETTLE_SECONDS, "request_timeout": REQUEST_TIMEOUT}
        port = None if broker is None else broker.web_stomp_port
        config.write_text(configuration(pair, a.url, b.url, extra, web_stomp_port=port), encoding="utf-8")
        federation = Federation(settings=load(config, os.environ).offerings[0])
        federation.journal.override(providers.Object(journal))
        stack.callback(close, federation)
        yield Stage(pair, config, federation, stop)
