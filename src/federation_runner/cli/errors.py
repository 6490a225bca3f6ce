"""Why a command ends early, beside mistakes in the settings; each is one line for people."""

import click

from federation_runner.cli.status import FAILED, USAGE


class UsageMistakeError(click.ClickException):
    """The command line asks for what cannot be, though each option by itself is fine."""

    exit_code = USAGE


class UnwrittenError(click.ClickException):
    """What was to stand in a file could not be written there."""

    exit_code = FAILED


class UntoldError(click.ClickException):
    """What was asked for cannot be told."""

    exit_code = FAILED


class InterruptionError(Exception):
    """A signal asked the command to end."""
