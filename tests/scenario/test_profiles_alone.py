"""An offering that names us for the identity bridge alone: B is told of people over HTTP, and nothing else happens."""

from contextlib import contextmanager
from uuid import UUID

import pytest
from tests.scenario.harness import play

from federation_core.application.drift import differences
from federation_core.domain.health.table import Severity
from federation_runner.cycle import plan_cycle, run_cycle
from federation_runner.modes import EVENTS, is_told, listens, modes_of

SOURCE = "isd:a"
BACKENDS = ("order_processing_backend", "membership_sync_backend", "reporting_backend", "backend_components")
MAY = {"service_provider_can_create_offering_user": True}
EXPOSED = frozenset({"username", "full_name", "email"})


def the_bridge_alone(document):
    """Leave of an offering what the published fragment has."""
    (offering,) = document["offerings"]
    for key in BACKENDS:
        del offering[key]
    offering["username_management_backend"] = "waldur-identity-bridge"


class Town:
    """One play, and the people in it; all of them work in a project of A with a living resource, and in none of B."""

    def __init__(self, p):
        self.p, self.seen = p, [0, 0]
        a, b = p.pair.a, p.pair.b
        hosted = p.b.add_resource(b.offering, p.b.add_project(b.customer, "Project 1"))
        p.a.add_resource(a.offering, a.projects[0], backend_id=str(UUID(hosted.uuid)))
        p.a.edit(a.offering, plugin_options=MAY, exposed_attributes=EXPOSED)

    def joins(self, *names):
        """People of A get a role, and the offering's account that goes with it."""
        for name in names:
            user = self.p.a.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")
            self.p.a.grant(user, "PROJECT.MEMBER", self.p.pair.a.projects[0])
        return self.p.a.add_missing_offering_users(self.p.pair.a.offering)

    def run(self, mode="all"):
        """One cycle; its only report."""
        (report,) = run_cycle(self.p.federation, mode).values()
        return report

    def writes(self):
        """What was written since the last time, on each side."""
        logs = [side.sandbox.writes.entries for side in (self.p.pair.a, self.p.pair.b)]
        before, self.seen = self.seen, [len(log) for log in logs]
        return tuple([(one.method, one.path) for one in log[n:]] for log, n in zip(logs, before, strict=True))

    def known_on_b(self):
        return sorted(user.username for user in self.p.b.users if SOURCE in user.active_isds)


@contextmanager
def town(*, is_open=True, seen_by_staff=False, extra=None, **options):
    keys = {"identity_bridge_source": SOURCE, **(extra or {})}
    with play(extra=keys, document=the_bridge_alone, **options) as p:
        p.b.settings.identity_bridge = is_open
        p.b.edit(p.pair.b.consumer_user, is_identity_manager=True, managed_isds=(SOURCE,), is_staff=seen_by_staff)
        town = Town(p)
        yield town


PUSH = ("POST", "/api/identity-bridge/")


@pytest.mark.parametrize("mode", ["all", "membership_sync"])
@pytest.mark.parametrize("seen_by_staff", [True, False])
def test_people_are_told_to_b_and_nothing_else_is_written_on_either_side(mode, seen_by_staff):
    with town(seen_by_staff=seen_by_staff) as t:
        t.joins("anna", "bert")
        assert not t.run(mode).is_trouble
        assert t.writes() == ([], [PUSH, PUSH])
        assert t.known_on_b() == ["anna", "bert"]
        assert (t.p.b.user("anna").first_name, t.p.b.user("anna").email) == ("Anna", "anna@example.org")
        assert not t.p.b.grants_on(t.p.b.projects[0])
        report = t.run(mode)
        assert not report.outcomes + report.problems + report.notes
        assert t.writes() == ([], [])


