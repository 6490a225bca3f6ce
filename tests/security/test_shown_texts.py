"""Names and reasons of others are shown as what they are: they forge no line, steer no terminal, and are no markup."""

import io
import json
import re
import sys

import click
import pytest
from tests.security.hostile import logging_as_commands_do
from tests.unit.settings.documents import good, mistakes

from federation_core.domain import errors
from federation_core.domain.ids import Side
from federation_core.domain.words import printable
from federation_runner import cli, logs
from federation_runner.cli import render

NAMES = {
    "a line of its own": "climate\n2026-11-23 12:00:00,000 ERROR   federation.orders forged",
    "a carriage return": "climate\rforged",
    "colours": "\x1b[31mclimate\x1b[0m",
    "a title and a bell": "\x1b]0;forged\x07climate",
    "eight bit": "\x9b31mclimate",
    "backspaces": "climate\b\b\b\b\b\b\bforged",
    "separators of Unicode": "climate\u2028forged\u2029forged\x85forged\x1eforged",
    "writing turned round": "climate\u202eforged",
    "half a letter": "climate\ud800",
    "a null": "climate\0forged",
    "pairs of our own": 'climate" outcome="done',
    "a pair without blanks": "outcome=done",
    "markup": "[red]climate[/red] [link=https://elsewhere.example]here[/link]",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formats": "%s %d {0} {name} $HOME `id`",
}
named = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s"=]*))(?: |$)')


class Terminal(io.StringIO):
    def isatty(self):
        return True


@named
def test_a_log_line_is_one_line_with_the_pairs_that_were_given(name):
    line = logs.line("reconciled", {"key": "1", "reason": name, "outcome": "parked"})
    assert line.isprintable()
    event, _, rest = line.partition(" ")
    pairs = [(key, quoted or bare) for key, quoted, bare in PAIR.findall(rest)]
    assert event == "reconciled"
    assert [key for key, _ in pairs] == ["key", "reason", "outcome"]
    assert pairs[-1] == ("outcome", "parked")
    assert PAIR.sub("", rest) == ""


@pytest.fixture
def logged(capsys):
    """What reaches standard error while *tell* runs, logging set up as a command does."""

    def writing(tell):
        with logging_as_commands_do():
            tell()
        return capsys.readouterr().err

    return writing


def burst(name):
    raise ValueError(name)


@named
def test_a_traceback_forges_no_line_and_steers_no_terminal(name, logged):
    def fail():
        try:
            burst(name)
        except ValueError:
            logs.DAEMON.exception("%s", logs.line("crashed", {}))

    first, *others = logged(fail).splitlines()
    assert first.endswith("crashed")
    assert all(line.startswith("    ") and line.isprintable() for line in others)


@named
@pytest.mark.parametrize("columns", [0, 20, 200])
def test_a_table_and_a_list_show_a_name_on_its_own_line_and_as_it_is(name, columns, monkeypatch):
    stream = Terminal() if columns else io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(columns))
    render.table(name, ("resource", "because"), [(name, "b"), ("c", name)])
    render.listing(name, [name])
    render.facts(name, [(name, name)])
    told = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) if columns else stream.getvalue()
    assert all(letter.isprintable() or letter == "\n" for letter in told)
    assert not any(line.startswith(("forged", "2026")) for line in told.splitlines())
    if columns != 20:
        assert printable(name).split()[0] in told


@named
def test_json_is_plain_ascii_and_reads_back_as_it_was(name, capsys):
    render.emit_json({name: name})
    told = capsys.readouterr().out
    assert told.isascii()
    assert "\x1b" not in told
    assert json.loads(told) == {name: name}


@named
@pytest.mark.parametrize(
    "raising",
    [
        lambda name: errors.Invalid(Side.B, "order.create", name),
        lambda name: errors.ConfigurationError(errors.Finding(name, name, name)),
        click.ClickException,
    ],
    ids=["peer", "settings", "click"],
)
def test_an_error_at_the_end_of_a_command_is_one_line(name, raising, monkeypatch, capsys):
    def fail(*_arguments, **_options):
        raise raising(name)

    monkeypatch.setattr(cli.cli, "main", fail)
    cli._run([])  # noqa: SLF001 - what the process does, without ending it
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.removesuffix("\n").isprintable()


@named
def test_what_a_peer_said_is_kept_as_one_line(name):
    error = errors.Invalid(Side.B, "order.create", name)
    assert error.detail.isprintable()
    assert "\n" not in repr(error)


@named
def test_a_mistake_in_the_settings_shows_no_key_or_value_that_is_not_a_plain_word(name):
    findings = mistakes(good((f"s.{'odd'}", name), ("o.waldur_offering_uuid", name)))
    assert all(str(finding).isprintable() and "forged" not in str(finding) for finding in findings)


def test_letters_of_all_scripts_stay_as_they_are():
    for text in ("Õpetaja Mäe", "数据", "مناخ", "🛰 sensing", "a/b:c"):
        assert printable(text) == text


def test_the_interpreter_itself_shows_no_error_in_a_way_of_its_own():
    assert sys.excepthook is sys.__excepthook__
