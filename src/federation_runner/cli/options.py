"""Options that several commands share, and opening what they name."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from federation_core.domain.errors import ConfigurationError, Finding

if TYPE_CHECKING:
    from federation_runner.container import Federation
    from federation_runner.settings.model import Settings

F = TypeVar("F", bound=Callable[..., Any])
MOST_PORT = 65_535
MODES = ("order_process", "report", "membership_sync", "all")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LEVEL_HELP = (
    "In place of log_level of the settings. ERROR: what is broken. WARNING: also what is parked, or failed for the moment. "
    "INFO: also what was done, and the sum of each cycle with orders. DEBUG: also what only waits, and idle cycles."
)

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default="waldur-site-agent-config.yaml",
    show_default=True,
    help="The settings: the YAML of the official site agent.",
)
mode_option = click.option(
    "-m", "--mode", type=click.Choice(MODES), default="all", show_default=True, help="Which work to do."
)
run_mode_option = click.option(
    "-m",
    "--mode",
    type=click.Choice((*MODES, "event_process")),
    default="all",
    show_default=True,
    help="Which work to do; event_process follows what A and B tell, and polls little.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")


class HostPort(click.ParamType[tuple[str, int]]):
    """An address to listen at, such as ``127.0.0.1:8080`` or ``[::1]:8080``."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ANN401 - as click has it
        """Read one."""
        host, _, port = str(value).rpartition(":")
        bare = host.removeprefix("[").removesuffix("]")
        if not bare or (":" in bare) is not host.startswith("[") or not (port.isascii() and port.isdecimal()):
            self.fail(f"{value!r} is no HOST:PORT; write 127.0.0.1:8080, say", param, ctx)
        if int(port) > MOST_PORT:
            self.fail(f"{value!r}: ports go up to {MOST_PORT}", param, ctx)
        return bare, int(port)


def log_options(function: F) -> F:
    """Add ``--log-level`` and ``-v``."""
    level = click.option(
        "--log-level",
        type=click.Choice(LOG_LEVELS, case_sensitive=False),
        help=LEVEL_HELP,
    )
    verbose = click.option("-v", "--verbose", is_flag=True, help="The same as --log-level DEBUG.")
    return level(verbose(function))


def set_logs_up(settings: "Settings", log_level: str | None, *, verbose: bool) -> None:
    """Write log lines of the level that is asked for, without any of the secrets in *settings*."""
    from federation_runner import logs

    logs.configure("DEBUG" if verbose else (log_level or settings.log_level).upper(), settings.secrets())


def load_settings(config: Path, log_level: str | None, *, verbose: bool) -> "Settings":
    """Read the settings and set logging up by them.

    Raises:
        ConfigurationError: with every mistake in them; also where no offering in them is ours.
    """
    from federation_runner import logs
    from federation_runner.settings.load import load
    from federation_runner.settings.ownership import NAMES, SERVED

    settings = load(config, os.environ)
    set_logs_up(settings, log_level, verbose=verbose)
    for skipped in settings.skipped:
        logs.DAEMON.warning("%s", logs.line("skipped", {"offering": skipped.name, "reason": skipped.reason}))
    if not settings.offerings:
        if settings.skipped and all(skipped.reason == SERVED for skipped in settings.skipped):
            cause = "all of them are storage systems, for which there is nothing to run here"
            raise ConfigurationError(Finding("offerings", cause, "serve them with waldur-federation storage-proxy"))
        ways = ", or ".join(f"{key}: {names[0]}" for key, names in NAMES.items() if key.endswith("_backend"))
        raise ConfigurationError(Finding("offerings", "none of them is ours", f"write {ways} into one"))
    return settings


@contextmanager
def open_federations(settings: "Settings", mode: str) -> Iterator[Sequence["Federation"]]:
    """One container per offering that asks for *mode*, closed at the end.

    Raises:
        ConfigurationError: there is no such offering.
    """
    from federation_runner.container import Federation, close
    from federation_runner.modes import EVENTS, listens, modes_of

    asks = listens if mode == EVENTS else modes_of
    wanted = [offering for offering in settings.offerings if asks(offering, mode)]
    if not wanted:
        raise ConfigurationError(_nobody_asks(mode))
    federations = [Federation(settings=offering) for offering in wanted]
    try:
        yield federations
    finally:
        for federation in federations:
            close(federation)


def _nobody_asks(mode: str) -> Finding:
    """What to write into an offering so that *mode* has something to do."""
    from federation_runner.modes import ALL, EVENTS
    from federation_runner.settings import ownership

    if mode == EVENTS:
        cause = "none of them listens to events of its orders or people"
        return Finding(
            "offerings", cause, "write stomp_enabled: true, or target_stomp_enabled: true in backend_settings, into one"
        )
    asked = {each: key for each, key in ownership.MODES.items() if mode in {each, ALL}}
    bridge = ["username_management_backend"] if "membership_sync" in asked else []
    ways = ", or ".join(f"{key}: {ownership.NAMES[key][0]}" for key in [*asked.values(), *bridge])
    return Finding("offerings", f"none of them asks for what this runs ({', '.join(asked)})", f"write {ways} into one")