def test_a_change_on_a_is_told_and_a_departure_withdraws_nobody():
    with town() as t:
        t.joins("anna", "bert")
        t.run()
        t.writes()
        t.p.a.edit(t.p.a.user("anna"), last_name="Bee")
        t.p.a.revoke(t.p.a.user("bert"), "PROJECT.MEMBER", t.p.pair.a.projects[0])
        t.run()
        assert t.writes() == ([], [PUSH])
        assert t.p.b.user("anna").last_name == "Bee"
        assert t.p.b.user("bert").is_active


def test_restricted_people_and_those_who_leave_are_left_out():
    with town() as t:
        accounts = {account.user.username: account for account in t.joins("anna", "bert", "carl")}
        t.p.a.edit(accounts["bert"], is_restricted=True)
        t.p.a.edit(accounts["carl"], state="Deleting")
        t.run()
        assert t.known_on_b() == ["anna"]


def test_without_consent_nobody_is_told_of_where_it_is_asked_for():
    with town(extra={"fetch_consented_users_only": True}) as t:
        t.p.a.edit(t.p.pair.a.offering, terms_of_service="Be kind.")
        t.joins("anna", "bert")
        t.p.a.consent(t.p.a.user("anna"), t.p.pair.a.offering)
        t.run()
        assert t.known_on_b() == ["anna"]


def test_no_other_mode_has_anything_to_do():
    with town() as t:
        settings = t.p.federation.settings()
        assert [modes_of(settings, mode) for mode in ("order_process", "report")] == [(), ()]


def test_planning_shows_the_pushes_and_writes_nothing():
    with town() as t:
        t.joins("anna")
        (plan,) = plan_cycle(t.p.federation).values()
        assert [action["action"] for action in plan.as_json()["actions"]] == ["PushProfile"]
        assert differences(plan) == ()
        assert t.writes() == ([], [])


def test_a_closed_bridge_is_told():
    with town(is_open=False) as t:
        t.joins("anna")
        assert "disabled" in " ".join(t.run().problems).lower()
        (found,) = [one for one in t.p.federation.check_offering().run().found if one.check == "bridge"]
        assert found.severity is Severity.ERROR


def test_nobody_to_tell_of_is_fine():
    with town() as t:
        assert not t.run().is_trouble


def test_the_doctor_asks_for_nothing_that_telling_of_people_does_not_need():
    with town() as t:
        t.joins("anna")
        report = t.p.federation.check_offering().run()
        assert [(one.check, str(one.finding)) for one in report.found] == []
        assert "bridge" in report.passed


class TestWhy:
    def chain(self, t, key):
        why = t.p.federation.why()
        (candidate,) = why.find(key).candidates
        (chain,) = why.explain(candidate)
        return [(link.mark.value, link.name) for link in chain.links], chain

    def test_somebody_new_is_about_to_be_told(self):
        with town() as t:
            t.joins("anna")
            links, chain = self.chain(t, "anna")
            assert links == [("yes", "account in A's offering"), ("no", "profile on B")]
            assert "the next run writes it" in chain.first_broken.remedy

    def test_somebody_whom_b_shows_alike_is_fine(self):
        with town(seen_by_staff=True) as t:
            t.joins("anna")
            t.run()
            links, _ = self.chain(t, "anna@example.org")
            assert {mark for mark, _ in links} == {"yes"}
            assert self.chain(t, t.p.b.user("anna").uuid)[0] == links


@pytest.mark.parametrize("side", ["a", "b"])
def test_events_do_not_serve_it_so_polling_stays_as_frequent(side):
    def eventful(document):
        the_bridge_alone(document)
        (offering,) = document["offerings"]
        offering["stomp_enabled"] = side == "a"
        offering["backend_settings"]["target_stomp_enabled"] = side == "b"

    with play(served=False, extra={"identity_bridge_source": SOURCE}, document=eventful) as p:
        settings = p.federation.settings()
        assert not listens(settings)
        assert modes_of(settings, EVENTS) == ("membership_sync",)
        assert not is_told(p.federation, "membership_sync")
