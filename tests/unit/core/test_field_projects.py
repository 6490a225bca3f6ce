"""What is decided about A's projects and their mirrors."""

from datetime import date, timedelta
from uuid import UUID

import attrs
import pytest
from tests.strategies.builders import (
    NOW,
    PLACED,
    a_b_project,
    a_project,
    a_project_id,
    b_customer_id,
    b_project_id,
    field_rules,
    mirror,
)

from federation_core.domain.errors import Disposition
from federation_core.domain.fields.decide import decide_fields, wants_sub_domains
from federation_core.domain.fields.rules import EndDates
from federation_core.domain.fields.scene import FieldScene, ProjectsSeen
from federation_core.domain.fields.texts import is_same_text, words_of
from federation_core.domain.ids import BCustomerId
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.plan.actions.fields import ProjectField, SetOnMirror, SetProjectEndOnA, SetProjectEndOnB
from federation_core.domain.records import ProjectProfile, SubDomain

A, B = a_project_id(), b_project_id()
SOON, LATE, PAST = date(2025, 6, 30), date(2026, 6, 30), date(2025, 3, 30)
RECENTLY, EARLIER = NOW - timedelta(days=1), NOW - timedelta(days=9)
GEOLOGY = SubDomain(UUID(int=105), "1.5")


def scene_of(a, b, /, **seen):
    on_a = a_project(profile=ProjectProfile(**a))
    wrapped = {"a": Complete((on_a,)), "b": Complete((mirror(**b),)), **seen}
    return FieldScene(NOW, projects=ProjectsSeen(**wrapped))


def decided(a, b, /, *, rules=None, **seen):
    return decide_fields(scene_of(a, b, **seen), rules or field_rules())


def writes(*arguments, **options):
    return [write.action for write in decided(*arguments, **options).writes]


@pytest.mark.parametrize(
    ("name", "field", "on_a", "on_b"),
    [
        ("description", ProjectField.DESCRIPTION, "Glaciers", "Snow"),
        ("description", ProjectField.DESCRIPTION, "Glaciers", None),
        ("oecd_code", ProjectField.OECD_CODE, "1.5", ""),
        ("oecd_code", ProjectField.OECD_CODE, "1.5", "1.6"),
        ("is_industry", ProjectField.IS_INDUSTRY, True, False),
        ("is_industry", ProjectField.IS_INDUSTRY, False, True),
    ],
)
def test_what_a_says_is_carried_to_b(name, field, on_a, on_b):
    assert writes({name: on_a}, {name: on_b}) == [SetOnMirror(B, field, on_a)]
    assert writes({name: on_a}, {name: on_a}) == []


@pytest.mark.parametrize("name", ["description", "oecd_code", "sub_domain"])
@pytest.mark.parametrize("empty", [None, ""])
def test_what_a_leaves_empty_or_does_not_show_blanks_nothing(name, empty):
    found = decided({name: empty}, {name: "something"})
    assert (found.writes, found.holds) == ((), ())


@pytest.mark.parametrize(("on_a", "on_b"), [(None, True), (True, None), (None, None)])
def test_a_flag_that_one_side_does_not_show_is_left(on_a, on_b):
    assert writes({"is_industry": on_a}, {"is_industry": on_b}) == []


def test_values_of_a_description_are_not_in_the_plan():
    (write,) = decided({"description": "Glaciers"}, {}).writes
    assert (write.on_a, write.on_b) == ("some", "none")


