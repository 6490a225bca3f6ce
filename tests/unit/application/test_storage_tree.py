import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID

import attrs
import pytest
from tests.fakes.storage import FakeStorage
from tests.strategies.storage import (
    PERMAFROST,
    RULES,
    a_storage,
    an_order,
    in_project,
    order_id,
    resource_id,
)

from federation_core.application.storage_tree import MOST_SINGLE
from federation_core.domain.errors import (
    Forbidden,
    Invalid,
    ServerFault,
    TimedOut,
    UnexpectedShape,
    Unreachable,
    Unsupported,
)
from federation_core.domain.ids import Side
from federation_core.domain.storage.freshness import Due, Look
from federation_core.domain.storage.identities import GidFallback, mock_gid
from federation_core.domain.storage.items import Level
from federation_core.domain.storage.records import Skipped

DOWN = Unreachable(Side.A, "storage.read_all", "no route")
USERS_DOWN = TimedOut(Side.B, "groups.look_up", "late")
LOOK = Counter(stirred=1, read_changed=1, count=1)
ALL = Counter(read_all=1)
STRANGERS = UUID("deadbeef-feda-4abc-8def-000000000404")


def leaves(shown):
    return {item.id: item for item in shown.hierarchy.items if item.level is Level.LEAF}


def statuses(shown):
    return {item.id: item.status for item in leaves(shown).values()}


def made(f):
    """What was read since this was asked last."""
    calls, f.waldur.calls = f.waldur.calls, Counter()
    return calls


def ready(*rows, **settings):
    """One that has read everything."""
    f = FakeStorage(*rows or (a_storage(1), a_storage(2)), **settings)
    f.tree.refresh()
    made(f)
    return f


def moved_on(f):
    """An hour later, and something changed since: what changed before is not looked at any more."""
    f.waldur.now += timedelta(hours=1)
    f.waldur.put(a_storage(90, state="Terminated"))
    f.look()
    made(f)


class TestReading:
    def test_nothing_is_read_before_somebody_asks(self):
        f = FakeStorage(a_storage())
        assert (f.tree.shown(), f.tree.age(), f.tree.due()) == (None, None, Due(Look.ALL, waits=True))
        assert not made(f)

    def test_the_first_who_asks_waits_for_everything(self):
        f = FakeStorage(a_storage(1), Skipped(resource_id(2), "", "no offering_slug"))
        shown = f.tree.fresh()
        assert made(f) == ALL
        assert (list(leaves(shown)), shown.hierarchy.skipped) == (
            [resource_id(1)],
            (Skipped(resource_id(2), "", "no offering_slug"),),
        )
        assert (shown.resources, shown.refusal, shown.group_trouble) == (2, "", None)
        assert f.tree.shown() is shown
        assert f.tree.age() == 0

    def test_a_burst_costs_no_reading(self):
        f = ready()
        shown = f.tree.shown()
        f.wait(5)
        assert all(f.tree.fresh() is shown and f.tree.refresh() is shown for _ in range(100))
        assert not made(f)
        assert f.tree.age() == 5000

    @pytest.mark.parametrize("failed", [False, True])
    def test_of_many_threads_that_ask_at_once_one_reads(self, failed):
        f = FakeStorage(a_storage())
        if failed:
            f.waldur.before["read_all"].append(DOWN)
            with pytest.raises(Unreachable):
                f.tree.fresh()
            made(f)
        begun, go_on = threading.Event(), threading.Event()

        def reads_slowly():
            begun.set()
            go_on.wait(30)

        f.waldur.before["read_all"].append(reads_slowly)
        found = []
        threads = [threading.Thread(target=lambda: found.append(f.tree.fresh())) for _ in range(8)]
        threads[0].start()
        assert begun.wait(30)
        for thread in threads[1:]:
            thread.start()
        threading.Event().wait(0.2)  # the others have come to the lock
        go_on.set()
        for thread in threads:
            thread.join(30)
        assert len(found) == 8
        assert len(set(map(id, found))) == 1
        assert made(f) == ALL

    def test_what_the_one_that_reads_meets_is_met_by_all(self):
        f = FakeStorage(a_storage())
        begun, go_on = threading.Event(), threading.Event()

        def fails():
            begun.set()
            go_on.wait(30)
            raise DOWN

        f.waldur.before["read_all"].append(fails)
        met = []

        def ask():
            try:
                f.tree.fresh()
            except Unreachable as error:
                met.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        threads[0].start()
        assert begun.wait(30)
        for thread in threads[1:]:
            thread.start()
        threading.Event().wait(0.2)  # the others have come to the lock
        go_on.set()
        for thread in threads:
            thread.join(30)
        assert met == [DOWN] * 4
        assert made(f) == ALL
        assert f.tree.fresh().resources == 1

    def test_after_its_life_everything_is_read_again(self):
        def name(shown):
            return leaves(shown)[resource_id(1)].target["name"]

        f = ready(a_storage(1))
        moved_on(f)
        f.waldur.rewrite(a_storage(1, project=attrs.evolve(PERMAFROST, name="Renamed")))
        assert name(f.look(24)) == "Permafrost monitoring"
        assert made(f) == LOOK
        assert f.tree.due() == Due()
        f.wait(2)
        assert f.tree.due() == Due(Look.ALL)
        assert name(f.tree.fresh()) == "Permafrost monitoring"
        assert not made(f)
        assert name(f.tree.refresh()) == "Renamed"
        assert made(f) == ALL

    def test_who_comes_after_a_long_pause_waits(self):
        f = ready()
        f.waldur.put(a_storage(1, state="Erred"))
        f.wait(31)
        assert f.tree.due() == Due(Look.ALL, waits=True)
        assert statuses(f.tree.fresh())[resource_id(1)] == "error"


