"""Random lives of one resource under orders and field sync, on the real adapters: users, B's provider, faults, restarts.

Whatever happens, an id that was told is never blanked, limits reach a quiet fixed point within ten cycles, and both sides show the
same state and the date set last.
"""

from contextlib import ExitStack
from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.scenario.harness import play

from federation_adapters.sandbox import Fault
from federation_core.application.configure import Part

FACTORS = ({"gpu_hours": 5, "storage_gb_hours": 10}, {"gpu_hours": 0.29}, {"gpu_hours": 0.3}, {"gpu_hours": 1})
DAYS = (None, date(2099, 2, 28), date(2099, 6, 30))
CYCLES = 10


class FieldsLive(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.last_day = None

    @initialize(factors=st.sampled_from(FACTORS))
    def a_resource_lives(self, factors):
        def edit(document):
            targets = {name: {"factor": factor} for name, factor in factors.items()}
            document["offerings"][0]["backend_components"]["node_hours"]["target_components"] = targets

        self.p = self.stack.enter_context(play(served=False, document=edit))
        self.on_a, self.on_b = self.p.living()
        self.told = ""

    @property
    def is_at_rest(self):
        return self.on_a.state == self.on_b.state == "OK"

    @precondition(lambda self: self.is_at_rest)
    @rule(nodes=st.integers(0, 200))
    def a_user_orders_other_limits(self, nodes):
        if self.on_a.limits != {"node_hours": nodes}:
            self.p.place_update(self.on_a, {"node_hours": nodes})

    @rule()
    def bs_provider_carries_orders_out(self):
        self.p.b_finishes()

    @rule()
    def bs_provider_rejects_orders(self):
        self.p.b_rejects("no stock")

    @precondition(lambda self: self.on_b.state == "OK")
    @rule(name=st.sampled_from(["gpu_hours", "storage_gb_hours"]), amount=st.integers(0, 1000))
    def bs_provider_sets_limits(self, name, amount):
        if name in self.on_b.limits:
            self.p.b.edit(self.on_b, limits={**self.on_b.limits, name: amount})

    @rule(name=st.sampled_from(["", "GLAC_snow", "GLAC_ice"]))
    def bs_provider_names_it(self, name):
        self.p.b.edit(self.on_b, backend_id=name)

    @precondition(lambda self: self.on_b.state in {"OK", "Erred"})
    @rule(state=st.sampled_from(["OK", "Erred"]))
    def it_fails_on_b_or_gets_well(self, state):
        self.p.b.edit(self.on_b, state=state)

    @rule(side=st.sampled_from("ab"), day=st.sampled_from(DAYS))
    def somebody_sets_the_end_date(self, side, day):
        world, resource = (self.p.a, self.on_a) if side == "a" else (self.p.b, self.on_b)
        if resource.end_date != day:
            now = getattr(self.p.pair, side).sandbox.store.now()
            world.edit(resource, end_date=day, end_date_updated_at=now)
            self.last_day = day

    @rule(side=st.sampled_from("ab"), method=st.sampled_from(["GET", "POST"]), late=st.booleans())
    def a_request_fails(self, side, method, late):
        after = method == "POST" and late
        fault = Fault(kind="status", method=method, path="marketplace", status=502, after_commit=after)
        getattr(self.p.pair, side).sandbox.faults.add(fault)

    @rule()
    def an_order_cycle(self):
        self.p.cycle()

    @rule()
    def a_field_cycle(self):
        self.p.federation.sync_fields().run([Part.RESOURCES])

    @rule()
    def a_restart(self):
        self.p.federation.fields_learned().refused.clear()

    @invariant()
    def an_id_that_was_told_is_not_blanked(self):
        if hasattr(self, "p"):
            assert self.on_a.effective_id or not self.told
            self.told = self.on_a.effective_id

    def _settle(self):
        for side in (self.p.pair.a, self.p.pair.b):
            side.sandbox.faults.clear()
        self.p.federation.fields_learned().refused.clear()
        if self.on_a.state == "Updating":  # B takes no order for what is broken there
            self.p.b.edit(self.on_b, state="OK")
        for _ in range(3):
            self.p.cycle()
            self.p.b_finishes()
        self.p.cycle()
        for _ in range(CYCLES - 1):
            self.p.federation.sync_fields().run([Part.RESOURCES])

    def teardown(self):
        with self.stack:
            if not hasattr(self, "p"):
                return
            self._settle()
            before = self.p.writes()
            report = self.p.federation.sync_fields().run([Part.RESOURCES])
            assert self.p.writes() == before
            assert not report.is_trouble
            assert self.on_a.state == self.on_b.state
            assert self.on_a.end_date == self.on_b.end_date == self.last_day
            assert self.on_a.effective_id in {self.on_b.backend_id, self.told}


TestFieldsLive = FieldsLive.TestCase
TestFieldsLive.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
