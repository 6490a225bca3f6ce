"""The authority table as a whole: what the package says of it is what it is."""

import re

import pytest
from tests.strategies.builders import field_rules

from federation_core.domain import fields
from federation_core.domain.fields.decide import TABLE
from federation_core.domain.fields.rules import Authority, EndDates, LimitsWay

ROWS = [(thing, field) for thing, rows in TABLE.items() for field in rows]
SAID = re.findall(r"^\| (resource|project|account) \| ([^|]+) \|.*\| ([^|]+) \|$", fields.__doc__ or "", re.MULTILINE)
OFF = field_rules(end_dates=EndDates.DISABLED, limits=LimitsWay.DISABLED)


def test_the_package_says_which_rows_there_are():
    assert [(thing, name) for thing, name, _ in SAID] == [(thing, field.name) for thing, field in ROWS]


@pytest.mark.parametrize(("said", "row"), list(zip(SAID, ROWS, strict=True)), ids=[field.name for _, field in ROWS])
def test_a_row_is_written_where_the_package_says(said, row):
    _, field = row
    sides = [side for side, write in (("A", field.on_a), ("B", field.on_b)) if write is not None]
    assert (" or ".join(sides) or "nowhere, it is told") == said[2]


@pytest.mark.parametrize("rules", [OFF, field_rules(), field_rules(end_dates=EndDates.A_TO_B, usernames=True)])
def test_whose_value_counts_has_a_write_on_the_other_side(rules):
    for _, field in ROWS:
        authority = field.authority(rules)
        if field.name == "pausing" or authority is Authority.NOBODY:
            continue
        assert field.on_a is not None or authority is Authority.A
        assert field.on_b is not None or authority is Authority.B


def test_the_settings_turn_off_what_can_be_turned_off():
    off = {(thing, field.name) for thing, field in ROWS if field.authority(OFF) is Authority.NOBODY}
    assert off == {
        ("resource", "limits"),
        ("resource", "end date"),
        ("resource", "confirmation"),
        ("project", "end date"),
        ("account", "user name"),
    }