class TestChanges:
    def test_where_nothing_changed_everything_stays_what_it_is(self):
        f = ready()
        shown = f.tree.shown()
        assert f.look() is shown
        assert made(f) == LOOK
        assert f.look(29) is shown
        assert made(f) == ALL
        assert f.look() is shown
        assert f.tree.age() == 0

    @pytest.mark.parametrize("after", [6, 31])
    def test_what_changed_is_put_together_anew_and_nothing_else(self, after):
        f = ready(a_storage(1), in_project("avalanche", 2))
        before = leaves(f.tree.shown())
        f.waldur.put(a_storage(1, state="Erred"), a_storage(3))
        shown = f.look(after)
        assert statuses(shown) == {resource_id(1): "error", resource_id(2): "active", resource_id(3): "active"}
        assert leaves(shown)[resource_id(2)] is before[resource_id(2)]
        assert shown.resources == 3
        assert made(f) == (LOOK if after == 6 else ALL)

    def test_what_a_change_undid_is_gone(self):
        f = ready(a_storage(1, options={"permissions": 7}), a_storage(2, attributes={"permissions": 7}))
        shown = f.tree.shown()
        assert (len(shown.hierarchy.remarks), len(shown.hierarchy.skipped)) == (1, 1)
        f.waldur.put(a_storage(1), a_storage(2))
        shown = f.look()
        assert (shown.hierarchy.remarks, shown.hierarchy.skipped) == ((), ())
        assert [conflict.resources for conflict in shown.hierarchy.conflicts] == [(resource_id(1), resource_id(2))]

    def test_a_resource_of_an_order_that_changed_is_read_and_once_only(self):
        f = ready(a_storage(1, state="Updating", order=an_order("pending-consumer")), a_storage(2))
        moved_on(f)
        f.waldur.stir(resource_id(1), an_order("pending-provider"))
        assert statuses(f.look())[resource_id(1)] == "updating"
        assert made(f) == LOOK + Counter(read=1)
        f.look()
        assert made(f) == LOOK
        f.waldur.stir(resource_id(1), None)
        f.look()
        assert made(f) == LOOK + Counter(read=1)

    def test_a_resource_that_changed_with_its_order_is_not_read_twice(self):
        f = ready()
        f.waldur.put(a_storage(1, state="Updating"))
        f.waldur.stir(resource_id(1), an_order())
        assert statuses(f.look())[resource_id(1)] == "updating"
        assert made(f) == LOOK

    @pytest.mark.parametrize("call", ["stirred", "read_changed", "count"])
    def test_an_order_that_changes_between_two_calls_is_not_missed(self, call):
        f = ready(a_storage(1), a_storage(2))
        f.waldur.put(a_storage(1, state="Updating", order=an_order("pending-consumer")))

        def meanwhile():
            f.waldur.now += timedelta(minutes=3)
            f.waldur.stir(resource_id(1), an_order("pending-provider"))

        f.waldur.before[call].append(meanwhile)
        f.look()
        f.waldur.put(a_storage(2))
        assert statuses(f.look())[resource_id(1)] == "updating"

    def test_changes_that_were_committed_late_are_found(self):
        f = ready(a_storage(1), a_storage(2))
        f.waldur.rewrite(a_storage(1, state="Erred"))
        f.waldur.changed[resource_id(1)] = f.waldur.now - timedelta(seconds=119)
        assert statuses(f.look())[resource_id(1)] == "error"
        assert made(f) == LOOK

    def test_changes_are_looked_for_from_shortly_before_the_latest_of_a_resource_or_an_order(self):
        f = ready()
        for change in (lambda: f.waldur.put(a_storage(1)), lambda: f.waldur.stir(resource_id(2), an_order())):
            f.waldur.now += timedelta(hours=1)
            change()
            f.look()
            f.look()
            assert f.waldur.since == f.waldur.now - timedelta(minutes=2)

    def test_a_crowd_of_changes_is_not_read_anew_for_as_long_as_nothing_follows_it(self):
        f = ready()
        f.waldur.put(a_storage(1), a_storage(2))
        f.look()
        f.waldur.now += timedelta(minutes=10)
        f.look()
        f.look()
        assert f.waldur.since == f.waldur.now - timedelta(minutes=2)
        assert min(f.waldur.changed.values()) < f.waldur.since

    @pytest.mark.parametrize("replaced", [False, True])
    def test_what_is_gone_shows_by_the_number_and_everything_is_read(self, replaced):
        f = ready()
        f.waldur.drop(resource_id(1))
        if replaced:
            f.waldur.put(a_storage(3))
        assert list(leaves(f.look())) == ([resource_id(2), resource_id(3)] if replaced else [resource_id(2)])
        assert made(f) == LOOK + ALL

    def test_the_order_of_a_resource_that_is_gone_does_no_harm(self):
        f = ready(a_storage(1, order=an_order()), a_storage(2))
        f.waldur.stir(resource_id(1), an_order("executing"))
        f.waldur.drop(resource_id(1))
        assert list(leaves(f.look())) == [resource_id(2)]
        assert made(f) == LOOK + Counter(read=1) + ALL
        f.look()
        assert made(f) == LOOK

    def test_orders_on_what_is_not_ours_cost_one_look_each(self):
        f = ready()
        f.waldur.stir(STRANGERS, None, order_id(9))
        f.look()
        assert made(f) == LOOK + Counter(read=1)
        f.look()
        assert made(f) == LOOK

    @pytest.mark.parametrize(("number", "reads"), [(MOST_SINGLE, MOST_SINGLE), (MOST_SINGLE + 1, 0)])
    def test_many_orders_are_one_reading_of_everything_and_only_once(self, number, reads):
        f = ready(*(in_project("avalanche", n, state="Updating") for n in range(number)))
        moved_on(f)
        for n in range(number):
            f.waldur.stir(resource_id(n), an_order("pending-consumer", number=n))
        assert set(statuses(f.look()).values()) == {"active", "removed"}
        calls = made(f)
        assert (calls["read"], calls["read_all"]) == ((reads, 0) if reads else (0, 1))
        f.look()
        assert made(f) == LOOK

    def test_orders_before_the_first_look_cost_one_reading_of_everything(self):
        f = FakeStorage(*(a_storage(n) for n in range(30)))
        f.waldur.now += timedelta(hours=1)
        f.waldur.put(a_storage(99))
        for n in range(30):
            f.waldur.stir(resource_id(n), None, order_id(n))
        f.tree.refresh()
        made(f)
        f.look()
        assert made(f) == Counter(stirred=1, read_changed=1) + ALL
        for _ in range(8):
            f.look()
        assert made(f)["read_all"] == 1

    def test_full_readings_forget_nothing_of_the_orders(self):
        f = ready(a_storage(1, order=an_order()), a_storage(2))
        moved_on(f)
        for order in (1, 2):
            f.waldur.now += timedelta(hours=1)
            f.waldur.stir(resource_id(1), an_order("executing", number=order))
            f.look()
            f.look()
        made(f)
        for _ in range(3):
            f.look(30)
            f.look(1)
            f.look()
        assert "read" not in made(f)

    @pytest.mark.parametrize("call", ["stirred", "read_changed"])
    def test_changes_that_are_known_in_part_are_not_enough(self, call):
        f = ready()
        f.waldur.put(a_storage(1, state="Erred"))
        f.waldur.short.add(call)
        assert statuses(f.look())[resource_id(1)] == "error"
        assert made(f)["read_all"] == 1

    @pytest.mark.parametrize("rows", [[], [a_storage(1)]])
    def test_without_a_time_of_any_change_everything_is_read(self, rows):
        f = FakeStorage(*rows)
        f.waldur.dated = False
        f.tree.refresh()
        made(f)
        f.waldur.put(a_storage(1, state="Erred"))
        assert statuses(f.look()) == {resource_id(1): "error"}
        assert made(f) == ALL

    @pytest.mark.parametrize("call", ["stirred", "read_changed"])
    @pytest.mark.parametrize("refusal", [Forbidden, Invalid, Unsupported])
    def test_a_server_that_tells_no_changes_is_read_wholly_once_in_a_life_from_then_on(self, call, refusal):
        f = ready()
        f.waldur.before[call].append(refusal(Side.A, f"storage.{call}"))
        f.waldur.put(a_storage(1, state="Erred"))
        assert statuses(f.look())[resource_id(1)] == "error"
        assert made(f)["read_all"] == 1
        f.waldur.put(a_storage(1))
        f.look(29)
        assert f.tree.due() == Due()
        assert not made(f)
        assert statuses(f.look(2))[resource_id(1)] == "active"
        assert made(f) == ALL


