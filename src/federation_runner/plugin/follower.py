"""B's events, followed in the agent's event process: an order that ended on B ends on A at once.

Core hands A's orders over itself, and writes on A after our calls return. So this thread leaves an order alone until core has
stored B's order with it, which is the last that core writes when it has placed one.
"""

import os
import threading

from federation_adapters.site_agent.reach import Reach
from federation_runner.container import start_listening
from federation_runner.lane import Lane
from federation_runner.plugin.federated import LOG, Federated
from federation_runner.settings.load import read_intervals

MODES = ("order_process",)
"""What is polled too, as where events fail there is nobody else to notice soon that B is done."""


def follow(federated: Federated, reach: Reach) -> None:
    """B's events are followed from now on, where the settings ask for them.

    Raises:
        ConfigurationError: an environment variable for an interval is not understood.
    """
    federated.follows_events = True
    federated.meet(reach)
    if not federated.settings.b_events.enabled:
        return
    federation = federated.beside(reach)
    if federation is None:
        return
    lane = Lane([(federation, MODES)], read_intervals(os.environ), federation.stop())
    start_listening(federation)
    threading.Thread(target=lane.run, name=f"federation-{reach.offering.hex[:8]}", daemon=True).start()
    LOG.info("events of B at %s are followed", federated.settings.b.host)
