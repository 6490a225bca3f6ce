"""Hints wait, equal ones once, and none is lost without a look at everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.strategies.builders import uuid_of

from federation_adapters.local.inbox import FIRST_WAIT, TRIES, Counts, Drawn, Inbox
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side

CAPACITY = 3


def a_hint(number=1, about=About.ORDER, **changes):
    return Hint(Side.B, about, uuid_of(1, number), **changes)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inbox(clock):
    return Inbox(capacity=CAPACITY, monotonic=clock)


def test_nothing_waits_at_first(inbox):
    assert (inbox.draw(), inbox.next_due(), inbox.waiting) == (Drawn(), None, 0)


def test_hints_come_out_in_their_order_and_once(inbox, clock):
    for number in (2, 1, 2):
        assert inbox.take(a_hint(number, because=f"message {number}"))
    assert inbox.next_due() == clock.now
    assert inbox.draw() == Drawn((a_hint(2), a_hint(1)))
    assert inbox.draw() == Drawn()
    assert inbox.counts == Counts(taken=3, coalesced=1)


def test_what_does_not_fit_becomes_a_look_at_everything(inbox, clock):
    for number in range(5):
        assert inbox.take(a_hint(number))
    assert inbox.next_due() == clock.now
    assert inbox.draw() == Drawn((a_hint(0), a_hint(1), a_hint(2)), catch_up=True)
    assert inbox.counts.overflowed == 2


def test_so_does_a_hint_about_all_of_an_offering(inbox):
    inbox.take(a_hint(about=About.OFFERING))
    assert inbox.draw() == Drawn(catch_up=True)


def test_catching_up_is_asked_for_once(inbox):
    inbox.catch_up(Side.A)
    inbox.catch_up(Side.B)
    assert inbox.draw() == Drawn(catch_up=True)
    assert inbox.draw() == Drawn()


def test_hints_of_others_are_counted_and_dropped(clock):
    inbox = Inbox(lambda hint: hint.offering is None, monotonic=clock)
    assert inbox.take(a_hint(offering=uuid_of(2, 2)))
    assert (inbox.draw(), inbox.counts) == (Drawn(), Counts(taken=1, foreign=1))


def test_what_is_given_back_comes_again_later_each_time_and_then_no_more(inbox, clock):
    inbox.take(a_hint())
    waits = []
    for _ in range(TRIES):
        inbox.give_back(inbox.draw().hints)
        due = inbox.next_due()
        waits.append(due - clock.now)
        assert inbox.draw() == Drawn()
        clock.now = due
    assert waits == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]


def test_in_the_end_polling_has_to_see_to_it(inbox, clock):
    inbox.take(a_hint())
    for _ in range(TRIES + 1):
        clock.now = inbox.next_due()
        inbox.give_back(inbox.draw().hints)
    assert inbox.next_due() == clock.now
    assert inbox.draw() == Drawn(is_late=True)
    assert inbox.counts.abandoned == 1


def test_a_new_message_brings_a_hint_forward_that_was_given_back(inbox, clock):
    inbox.take(a_hint())
    inbox.give_back(inbox.draw().hints)
    inbox.take(a_hint())
    assert inbox.next_due() == clock.now


def test_what_came_in_meanwhile_is_not_put_off(inbox, clock):
    inbox.take(a_hint())
    drawn = inbox.draw().hints
    inbox.take(a_hint())
    inbox.give_back(drawn)
    assert inbox.next_due() == clock.now


def test_what_is_given_back_into_a_full_inbox_is_left_to_polling(inbox):
    inbox.take(a_hint(0))
    drawn = inbox.draw().hints
    for number in (1, 2, 3):
        inbox.take(a_hint(number))
    inbox.give_back(drawn)
    assert inbox.waiting == 3
    assert inbox.draw() == Drawn((a_hint(1), a_hint(2), a_hint(3)), is_late=True)
    assert inbox.counts.abandoned == 1


def test_once_it_is_closed_nothing_is_taken(inbox):
    inbox.close()
    assert not inbox.take(a_hint())
    assert inbox.waiting == 0


def test_whoever_listens_hears_of_everything(inbox):
    heard = []
    inbox.listen(lambda: heard.append(inbox.waiting))
    inbox.take(a_hint())
    inbox.take(a_hint())
    inbox.catch_up(Side.A)
    inbox.wake()
    assert heard == [1, 1, 1, 1]


@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_no_hint_is_lost_without_a_look_at_everything(numbers, capacity):
    inbox = Inbox(capacity=capacity)
    for number in numbers:
        inbox.take(a_hint(number))
        assert inbox.waiting <= capacity
    drawn = inbox.draw()
    assert len(set(drawn.hints)) == len(drawn.hints)
    assert drawn.catch_up or {hint.id for hint in drawn.hints} == {a_hint(number).id for number in numbers}


class Hints(RuleBasedStateMachine):
    """Messages come in, hints are drawn, followed or given back, time passes: each comes out, or there is a look at everything."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.inbox = Inbox(capacity=CAPACITY, monotonic=self.clock)
        self.owed: set[Hint] = set()
        self.taken = 0

    @rule(number=st.integers(0, 5))
    def a_message_comes_in(self, number):
        assert self.inbox.take(a_hint(number))
        self.owed.add(a_hint(number))
        self.taken += 1

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 4.0]))
    def time_passes(self, seconds):
        self.clock.now += seconds

    @rule(followed=st.integers(0, 3))
    def what_is_due_is_drawn_and_some_of_it_given_back(self, followed):
        drawn = self._draw()
        self.inbox.give_back(drawn[followed:])
        self.owed |= set(drawn[followed:])

    @precondition(lambda self: self.inbox.next_due() is not None)
    @rule()
    def somebody_waits_for_what_is_due(self):
        self.clock.now = max(self.clock.now, self.inbox.next_due() or 0.0)
        before = self.inbox.waiting, len(self.owed)
        self._draw()
        assert (self.inbox.waiting, len(self.owed)) != before

    @invariant()
    def no_more_wait_than_there_is_room_for(self):
        assert self.inbox.waiting <= CAPACITY

    @invariant()
    def every_message_is_counted(self):
        assert self.inbox.counts.taken == self.taken

    def teardown(self):
        while self.inbox.next_due() is not None:
            self.clock.now = max(self.clock.now, self.inbox.next_due() or 0.0)
            self._draw()
        assert self.owed == set()

    def _draw(self):
        drawn = self.inbox.draw()
        assert len(set(drawn.hints)) == len(drawn.hints)
        assert set(drawn.hints) <= self.owed
        self.owed -= set(drawn.hints)
        if (
            drawn.catch_up or drawn.is_late
        ):  # what was lost until now is found by looking at everything; the others still come
            assert self.inbox.counts.overflowed + self.inbox.counts.abandoned > 0
            self.owed &= set(self.inbox._waiting)  # noqa: SLF001 - nothing else shows what waits for later
        return drawn.hints


TestHints = Hints.TestCase