class TestTrouble:
    def test_without_a_picture_trouble_is_told(self):
        f = FakeStorage(a_storage())
        f.waldur.before["read_all"] += [DOWN, None]
        with pytest.raises(Unreachable):
            f.tree.fresh()
        assert f.tree.shown() is None
        assert f.tree.fresh().resources == 1

    def test_a_part_of_everything_replaces_nothing(self):
        f = ready()
        f.waldur.short.add("read_all")
        f.wait(31)
        with pytest.raises(UnexpectedShape) as refused:
            f.tree.fresh()
        assert "a part" in str(refused.value)
        assert len(leaves(f.tree.shown())) == 2
        f.waldur.short.clear()
        assert f.tree.fresh().resources == 2

    @pytest.mark.parametrize("call", ["stirred", "read_changed", "count", "read"])
    def test_trouble_leaves_the_picture_as_it_is(self, call):
        f = ready(a_storage(1, order=an_order()), a_storage(2))
        moved_on(f)
        f.waldur.put(a_storage(2, state="Erred"))
        f.waldur.stir(resource_id(1), None)
        shown = f.tree.shown()
        f.waldur.before[call].append(ServerFault(Side.A, f"storage.{call}", status=500))
        with pytest.raises(ServerFault):
            f.look()
        assert f.tree.shown() is f.tree.fresh() is shown
        assert statuses(f.look())[resource_id(2)] == "error"

    def test_the_old_picture_goes_on_until_it_is_too_old(self):
        f = ready()
        shown = f.tree.shown()
        f.look(29)
        f.waldur.before["read_all"] += [DOWN] * 9
        f.wait(2)
        with pytest.raises(Unreachable):
            f.tree.refresh()
        assert f.tree.fresh() is shown
        f.wait(29)
        with pytest.raises(Unreachable):
            f.tree.fresh()
        assert f.tree.shown() is shown
        f.waldur.before["read_all"].clear()
        assert f.tree.fresh() is shown
        assert f.tree.due() == Due()

    def test_what_failed_rests_while_there_is_a_picture(self):
        f = ready()
        shown = f.tree.shown()
        f.waldur.before["stirred"] += [DOWN] * 9
        with pytest.raises(Unreachable):
            f.look()
        made(f)
        f.wait(5)
        assert f.tree.due() == Due()
        assert f.tree.refresh() is shown
        assert not made(f)
        f.wait(1)
        assert f.tree.due() == Due(Look.CHANGES)
        f.waldur.before["stirred"].clear()
        f.tree.refresh()
        assert made(f) == LOOK


