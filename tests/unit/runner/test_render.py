import io
import re

import pytest

from federation_runner.cli import render

ID = "3e2434e3-7af0-47bc-88d6-af57da711448"
HEAD = ("resource", "order", "step", "because")
ROW = ("climate", ID, "submit", "a long sentence that tells why the order stands where it stands " * 3)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """What is printed on a terminal of so many columns; a pipe for none."""

    def showing(columns, print_it, *arguments):
        stream = Terminal() if columns else io.StringIO()
        monkeypatch.setattr("sys.stdout", stream)
        monkeypatch.setenv("COLUMNS", str(columns))
        print_it(*arguments)
        return re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())

    return showing


@pytest.mark.parametrize("columns", [0, 20, 40, 80, 100, 120, 200])
def test_an_id_is_never_broken(columns, shown):
    assert ID in shown(columns, render.table, "orders", HEAD, [ROW])


@pytest.mark.parametrize("columns", [20, 80])
def test_where_sentences_could_not_be_read_a_row_is_a_paragraph(columns, shown):
    told = shown(columns, render.table, "2 orders", HEAD, [ROW, ROW]).splitlines()
    assert told[:5] == ["2 orders", "", "resource  climate", f"order     {ID}", "step      submit"]
    assert told[5] == f"because   {ROW[3]}"
    assert told[6:8] == ["", "resource  climate"]


@pytest.mark.parametrize("columns", [0, 120])
def test_where_there_is_room_a_row_is_a_row(columns, shown):
    told = shown(columns, render.table, "1 order", HEAD, [ROW])
    assert re.search(rf"^ climate +{ID} +submit +a long sentence", told, re.MULTILINE)
    assert columns or all(line == line.rstrip() for line in told.split("\n"))


@pytest.mark.parametrize("columns", [0, 20, 80])
def test_facts_are_never_broken(columns, shown):
    address = f"http://127.0.0.1:12345/api/{ID}/{ID}/"
    assert f"  of A  {address}\n" in shown(columns, render.facts, "addresses", [("of A", address), ("B", ID)])


def test_a_list_of_nothing_has_no_title(shown):
    assert shown(0, render.listing, "problems", ()) == ""


def test_markup_in_names_is_text(shown):
    assert "[bold]climate[/bold]" in shown(0, render.table, "[red]1 order", HEAD, [("[bold]climate[/bold]", *ROW[1:])])
