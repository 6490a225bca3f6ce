"""The command line: parsing, rendering and exit statuses; each command is a module, imported when it is called.

| status | means |
| --- | --- |
| 0 | fine, or nothing to do |
| 1 | something failed or could not be told |
| 2 | usage or configuration |
| 3 | `plan` or `drift` found something |
| 130 | interrupted |
"""

import sys
from importlib import import_module, metadata
from typing import NoReturn

import click

from federation_core.domain.errors import ConfigurationError, FederationError
from federation_runner.cli.status import FAILED, INTERRUPTED, USAGE

COMMANDS = {
    "demo": "Tell the main story on two sandbox Waldurs; needs nothing else.",
    "run": "Do what the settings ask for, once or until stopped.",
    "plan": "Show what run would do, and why; writes nothing.",
    "drift": "Show what differs between A and B; writes nothing.",
    "map": "Explain the component mapping with amounts.",
    "sandbox": "Serve a pair of sandbox Waldurs for tests of your own.",
}


class _LazyGroup(click.Group):
    """Imports a command's module when the command is called, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"federation_runner.cli.{cmd_name}_command").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"waldur-federation {metadata.version('waldur-federation')}")
        ctx.exit(0)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit status: 0 fine, 1 something failed, 2 usage or configuration, 3 plan or drift found something, "
    "130 interrupted.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def cli() -> None:
    """Federates two Waldur marketplaces: orders placed on A are delivered by B."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit with its status; a mistake of the user is a line on standard error, never a traceback."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        result = cli.main(arguments, prog_name="waldur-federation", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ConfigurationError as error:
        for finding in error.findings:
            click.echo(f"error: {finding}", err=True)
        return USAGE
    except FederationError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:
        if not error.filename:
            raise
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        return USAGE
    return result if isinstance(result, int) else 0