class TestGroups:
    def test_each_project_is_asked_for_once_and_for_good(self):
        f = ready(a_storage(1), a_storage(2), in_project("avalanche", 3))
        f.waldur.put(in_project("snow", 4), a_storage(5))
        f.look()
        f.look(10_000)
        assert f.groups.asked[:2] == [{"permafrost", "avalanche"}, {"snow"}]
        assert frozenset({"snow"}) in f.groups.asked
        assert {slug for asked in f.groups.asked[1:] for slug in asked} == {"snow"}

    def test_only_where_it_decides_something(self):
        f = ready(
            a_storage(1, backend_metadata={"project_item": {"unixGid": 5}}),
            in_project("../x", 2),
            in_project("secret", 3, state="Creating"),
        )
        assert f.groups.asked == []
        assert list(leaves(f.tree.shown())) == [resource_id(1)]

    def test_a_project_that_nobody_knew_is_asked_for_again_after_a_while(self):
        f = ready(in_project("snow", 1), unknown_life=60)
        assert leaves(f.tree.shown()) == {}
        f.groups.known["snow"] = 5
        f.look(59)
        assert f.groups.asked == [{"snow"}]
        assert f.tree.statistics()["unknown"] == 1
        assert leaves(f.look())[resource_id(1)].target["unixGid"] == 5
        assert f.groups.asked == [{"snow"}] * 2
        assert f.tree.statistics()["unknown"] == 0

    def test_a_group_is_asked_for_again_after_its_life(self):
        f = ready(a_storage(1), group_life=100)
        f.groups.known["permafrost"] = 5
        assert leaves(f.look(99))[resource_id(1)].target["unixGid"] == 31877
        assert leaves(f.look())[resource_id(1)].target["unixGid"] == 5
        del f.groups.known["permafrost"]
        assert leaves(f.look(100)) == {}

    def test_a_group_that_cannot_be_asked_for_again_goes_on(self):
        f = ready(a_storage(1), group_life=100)
        f.groups.before["look_up"].append(USERS_DOWN)
        shown = f.look(100)
        assert (leaves(shown)[resource_id(1)].target["unixGid"], shown.group_trouble) == (31877, USERS_DOWN)
        assert f.look().group_trouble is None

    def test_after_trouble_real_groups_are_there_at_the_next_look(self):
        f = FakeStorage(a_storage(1), fallback=GidFallback.MOCK)
        f.groups.before["look_up"].append(USERS_DOWN)
        shown = f.tree.refresh()
        assert leaves(shown)[resource_id(1)].target["unixGid"] == mock_gid("permafrost").number
        assert (shown.hierarchy.mocks, shown.group_trouble) == (1, USERS_DOWN)
        assert f.tree.statistics()["total_entries"] == 0
        shown = f.look()
        assert leaves(shown)[resource_id(1)].target["unixGid"] == 31877
        assert (shown.hierarchy.mocks, shown.group_trouble) == (0, None)

    def test_trouble_is_over_when_nobody_has_to_be_asked_any_more(self):
        f = FakeStorage(a_storage(1))
        f.groups.before["look_up"] += [USERS_DOWN]
        assert f.tree.refresh().group_trouble is USERS_DOWN
        f.waldur.put(a_storage(1, backend_metadata={"project_item": {"unixGid": 5}}))
        assert f.look().group_trouble is None

    def test_a_group_that_changed_changes_its_own_resources_alone(self):
        f = ready(a_storage(1), in_project("avalanche", 2), group_life=100)
        before = leaves(f.tree.shown())
        f.groups.known["permafrost"] = 5
        after = leaves(f.look(100))
        assert after[resource_id(1)].target["unixGid"] == 5
        assert after[resource_id(2)] is before[resource_id(2)]

    @pytest.mark.parametrize("trouble", [None, USERS_DOWN])
    def test_without_a_group_a_storage_is_skipped_or_everything_refused(self, trouble):
        for fallback, refusal in {
            GidFallback.SKIP: "",
            GidFallback.ERROR: "the Unix ids of 1 storage resource are not known",
        }.items():
            f = FakeStorage(in_project("snow", 1), in_project("avalanche", 2), fallback=fallback)
            f.groups.known["avalanche"] = 5
            f.groups.before["look_up"].append(trouble)
            shown = f.tree.refresh()
            assert bool(shown.refusal) == (fallback is GidFallback.ERROR)
            if trouble is None:
                assert shown.refusal == refusal
                assert list(leaves(shown)) == [resource_id(2)]

    def test_what_is_skipped_for_other_reasons_refuses_nothing(self):
        f = ready(a_storage(1, attributes={"permissions": 7}), fallback=GidFallback.ERROR)
        assert f.tree.shown().refusal == ""

    def test_a_refusal_is_over_when_the_group_is_known(self):
        f = ready(in_project("snow", 1), in_project("ice", 2), fallback=GidFallback.ERROR, unknown_life=60)
        assert f.tree.shown().refusal == "the Unix ids of 2 storage resources are not known"
        f.groups.known.update(snow=5, ice=6)
        assert f.look(61).refusal == ""

    @pytest.mark.parametrize(("fallback", "shown"), [(GidFallback.MOCK, 1), (GidFallback.SKIP, 0)])
    def test_where_nobody_knows_groups_nobody_is_asked(self, fallback, shown):
        f = FakeStorage(a_storage(1), has_groups=False, fallback=fallback)
        found = f.tree.refresh()
        assert (len(leaves(found)), found.group_trouble) == (shown, None)
        assert f.look() is found
        assert f.groups.asked == []


