"""Months of two marketplaces' lives: what their people do, what becomes of requests, and what we make of it."""

from collections.abc import Mapping
from datetime import date, timedelta

import attrs
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.stateful.engine import NONE, Engine, Trouble, Troubles, Wires, mounted
from tests.stateful.watch import Watch
from tests.stateful.worlds import NONSENSE, PEOPLE, ROLES, TOO_MANY, UNFINISHED, Setup, Worlds

from federation_core.application.outcome import CycleReport

MOST_RESOURCES = 4
DAYS = (None, date(2030, 2, 28), date(2031, 6, 30))
SETTLING = 14
"""Cycles in which everything has come to rest after all trouble is over."""

SETUPS = (
    Setup(),
    Setup(enforces=True),
    Setup(removes_orphans=True),
    Setup(bridge=False),
    Setup(bridge=False, enforces=True, removes_orphans=True),
    Setup(bridge=False, old=True),
)
LONGEST_PAUSE = 3700
"""Seconds after which even what was refused is tried again."""

MODES = ("all", "all", "order_process", "report", "membership_sync")
SIDES = st.sampled_from("ab")
PROJECTS = st.integers(0, 1)
TROUBLES = st.builds(
    Troubles,
    st.dictionaries(st.integers(0, 35), st.sampled_from(Trouble), max_size=3),
    st.dictionaries(st.integers(0, 6), st.sampled_from(Trouble), min_size=1, max_size=2),
)


@attrs.define
class Tally:
    """What the histories had in them."""

    lives: int = 0
    steps: int = 0
    cycles: int = 0
    requests: int = 0
    troubles: int = 0
    kills: int = 0


