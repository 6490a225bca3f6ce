"""What B says reaches A's users as text: as it was, no longer than a person reads, and never as markup of ours."""

import pytest
from tests.scenario.harness import play

from federation_core.domain.errors import MAX_DETAIL

HTML = "<script>alert(1)</script><img src=x onerror=alert(1)> & 'so' \"on\""


def test_html_in_b_s_reason_is_handed_on_as_the_text_it_is():
    with play(served=False) as p:
        order = p.place()
        p.cycle()
        p.b_rejects(HTML)
        p.cycle()
        assert HTML in p.order(order).error_message


def test_a_reason_without_end_is_cut_before_a_s_users_have_to_read_it():
    with play(served=False) as p:
        order = p.place()
        p.cycle()
        p.b_rejects("no " * 100_000)
        report = p.cycle()
        assert p.order(order).state == "erred"
        assert len(p.order(order).error_message) < MAX_DETAIL + 200
        assert all(len(outcome.reason) < MAX_DETAIL + 200 for outcome in report.outcomes)


def test_where_the_settings_say_so_a_s_users_read_nothing_of_b_s_words():
    def quiet(document):
        document["expose_backend_error_details"] = False

    with play(served=False, document=quiet) as p:
        order = p.place()
        p.cycle()
        p.b_rejects(HTML)
        p.cycle()
        assert p.order(order).state == "erred"
        assert "script" not in p.order(order).error_message


@pytest.mark.parametrize("name", ["<b>climate</b>", "a/../b?c#d", 'x" onload="y', "климат ☃", "%00%2e%2e/"])
def test_names_that_users_of_a_chose_arrive_on_b_as_they_are(name):
    with play(served=False) as p:
        p.place(name=name)
        p.cycle()
        assert [order.resource.name for order in p.b.orders] == [name]