class TestStatistics:
    def test_few_projects_are_named(self):
        f = ready(a_storage(1), in_project("avalanche", 2), in_project("snow", 3))
        f.waldur.put(a_storage(4))
        f.look()
        assert f.tree.statistics() == {
            "total_entries": 2,
            "cache_policy": "Persists until server restart",
            "projects": ["avalanche", "permafrost"],
            "hits": 3,
            "requested": 3,
            "unknown": 1,
        }

    @pytest.mark.parametrize(
        ("number", "projects"),
        [(10, sorted(f"p{n}" for n in range(10))), (57, "57 projects (too many to list)")],
    )
    def test_many_are_counted(self, number, projects):
        f = FakeStorage(*(in_project(f"p{n}", n) for n in range(number)))
        f.groups.known = {f"p{n}": n + 1 for n in range(number)}
        f.tree.refresh()
        assert (f.tree.statistics()["total_entries"], f.tree.statistics()["projects"]) == (number, projects)

    def test_a_life_is_told(self):
        assert ready(group_life=90.5).tree.statistics()["cache_policy"] == "Kept for 90.5 seconds"


def test_rules_are_those_of_the_settings():
    f = ready(
        a_storage(1, backend_metadata={"project_item": {"unixGid": 5}}),
        rules=attrs.evolve(RULES, ignores_stored_items=True),
    )
    assert leaves(f.tree.shown())[resource_id(1)].target["unixGid"] == 31877
