import pytest
from tests.strategies.builders import a_resource_id

from federation_core.application.explain_chain import (
    LOOK_AGAIN,
    NEXT_RUN,
    READ_FIRST,
    Chain,
    Link,
    Mark,
    of_hold,
    of_write,
    remedy_of,
    unasked,
    unread,
)
from federation_core.application.explain_reasons import remedy_for
from federation_core.domain.errors import Disposition
from federation_core.domain.membership.claims import NO_CONSENT
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.usage import ReportUsage
from federation_core.domain.plan.sync import Hold, Write

YES, NO, UNKNOWN = (Link(mark, f"a {mark.value}", "seen", "" if mark is Mark.YES else "mend it") for mark in Mark)
ACTION = ReportUsage(a_resource_id(), Month(2025, 3), {})


@pytest.mark.parametrize(
    ("links", "mark", "broken"),
    [
        ((), Mark.YES, None),
        ((YES, YES), Mark.YES, None),
        ((YES, NO, YES), Mark.NO, NO),
        ((YES, UNKNOWN, NO), Mark.UNKNOWN, UNKNOWN),
        ((NO, UNKNOWN), Mark.UNKNOWN, NO),
    ],
)
def test_a_chain_stands_by_all_of_its_links_and_breaks_at_the_first(links, mark, broken):
    chain = Chain("order", "1", links)
    assert (chain.mark, chain.first_broken) == (mark, broken)


def test_json_repeats_where_it_breaks():
    no = {"mark": "no", "link": "a no", "seen": "seen", "remedy": "mend it"}
    yes = {"mark": "yes", "link": "a yes", "seen": "seen", "remedy": ""}
    assert Chain("order", "1", (YES, NO)).as_json() == {
        "kind": "order",
        "about": "1",
        "stands": "no",
        "links": [yes, no],
        "broken_at": no,
    }
    assert Chain("order", "1", (YES,)).as_json()["broken_at"] is None


def test_a_write_shows_both_sides_and_is_the_next_runs():
    write = Write("r1", ACTION, "it grew", on_a="", on_b="gpu 5")
    assert of_write("usage", write) == Link(Mark.NO, "usage", "ReportUsage: it grew (A: nothing; B: gpu 5)", NEXT_RUN)
    assert of_write("usage", Write("r1", ACTION, "it grew")).seen == "ReportUsage: it grew"


@pytest.mark.parametrize("why", [None, *Disposition])
def test_what_is_held_has_the_remedy_of_its_kind(why):
    link = of_hold("usage", Hold("r1", why, "it vanished", on_a="node 1"))
    assert link == Link(Mark.NO, "usage", "it vanished (A: node 1; B: nothing)", remedy_of(why))


def test_each_kind_of_hold_asks_for_something_else():
    assert len({remedy_of(why) for why in (None, *Disposition)}) == len(Disposition) + 1
    assert remedy_of(Disposition.AGAIN_AFTER) == LOOK_AGAIN


def test_a_reason_outside_the_table_waits_for_a_person():
    assert remedy_for(NO_CONSENT) == "the person has to agree to the terms of A's offering"
    assert remedy_for("something new") == remedy_of(Disposition.PARKED)


def test_what_could_not_be_read_is_told_once():
    assert [*unread(["x", "y", "x"])] == [
        Link(Mark.UNKNOWN, "reading", "x", READ_FIRST),
        Link(Mark.UNKNOWN, "reading", "y", READ_FIRST),
    ]


def test_an_offering_that_asks_us_lacks_no_mode():
    assert [*unasked("")] == []
    (link,) = unasked("reporting_backend")
    assert (link.mark, link.remedy) == (Mark.NO, "set reporting_backend: waldur")
