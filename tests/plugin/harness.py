"""The official agent's core, in this process, on a pair of sandboxes; its cycles are those that its command line runs for ever."""

import functools
import logging
import ssl
from contextlib import contextmanager
from typing import Any

import attrs
import httpx
import yaml
from tests.scenario.harness import Mounted, Play, play
from waldur_site_agent.common import processors, utils
from waldur_site_agent.common.structures import RootConfiguration
from waldur_site_agent.polling_processing import agent_membership_sync, agent_order_process, agent_report

from federation_adapters.http.network import Network
from federation_runner.container import close
from federation_runner.plugin import federated as process

LOOPS = {
    "order_process": agent_order_process,
    "membership_sync": agent_membership_sync,
    "report": agent_report,
}


@attrs.define
class Agent:
    """Core with one configuration; *lines* are what it logged as an error, or worse."""

    play: Play
    configuration: Any
    lines: list[logging.LogRecord]

    def cycle(self, *modes):
        """One cycle of each of *modes*, as its own process would run it; all three unless told otherwise."""
        for mode in modes or LOOPS:
            self.configuration.waldur_site_agent_mode = mode
            LOOPS[mode]._process_offerings(self.configuration, {})  # noqa: SLF001 - what the command line runs each time

    def restart(self):
        """Forget everything that a new process would not know, and end its threads."""
        for one in self.known():
            for _, federation in one._met.values():  # noqa: SLF001 - the process's memory
                federation.a_http().close()
            close(one.on_b)
        process._REGISTRY._known.clear()  # noqa: SLF001 - the process's memory

    def known(self):
        """What the process knows of its offerings."""
        return [one for several in process._REGISTRY._known.values() for one in several]  # noqa: SLF001

    @property
    def offering(self):
        return self.configuration.waldur_offerings[0]

    def backend(self, role="order_processing_backend"):
        return utils.get_backend_for_offering(self.offering, role)[0]

    def processor(self, kind=processors.OfferingOrderProcessor, **options):
        client = utils.get_client_for_offering(self.offering, "tests")
        return kind(self.offering, client, **options)


@functools.cache
def trust(**_options):
    """A context that trusts nobody: core makes a real one with each client, which takes long, and nobody speaks TLS here."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Errors(logging.Handler):
    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record):
        self.lines.append(record)


def configured(content, mode="order_process"):
    found = RootConfiguration(**content).to_agent_configuration()
    found.waldur_user_agent = "waldur-site-agent-tests/0"
    found.waldur_site_agent_mode = mode
    return found


def mount(monkeypatch, pair):
    """Let everybody in this process reach the pair without a socket, by the hosts that `play` names where it serves nothing."""
    mounted = {"a.example": Mounted(pair.a.sandbox), "b.example": Mounted(pair.b.sandbox)}
    for network in (httpx.HTTPTransport, Network):
        monkeypatch.setattr(
            network, "handle_request", lambda _self, request: mounted[request.url.host].handle_request(request)
        )


@contextmanager
def agent(monkeypatch, tmp_path, **options):
    """Core on a fresh pair, which it reaches without a socket; *options* are those of `play`."""
    monkeypatch.setattr("waldur_site_agent.common.healthz.HEARTBEAT_PATH", tmp_path / "beat", raising=False)
    monkeypatch.setattr(processors, "sleep", lambda _seconds: None)
    monkeypatch.setattr(ssl, "create_default_context", trust)
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    with play(served=False, **options) as played:
        mount(monkeypatch, played.pair)
        found = Agent(played, configured(yaml.safe_load(played.config)), errors.lines)
        found.restart()
        try:
            yield found
        finally:
            found.restart()
            logging.getLogger().removeHandler(errors)