class TestSubDomains:
    def test_it_goes_by_code_and_is_written_by_bs_own_uuid(self):
        found = writes({"sub_domain": "1.5"}, {"sub_domain": "1.1"}, sub_domains=Complete((GEOLOGY,)))
        assert found == [SetOnMirror(B, ProjectField.SUB_DOMAIN, GEOLOGY.id, "1.5")]
        incomplete = Incomplete((GEOLOGY,), "page 2")
        assert writes({"sub_domain": "1.5"}, {}, sub_domains=incomplete) == found

    @pytest.mark.parametrize(
        ("seen", "why"),
        [
            (Complete(()), None),
            (Incomplete((), "page 2"), Disposition.AGAIN_AFTER),
            (Unreadable("timed out"), Disposition.AGAIN_AFTER),
        ],
    )
    def test_a_code_that_b_has_not_is_told_and_one_that_was_not_read_waits(self, seen, why):
        (hold,) = decided({"sub_domain": "1.5"}, {}, sub_domains=seen).holds
        assert hold.why is why

    def test_they_are_needed_only_where_codes_differ(self):
        assert wants_sub_domains(scene_of({"sub_domain": "1.5"}, {}), field_rules())
        assert not wants_sub_domains(scene_of({"sub_domain": "1.5"}, {"sub_domain": "1.5"}), field_rules())


class TestEndDates:
    def test_the_later_change_wins(self):
        a, b = {"end_date": SOON, "end_dated_at": RECENTLY}, {"end_date": LATE, "end_dated_at": EARLIER}
        assert writes(a, b) == [SetProjectEndOnB(B, A, SOON, LATE)]
        assert writes(b, a) == [SetProjectEndOnA(A, B, SOON, LATE)]

    def test_one_way_and_not_at_all(self):
        a, b = {"end_date": SOON}, {"end_date": LATE}
        assert writes(a, b, rules=field_rules(end_dates=EndDates.B_TO_A)) == [SetProjectEndOnA(A, B, LATE, SOON)]
        assert writes(a, b, rules=field_rules(end_dates=EndDates.DISABLED)) == []

    def test_a_day_that_is_over_is_not_carried(self):
        found = decided({"end_date": PAST, "end_dated_at": RECENTLY}, {})
        assert (found.writes, [hold.why for hold in found.holds]) == ((), [None])


class TestMirrors:
    def test_the_oldest_of_several_is_the_mirror(self):
        younger = attrs.evolve(mirror(), id=b_project_id(2), created=PLACED + timedelta(days=1))
        found = writes({"oecd_code": "1.5"}, {}, b=Complete((younger, mirror())))
        assert found == [SetOnMirror(B, ProjectField.OECD_CODE, "1.5")]

    @pytest.mark.parametrize(
        "b",
        [
            Complete((a_b_project(),)),
            Complete((attrs.evolve(mirror(), customer=BCustomerId(UUID(int=5))),)),
            Complete(()),
            Incomplete((mirror(),), "page 2"),
            Unreadable("timed out"),
        ],
    )
    def test_what_is_no_mirror_or_may_not_be_the_oldest_is_left(self, b):
        assert mirror().customer == b_customer_id()
        assert writes({"oecd_code": "1.5"}, {}, b=b) == []

    def test_projects_of_a_that_were_shown_count_though_not_all_were(self):
        on_a = a_project(profile=ProjectProfile(oecd_code="1.5"))
        assert len(writes({}, {}, a=Incomplete((on_a,), "page 2"))) == 1
        assert writes({}, {}, a=Unreadable("timed out")) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("snow & ice", "snow &amp; ice"),
        ("<p>snow</p>", "snow"),
        ('<a href="x" onclick="y">snow</a>', '<a href="x" rel="noopener">snow</a>'),
        ("snow<script>evil()</script>", "snow"),
        ("snow<style>p {}</style> ice", "snow ice"),
        ("snow\r\nice", " snow ice\n"),
        ("1 < 2", "1 &lt; 2"),
        (None, ""),
        ("</script>snow", "snow"),
    ],
)
def test_a_text_is_the_same_before_and_after_cleaning(a, b):
    assert is_same_text(a, b)


@pytest.mark.parametrize(
    ("a", "b"), [("snow", "ice"), ("snow", ""), ("snowice", "snow ice"), ("&lt;p>", "<p>"), ("R&D", "R&E")]
)
def test_texts_that_read_otherwise_are_not_the_same(a, b):
    assert not is_same_text(a, b)
    assert words_of(a) != words_of(b)
