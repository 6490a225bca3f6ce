"""Who listens to which queue, for whom, and who comes next."""

import attrs

from federation_adapters.events_stomp.owners import QueueKey, QueueOwners
from federation_core.ports.hints import HintSink

ONE, TWO = QueueKey("b.example", "v1", "q1"), QueueKey("b.example", "v1", "q2")


class Nobody:
    def take(self, _hint):
        return True

    def catch_up(self, _side):
        return None


@attrs.define(eq=False)
class Someone:
    sink: HintSink = attrs.field(factory=Nobody)
    is_live: bool = True
    woken: int = 0

    def wake(self):
        self.woken += 1


def test_the_first_listens_and_the_others_are_told():
    owners, first, second = QueueOwners(), Someone(), Someone()
    assert owners.claim(first, [ONE])
    assert not owners.claim(second, [ONE])
    assert owners.members(first) == (first, second)
    assert owners.owner(second) is owners.owner(first) is first
    assert owners.is_member(second, [ONE])
    assert not owners.is_member(first, [ONE])


def test_claiming_again_changes_nothing():
    owners, first = QueueOwners(), Someone()
    assert owners.claim(first, [ONE, TWO])
    assert owners.claim(first, [ONE, TWO])
    assert owners.members(first) == (first,)


def test_whoever_leaves_is_followed_by_the_next_who_is_woken():
    owners, first, second, third = QueueOwners(), Someone(), Someone(), Someone()
    for one in (first, second, third):
        owners.claim(one, [ONE])
    owners.leave(first)
    assert [one.woken for one in (first, second, third)] == [0, 1, 0]
    assert owners.owner(third) is second
    owners.leave(third)
    assert second.woken == 1
    assert owners.members(second) == (second,)


def test_whoever_moves_to_another_queue_keeps_nobody_from_the_old_one():
    owners, first, second = QueueOwners(), Someone(), Someone()
    owners.claim(first, [ONE])
    owners.claim(second, [ONE])
    assert owners.claim(first, [TWO])
    assert second.woken == 1
    assert not owners.is_member(second, [ONE])
    assert owners.claim(second, [ONE])
    assert owners.members(first) == (first,)


def test_who_is_unknown_listens_for_nobody_else():
    owners, someone = QueueOwners(), Someone()
    assert owners.owner(someone) is someone
    assert owners.members(someone) == (someone,)
    owners.leave(someone)