class Federations(RuleBasedStateMachine):
    """One history."""

    tally = Tally()

    @initialize(setup=st.sampled_from(SETUPS))
    def two_marketplaces(self, setup):
        self.worlds = Worlds(setup)
        self.watch = Watch(self.worlds)
        self.wires = self.wired()
        self.other = self._engine()
        self.agent = self._engine(meanwhile=self._the_other_runs)
        self.tally.lives += 1

    def wired(self) -> Wires:
        """What carries requests to both sides."""
        return mounted(self.worlds.pair)

    def _engine(self, **options):
        worlds = self.worlds
        return Engine(worlds.pair, worlds.settings, self.wires, worlds.pass_time, worlds.carry_out_later, **options)

    def _the_other_runs(self):
        self.watch.agents_met = True
        self.other.cycle("all")

    @invariant()
    def what_must_always_hold(self):
        if hasattr(self, "worlds"):
            self.tally.steps += 1
            self.watch.look()

    # Users of A

    @precondition(lambda self: len(self.worlds.a.resources) < MOST_RESOURCES)
    @rule(project=PROJECTS, nodes=st.sampled_from([0, 1, 20, 100, TOO_MANY]))
    def a_user_orders(self, project, nodes):
        self.worlds.order(project, nodes)

    def _some(self, rows, pick):
        return rows[pick % len(rows)] if rows else None

    @precondition(lambda self: self._at_rest())
    @rule(pick=st.integers(0, 9), nodes=st.sampled_from([1, 7, 50, 150, TOO_MANY]))
    def a_user_changes_limits(self, pick, nodes):
        if self._at_rest():
            self.worlds.change_limits(self._some(self._at_rest(), pick), nodes)

    @precondition(lambda self: self._at_rest())
    @rule(pick=st.integers(0, 9))
    def a_user_ends_a_resource(self, pick):
        ending = self._known_in("OK", "Erred")
        if ending:
            self.worlds.terminate(self._some(ending, pick))

    @precondition(lambda self: self.worlds.unfinished())
    @rule(pick=st.integers(0, 9))
    def a_user_thinks_better_of_an_order(self, pick):
        self.worlds.cancel(self._some(self.worlds.unfinished(), pick))

    @rule(
        name=st.sampled_from(PEOPLE),
        role=st.sampled_from(ROLES),
        project=PROJECTS,
        days=st.sampled_from([None, None, 5, 90]),
    )
    def somebody_joins(self, name, role, project, days):
        until = None if days is None else self.worlds.clock() + timedelta(days=days)
        self.worlds.joins(name, role, project, until)

    @rule(name=st.sampled_from(PEOPLE), role=st.sampled_from(ROLES), project=PROJECTS)
    def somebody_leaves(self, name, role, project):
        self.worlds.leaves(name, role, project)

    @rule(name=st.sampled_from(PEOPLE), roles=st.permutations(ROLES), project=PROJECTS)
    def somebody_changes_role(self, name, roles, project):
        self.worlds.joins(name, roles[0], project, None)
        self.worlds.leaves(name, roles[1], project)

    # B's provider

    @rule(pick=st.integers(0, 9), move=st.sampled_from(["approve", "complete", "complete", "reject", "fail"]))
    def bs_provider_deals_with_an_order(self, pick, move):
        waiting = [row for row in self.worlds.b.orders if row.state in UNFINISHED]
        if waiting:
            self.worlds.provider_acts(self._some(waiting, pick), move)

    @precondition(lambda self: self.worlds.b.orders)
    @rule()
    def bs_provider_completes_all(self):
        self.worlds.provider_completes_all()

    def _at_rest(self):
        return self._known_in("OK")

    def _known_in(self, *states):
        return [row for row in self.worlds.a.resources if row.state in states and row.backend_id != NONSENSE]

    def _living_copies(self):
        return [row for row in self.worlds.b.resources if row.state == "OK"]

    @precondition(lambda self: self._living_copies() and not self.worlds.setup.old)  # A had no call for it then
    @rule(
        pick=st.integers(0, 9), component=st.sampled_from(["gpu_hours", "storage_gb_hours"]), amount=st.integers(0, 900)
    )
    def bs_provider_changes_a_limit(self, pick, component, amount):
        if self._living_copies():
            self.worlds.set_limits_on_b(self._some(self._living_copies(), pick), component, amount)

    @precondition(lambda self: self._living_copies())
    @rule(pick=st.integers(0, 9), number=st.integers(0, 1))
    def bs_staff_switches_a_plan(self, pick, number):
        if self._living_copies():
            self.worlds.switch_plan_on_b(self._some(self._living_copies(), pick), number)

    @precondition(lambda self: self._living_copies())
    @rule(pick=st.integers(0, 9), name=st.sampled_from(["", "snow", "ice"]))
    def bs_provider_names_it(self, pick, name):
        if self._living_copies():
            copy = self._some(self._living_copies(), pick)
            self.worlds.b.edit(copy, backend_id=name and f"{name}-{copy.uuid[:4]}")

    @precondition(lambda self: self._at_rest())
    @rule(pick=st.integers(0, 9), side=SIDES, day=st.sampled_from(DAYS))
    def somebody_sets_an_end(self, pick, side, day):
        world = self.worlds.a if side == "a" else self.worlds.b
        living = [row for row in world.resources if row.state == "OK"]
        if living:
            self.worlds.set_end(side, self._some(living, pick), day)

    @precondition(lambda self: self._living_copies())
    @rule(pick=st.integers(0, 9))
    def it_breaks_on_b(self, pick):
        if self._living_copies():
            self.worlds.b.edit(self._some(self._living_copies(), pick), state="Erred")

    @precondition(lambda self: self.worlds.b.resources)
    @rule()
    def what_broke_on_b_is_mended(self):
        for copy in self.worlds.b.resources:
            if copy.state == "Erred":
                self.worlds.b.edit(copy, state="OK")

    @precondition(lambda self: self._living_copies())
    @rule(pick=st.integers(0, 9), gpu=st.integers(0, 400), storage=st.none() | st.integers(0, 400))
    def b_reports_usage(self, pick, gpu, storage):
        used = [row for row in self.worlds.b.resources if row.state != "Creating"]
        if used:
            copy = self._some(used, pick)
            totals = {"gpu_hours": gpu, **({} if storage is None else {"storage_gb_hours": storage})}
            self.worlds.b.report_usage(copy, totals)
            self.watch.b_showed(copy)

    @precondition(lambda self: self.worlds.mirrors())
    @rule(pick=st.integers(0, 9), role=st.sampled_from(ROLES))
    def bs_staff_lets_somebody_in(self, pick, role):
        mirrors = list(self.worlds.mirrors().values())
        if mirrors:
            self.worlds.adds_by_hand(self._some(mirrors, pick), role)

    @precondition(lambda self: self.worlds.deactivated())
    @rule()
    def bs_staff_lets_people_back_in(self):
        """Only they can: the bridge never makes an account active again that it has closed."""
        for user in self.worlds.deactivated():
            self.worlds.b.edit(user, is_active=True, deactivation_reason="")

    # Operators, and time

    @rule()
    def an_agent_is_restarted(self):
        self.agent.restart()

    @rule(side=SIDES, loses=st.sampled_from(["role", "token"]), mode=st.sampled_from(MODES))
    def a_cycle_without_rights(self, side, loses, mode):
        """The account on one side has lost its role, so that lists are shorter, or its token is no longer taken."""
        (self.worlds.lose_role if loses == "role" else self.worlds.token_ends)(side)
        self._cycle(mode)
        self.watch.look()
        self.worlds.give_role_back(side)
        self.worlds.token_is_valid_again(side)

    @rule(side=SIDES, mode=st.sampled_from(MODES))
    def an_operator_renews_a_token(self, side, mode):
        """The agent meets a server that does not take its token any more, before all are started with the new one."""
        self.worlds.renew_token(side)
        self._cycle(mode)
        self.watch.look()
        for engine in (self.agent, self.other):
            engine.restart(self.worlds.settings)

    @precondition(lambda self: all(row.backend_id != NONSENSE for row in self.worlds.a.resources))
    @rule(project=PROJECTS)
    def somebody_links_a_resource_to_nonsense(self, project):
        self.worlds.link_to_nonsense(project)

    @rule(seconds=st.sampled_from([2, 5, 30, 3600, 86400 * 20]))
    def time_passes(self, seconds):
        self.worlds.pass_time(seconds)

    # We

    @rule(mode=st.sampled_from(MODES))
    def a_cycle(self, mode):
        self._cycle(mode)

    @rule(mode=st.sampled_from(MODES), troubles=TROUBLES)
    def a_cycle_in_trouble(self, mode, troubles):
        self._cycle(mode, troubles)

    @rule(troubles=TROUBLES)
    def another_cycle_in_trouble(self, troubles):
        self._cycle("all", troubles)

    @rule(troubles=TROUBLES, move=st.sampled_from(["complete", "complete", "reject", "fail"]), pick=st.integers(0, 9))
    def b_deals_with_an_order_and_we_look(self, troubles, move, pick):
        self.bs_provider_deals_with_an_order(pick, move)
        self._cycle("all", troubles)

    @rule(mode=st.sampled_from(MODES))
    def the_other_agent_runs(self, mode):
        self.other.cycle(mode)

    def _cycle(self, mode: str, troubles: Troubles = NONE):
        met = self.agent.met
        report = self.agent.cycle(mode, troubles)
        self.tally.cycles += 1
        self.tally.requests += self.agent.sent
        self.tally.troubles += self.agent.met - met
        self.tally.kills += report is None
        _tell(report)
        return report

    # The end

    def teardown(self):
        if hasattr(self, "worlds"):
            try:
                self._settle()
                self.watch.look()
                self.watch.everything_agrees()
                self._nothing_is_left_to_do()
            finally:
                self.agent.end()
                self.other.end()

    def _settle(self):
        self.what_broke_on_b_is_mended()
        for _ in range(SETTLING):
            self.worlds.pass_time(LONGEST_PAUSE)
            self.bs_staff_lets_people_back_in()
            self._users_end_what_b_ended()
            before = self.worlds.writes()
            is_still = not any(order.state in UNFINISHED for order in (*self.worlds.a.orders, *self.worlds.b.orders))
            reports = self._cycle("all")
            for digest in self._held(reports):
                self.agent.cycle("all", approved=digest)
            self.worlds.provider_completes_all()
            self.watch.look()
            if is_still and self.worlds.writes() == before:
                return

    def _users_end_what_b_ended(self):
        """As the report asks: a termination that was cancelled on A, and went on on B."""
        for resource in self._at_rest():
            copy = self.worlds.copy(resource)
            if copy is not None and copy.state == "Terminated":
                self.worlds.terminate(resource)

    def _held(self, reports):
        """The removals that wait for a person, who releases them."""
        return {report.digest for report in reports.values() if report.digest}

    def _nothing_is_left_to_do(self):
        before, requests = self.worlds.writes(), self.worlds.requests()
        self.agent.cycle("all")
        assert self.worlds.writes() == before, "I9: an unchanged world was written to"
        assert self.worlds.requests() - requests <= MOST_REQUESTS, "I9: an unchanged world costs too many requests"


def _tell(reports: Mapping[str, CycleReport] | None) -> None:
    """Show what became of a cycle beside a history that fails."""
    for task, report in (reports or {}).items():
        told = [
            *report.problems,
            *(f"{one.step} {one.resource[:8]}: {one.reason} {one.error}" for one in report.outcomes),
        ]
        if told and currently_in_test_context():
            note(f"  {task}: {told}")


MOST_REQUESTS = 60
"""Requests of a cycle over a world of one page; to be seen as a bound that grows with nothing."""

__all__ = ["Federations", "Tally"]
