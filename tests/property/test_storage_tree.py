"""What is kept by its changes is what everything read anew would give, whatever Waldur does, and whatever fails on the way."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.fakes.storage import FakeStorage
from tests.strategies import storage
from tests.strategies.storage import a_storage, an_order, order_id, resource_id

from federation_core.domain.errors import Forbidden, PlaneError, ServerFault
from federation_core.domain.ids import Side
from federation_core.domain.storage.identities import GidFallback
from federation_core.domain.storage.records import Skipped

CALLS = ["read_all", "count", "read_changed", "stirred", "read"]
MANY = range(100, 130)
numbers = st.integers(0, 5)


def outline(shown):
    """All that is shown, as values that can be compared."""
    found = shown.hierarchy
    items = [
        (item.key, item.parent, item.states, item.mount_point, item.status, item.target, item.quotas, item.links)
        for item in found.items
    ]
    return items, found.skipped, found.conflicts, found.remarks, shown.resources, shown.refusal


class KeptStorage(RuleBasedStateMachine):
    """Somebody asks now and then, while resources and orders come, change and go."""

    def __init__(self):
        super().__init__()
        self.f = FakeStorage()
        self.forgets = False

    @initialize(fallback=st.sampled_from(GidFallback), is_old=st.booleans(), forgets=st.booleans())
    def begins(self, fallback, is_old, forgets):
        """Groups are kept for a while, or asked for each time."""
        lives = (0.0, 0.0) if forgets else (50.0, 20.0)
        self.f = FakeStorage(a_storage(0), fallback=fallback, group_life=lives[0], unknown_life=lives[1])
        self.forgets = forgets
        if is_old:
            self.f.waldur.refused["stirred"] = Forbidden(Side.A, "storage.stirred")

    # what the world does

    @rule(row=storage.storages())
    def a_resource_comes_or_changes(self, row):
        self.f.waldur.put(row)

    @rule(number=numbers)
    def a_resource_cannot_be_understood(self, number):
        self.f.waldur.put(Skipped(resource_id(number), "capstor", "no slug"))

    @rule(number=numbers, state=st.none() | st.sampled_from(storage.ORDER_STATES), is_second=st.booleans())
    def an_order_changes(self, number, state, is_second):
        order = 10 * number + is_second
        self.f.waldur.stir(resource_id(number), state and an_order(state, number=order), order_id(order))

    @rule(state=st.sampled_from(storage.ORDER_STATES))
    def many_orders_change(self, state):
        """More than are read one by one."""
        for number in MANY:
            if resource_id(number) not in self.f.waldur.rows:
                self.f.waldur.put(a_storage(number, state="Updating"))
            self.f.waldur.stir(resource_id(number), an_order(state, number=10 * number))

    @precondition(lambda self: self.f.waldur.rows)
    @rule(data=st.data())
    def a_resource_goes(self, data):
        self.f.waldur.drop(data.draw(st.sampled_from(sorted(self.f.waldur.rows))))

    @rule(hours=st.integers(1, 48))
    def nothing_happens(self, hours):
        self.f.waldur.now += timedelta(hours=hours)

    @rule(slug=st.sampled_from(storage.PLAIN_SLUGS), gid=st.none() | st.integers(1, 9))
    def a_project_has_another_group(self, slug, gid):
        self.f.groups.known.pop(slug, None)
        if gid is not None:
            self.f.groups.known[slug] = gid

    # what fails

    @rule(call=st.sampled_from(CALLS), skip=st.integers(0, 2))
    def a_call_fails(self, call, skip):
        self.f.waldur.before[call] = [None] * skip + [ServerFault(Side.A, f"storage.{call}", status=500)]

    @rule()
    def groups_cannot_be_told(self):
        self.f.groups.before["look_up"] = [ServerFault(Side.B, "groups.look_up", status=500)]

    @rule(call=st.sampled_from(["read_all", "read_changed", "stirred"]))
    def a_part_only_is_told(self, call):
        self.f.waldur.short.add(call)

    def all_is_well(self):
        self.f.waldur.short.clear()
        self.f.waldur.before.clear()
        self.f.groups.before.clear()

    # who asks

    @rule(seconds=st.sampled_from([0, 1, 6, 15, 31, 61]))
    def somebody_asks(self, seconds):
        self.f.wait(seconds)
        try:
            self.f.tree.fresh()
            self.f.tree.refresh()
        except PlaneError:
            return
        assert (self.f.tree.age() or 0) <= 60_000

    @rule(seconds=st.sampled_from([6, 31]))
    def somebody_asks_while_all_is_well(self, seconds):
        self.all_is_well()
        self.f.wait(seconds)
        shown = self.f.tree.refresh()
        assert self.f.waldur.refused or self.f.tree.age() == 0
        if self.forgets and self.f.tree.age() == 0:
            self.is_what_is_there(shown)

    def is_what_is_there(self, shown):
        assert outline(shown) == outline(self.f.anew(self.f.groups).refresh())

    @invariant()
    def nothing_is_shown_twice(self):
        shown = self.f.tree.shown()
        keys = [] if shown is None else [item.key for item in shown.hierarchy.items]
        assert len(set(keys)) == len(keys)

    def teardown(self):
        self.all_is_well()
        self.f.wait(100)
        self.is_what_is_there(self.f.tree.fresh())


TestKeptStorage = KeptStorage.TestCase
