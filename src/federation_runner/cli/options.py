"""Options that several commands share, and opening what they name."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from federation_runner.container import Federation
    from federation_runner.settings.model import Settings

F = TypeVar("F", bound=Callable[..., Any])
MODES = ("order_process", "all")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

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
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")


def log_options(function: F) -> F:
    """Add ``--log-level`` and ``-v``."""
    level = click.option(
        "--log-level",
        type=click.Choice(LOG_LEVELS, case_sensitive=False),
        help="Overrides log_level of the settings.",
    )
    verbose = click.option("-v", "--verbose", is_flag=True, help="The same as --log-level DEBUG.")
    return level(verbose(function))


def load_settings(config: Path, log_level: str | None, *, verbose: bool) -> "Settings":
    """Read the settings and set logging up by them.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    from federation_runner import logs
    from federation_runner.settings.load import load

    settings = load(config, os.environ)
    logs.configure("DEBUG" if verbose else (log_level or settings.log_level).upper(), settings.secrets())
    for skipped in settings.skipped:
        logs.DAEMON.warning("%s", logs.line("skipped", {"offering": skipped.name, "reason": skipped.reason}))
    return settings


@contextmanager
def open_federations(settings: "Settings") -> Iterator[Sequence["Federation"]]:
    """One container per offering that asks for order processing, closed at the end."""
    from federation_runner.container import Federation, close

    wanted = [offering for offering in settings.offerings if "order_process" in offering.modes]
    federations = [Federation(settings=offering) for offering in wanted]
    try:
        yield federations
    finally:
        for federation in federations:
            close(federation)
