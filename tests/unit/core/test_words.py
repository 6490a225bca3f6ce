import pytest

from federation_core.domain.words import counted, printable
from federation_runner.settings.document import Written
from federation_runner.settings.texts import shape


@pytest.mark.parametrize(("number", "words"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (1000, "1000 orders")])
def test_one_thing_is_one_thing(number, words):
    assert counted(number, "order") == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Zoë's 7 nodes", "Zoë's 7 nodes"),
        ("one\nerror: two", "one error: two"),
        ("\x1b[2Jgone\t\u202e", " [2Jgone  "),
    ],
)
def test_what_others_wrote_stays_on_its_line_and_steers_nothing(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x", "a text of 1 character"),
        ("xy", "a text of 2 characters"),
        ({"a": 1}, "a mapping of 1 key"),
        ([1], "a list of 1 item"),
        ([], "a list of 0 items"),
        (Written.of(1, "01"), "a number"),
    ],
)
def test_a_value_is_told_by_its_shape(value, words):
    assert shape(value) == words
