"""`sandbox`: a pair of Waldurs to try things on."""

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation_runner.cli.errors import UsageMistakeError
from federation_runner.cli.files import secret_file
from federation_runner.cli.render import facts
from federation_runner.cli.status import FINE

if TYPE_CHECKING:
    from federation_adapters.sandbox import Pair

PROVIDERS = ("at-once", "after-reads", "manual")
HOST = "127.0.0.1"
_A_PORT, _B_PORT = "--a-port", "--b-port"


@click.command("sandbox")
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    help="Write a ready configuration to this new file, for its owner alone.",
)
@click.option(
    "--env",
    "env",
    type=click.Path(path_type=Path),
    help="Write addresses and a user's token as shell variables to this new file, for its owner alone.",
)
@click.option(_A_PORT, type=click.IntRange(0, 65535), default=0, help="Port of A on loopback; any free one if 0.")
@click.option(_B_PORT, type=click.IntRange(0, 65535), default=0, help="Port of B on loopback; any free one if 0.")
@click.option(
    "--provider",
    type=click.Choice(PROVIDERS),
    default="after-reads",
    show_default=True,
    help="How B's provider behaves.",
)
@click.option("--latency", type=click.FloatRange(0, 60), default=0.0, help="Seconds that every request takes at least.")
@click.option(
    "--profile",
    type=click.Choice(("8.1.2", "2024-10")),
    default="8.1.2",
    show_default=True,
    help="Which release to be like.",
)
@click.option(
    "--projects", type=click.IntRange(1, 1000), default=3, show_default=True, help="Projects of the customer on A."
)
@click.option(
    "--broker",
    "broker",
    metavar="URL",
    help="Publish messages of both through this RabbitMQ: its management API, with user and password in the URL.",
)
def command(
    config: Path | None,
    env: Path | None,
    a_port: int,
    b_port: int,
    provider: str,
    latency: float,
    profile: str,
    projects: int,
    broker: str | None,
) -> int:
    """Serve two sandbox Waldurs, A and B, on loopback until interrupted.

    SIGINT (Ctrl-C), SIGTERM and SIGHUP are how it is meant to end: the status is 0 after each of them.
    """
    from federation_adapters.sandbox import Progress, Server, seed_pair
    from federation_runner.daemon import stopping
    from federation_runner.sandbox_pair import configuration, variables

    if a_port and a_port == b_port:
        raise UsageMistakeError(f"{_A_PORT} and {_B_PORT} are both {a_port}; name two ports, or leave one of them out")
    check_free(_A_PORT, a_port, HOST)
    check_free(_B_PORT, b_port, HOST)
    behaviour = {
        "at-once": Progress.at_once("{slug}"),
        "after-reads": Progress.after(2, "{slug}"),
        "manual": Progress.manual(),
    }
    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(stopping(stop))
        config_file = None if config is None else stack.enter_context(secret_file(config))
        env_file = None if env is None else stack.enter_context(secret_file(env))
        pair = seed_pair(projects=projects, b_progress=behaviour[provider], profile=profile)
        a = stack.enter_context(Server(pair.a.sandbox, host=HOST, port=a_port))
        b = stack.enter_context(Server(pair.b.sandbox, host=HOST, port=b_port))
        pair.a.sandbox.latency = pair.b.sandbox.latency = latency
        port = None if broker is None else stack.enter_context(_published(pair, broker))
        if env_file is not None:
            env_file.write(variables(pair, a.url, b.url))
        if config_file is not None:
            config_file.write(configuration(pair, a.url, b.url, web_stomp_port=port))
        _show(pair, a.url, b.url)
        click.echo(f"configuration: {config or 'none written, see --config'}; interrupt to end")
        stop.wait()
    return FINE


@contextmanager
def _published(pair: "Pair", url: str) -> Iterator[int]:
    """Publish what happens in both sandboxes while inside; gives the port that clients connect to.

    Raises:
        UsageMistakeError: there is no such broker.
    """
    from federation_adapters.sandbox import BrokerError, RabbitMq

    try:
        link = RabbitMq(url)
    except BrokerError as error:
        cause = f"--broker: {error}"
        raise UsageMistakeError(f"{cause}; name a management API, such as http://guest:guest@127.0.0.1:15672") from None
    publishers = [side.sandbox.connect(link) for side in (pair.a, pair.b)]
    try:
        yield link.web_stomp_port
    finally:
        for publisher in publishers:
            publisher.stop()
        link.close()


def check_free(option: str, port: int, host: str, *, any_free: str = "leave it out") -> None:
    """Bind the port for a moment; whatever is wrong with it is told before anything is served.

    Args:
        option: by which the port was given.
        port: to be had; any if 0.
        host: address to listen at.
        any_free: what to do for any free one.

    Raises:
        UsageMistakeError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except PermissionError:
        raise UsageMistakeError(f"{option} {port} may not be used by this user; name one from 1024 on") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise UsageMistakeError(f"nobody can listen at {host}: {error.strerror}") from None
        raise UsageMistakeError(f"{option} {port} is in use; name another, or {any_free} for any free one") from None


def _show(pair: "Pair", a_url: str, b_url: str) -> None:
    facts(
        "sandbox pair",
        [
            ("A, address", f"{a_url}/api/"),
            ("A, control", f"{a_url}/_sandbox/"),
            ("A, token of a user who may order", pair.a.orderer.token),
            ("A, offering", pair.a.offering.uuid),
            ("A, project", pair.a.projects[0].uuid),
            ("B, address", f"{b_url}/api/"),
            ("B, control", f"{b_url}/_sandbox/"),
            ("B, offering", pair.b.offering.uuid),
        ],
    )
