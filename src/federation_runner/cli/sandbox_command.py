"""`sandbox`: a pair of Waldurs to try things on."""

import threading
from contextlib import ExitStack
from pathlib import Path

import click

from federation_runner.cli.render import table
from federation_runner.cli.status import FINE

PROVIDERS = ("at-once", "after-reads", "manual")


@click.command("sandbox")
@click.option(
    "--config", "config", type=click.Path(path_type=Path), help="Write a ready configuration to this new file."
)
@click.option(
    "--env", "env", type=click.Path(path_type=Path), help="Write addresses and a user's token as shell variables."
)
@click.option("--a-port", type=click.IntRange(0, 65535), default=0, help="Port of A on loopback; any free one if 0.")
@click.option("--b-port", type=click.IntRange(0, 65535), default=0, help="Port of B on loopback; any free one if 0.")
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
def command(
    config: Path | None,
    env: Path | None,
    a_port: int,
    b_port: int,
    provider: str,
    latency: float,
    profile: str,
    projects: int,
) -> int:
    """Serve two sandbox Waldurs, A and B, on loopback until interrupted."""
    from federation_adapters.sandbox import Progress, Server, seed_pair
    from federation_runner.daemon import stopping
    from federation_runner.sandbox_pair import configuration, variables

    for path in (config, env):
        if path is not None and path.exists():
            raise click.UsageError(f"{path} exists already; name a new file")
    behaviour = {
        "at-once": Progress.at_once("{slug}"),
        "after-reads": Progress.after(2, "{slug}"),
        "manual": Progress.manual(),
    }
    pair = seed_pair(projects=projects, b_progress=behaviour[provider], profile=profile)
    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(stopping(stop))
        a = stack.enter_context(Server(pair.a.sandbox, port=a_port))
        b = stack.enter_context(Server(pair.b.sandbox, port=b_port))
        pair.a.sandbox.latency = pair.b.sandbox.latency = latency
        if env is not None:
            env.write_text(variables(pair, a.url, b.url), encoding="utf-8")
        if config is not None:
            config.write_text(configuration(pair, a.url, b.url), encoding="utf-8")
        table(
            "sandbox pair",
            ("", "A", "B"),
            [
                ("address", f"{a.url}/api/", f"{b.url}/api/"),
                ("control", f"{a.url}/_sandbox/", f"{b.url}/_sandbox/"),
                ("a user who may order", pair.a.orderer.token, "–"),
                ("offering", pair.a.offering.uuid, pair.b.offering.uuid),
                ("project", pair.a.projects[0].uuid, "made by the federation"),
            ],
        )
        click.echo(f"configuration: {config or 'none written, see --config'}; interrupt to end")
        stop.wait()
    return FINE
