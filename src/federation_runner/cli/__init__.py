"""The command line: parsing, rendering and exit statuses; each command is a module, imported when it is called.

| status | means |
| --- | --- |
| 0 | fine, or nothing to do |
| 1 | something failed or could not be told |
| 2 | usage or configuration |
| 3 | `plan` or `drift` found something, or the chain that `why` shows is broken |
| 130 | interrupted |
"""

import signal
import sys
from importlib import import_module, metadata
from typing import NoReturn

import click

from federation_core.domain.errors import ConfigurationError, FederationError
from federation_core.domain.words import printable
from federation_runner.cli import streams
from federation_runner.cli.errors import InterruptionError
from federation_runner.cli.status import FAILED, FINE, INTERRUPTED, USAGE

COMMANDS = {
    "demo": "Tell the main story on two sandbox Waldurs; needs nothing else.",
    "run": "Do what the settings ask for, once or until stopped.",
    "plan": "Show what run would do, and why; writes nothing.",
    "drift": "Show what differs between A and B; writes nothing.",
    "history": "Tell A the usage of past months.",
    "check": "Tell what is wrong with settings, servers, rights and offerings, and what to do; writes nothing.",
    "why": "Show the chain by which an order, a resource or a person is, or is not, on B; writes nothing.",
    "map": "Explain the component mapping with amounts.",
    "storage-proxy": "Serve storage resources of Waldur as the CSCS hierarchy.",
    "sandbox": "Serve a pair of sandbox Waldurs for tests of your own.",
}


class _LazyGroup(click.Group):
    """Imports a command's module when the command is called, so that help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an interruption is ours to tell, before click does."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptionError from None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"federation_runner.cli.{cmd_name.replace('-', '_')}_command").command
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
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit status: 0 fine, 1 something failed, 2 usage or configuration, 3 plan, drift or why found something, "
    "130 interrupted.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Federates two Waldur marketplaces: orders placed on A are delivered by B."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(USAGE)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit with its status; a mistake of the user is a line on standard error, never a traceback."""
    streams.guard()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, signal.default_int_handler)
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        result = cli.main(arguments, prog_name="waldur-federation", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _told(_in_words(error), error.exit_code)
    except ConfigurationError as error:
        return _told("\nerror: ".join(printable(str(finding)) for finding in error.findings), USAGE)
    except FederationError as error:
        return _told(printable(str(error)), FAILED)
    except streams.OutputLostError as error:
        return _told(f"the result could not be written to standard output: {error}", FAILED)
    except (InterruptionError, KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except OSError as error:
        return _told(f"{error.filename}: {error.strerror}", USAGE) if error.filename else _told(str(error), FAILED)
    return result if isinstance(result, int) else FINE


def _told(text: str, status: int) -> int:
    click.echo(f"error: {text}", err=True)
    return status


def _in_words(error: click.ClickException) -> str:
    """What click found wrong with the command line, as the settings' mistakes are told: cause, and where to look."""
    text = error.format_message().rstrip(".")
    text = text[:1].lower() + text[1:]
    context = error.ctx if isinstance(error, click.UsageError) else None
    return printable(text) if context is None else f"{text} (see {context.command_path} --help)"
