"""People over two sandboxes: who joins, leaves and changes, what readings that are cut short do, and what it costs to look."""

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from dependency_injector import providers
from tests.scenario.harness import Mounted, play, second_agent

from federation_adapters.sandbox import Fault

ADMIN, MANAGER, MEMBER = "PROJECT.ADMIN", "PROJECT.MANAGER", "PROJECT.MEMBER"
SOURCE = "isd:a"
FIELD = {"user_resolve_method": "user_field"}


class Campus:
    """One play, and the people in it; each project of A has a resource, and a mirror on B."""

    def __init__(self, p, stack, projects=1):
        self.p, self.stack = p, stack
        self.a_projects, self.rooms = [], []
        for number in range(projects):
            self.found(number)

    def found(self, number):
        """A project of A with a resource that lives on B."""
        a, b = self.p.pair.a, self.p.pair.b
        project = a.projects[0] if number == 0 else self.p.a.add_project(a.consumer, f"Project {number + 1}")
        key = f"{UUID(a.consumer.uuid)}_{UUID(project.uuid)}"
        room = self.p.b.add_project(b.customer, project.name, backend_id=key)
        hosted = self.p.b.add_resource(b.offering, room)
        self.p.a.add_resource(a.offering, project, backend_id=str(UUID(hosted.uuid)))
        self.a_projects.append(project)
        self.rooms.append(room)

    def person_on_a(self, name):
        known = next((user for user in self.p.a.users if user.username == name), None)
        return known or self.p.a.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")

    def person_on_b(self, name, **changes):
        known = next((user for user in self.p.b.users if user.username == name), None)
        return known or self.p.b.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant", **changes)

    def joins(self, *names, role=MEMBER, project=0, until=None):
        for name in names:
            self.p.a.grant(self.person_on_a(name), role, self.a_projects[project], expiration_time=until)

    def works(self, *names, role=MEMBER, project=0, by=None):
        giver = self.p.pair.b.consumer_user if by is None else by
        for name in names:
            self.p.b.grant(self.person_on_b(name), role, self.rooms[project], created_by=giver)

    def leaves(self, name, role=MEMBER, project=0):
        self.p.a.revoke(self.person_on_a(name), role, self.a_projects[project])

    def staff(self, project=0):
        return sorted(grant.user.username for grant in self.p.b.grants_on(self.rooms[project]))

    def roles(self, name):
        return sorted(g.role.name for g in self.p.b.grants_on(self.rooms[0]) if g.user.username == name)

    def sync(self, **options):
        return self.p.federation.sync_members().run(**options)

    def requests(self):
        return self.p.pair.a.sandbox.requests.total, self.p.pair.b.sandbox.requests.total


@contextmanager
def campus(*, projects=1, extra=None, document=None, seen_by_staff=True, **seed):
    """A pair with people; *seen_by_staff*: our account on B may see everybody."""
    with ExitStack() as stack:
        p = stack.enter_context(play(served=False, extra={**FIELD, **(extra or {})}, document=document, **seed))
        if seen_by_staff:
            p.b.edit(p.pair.b.consumer_user, is_staff=True)
        yield Campus(p, stack, projects)


@contextmanager
def bridged(**options):
    """As above, with B's bridge open to us, and no staff."""
    keys = {"user_resolve_method": "identity_bridge", "identity_bridge_source": SOURCE}
    with campus(extra={**keys, **options.pop("extra", {})}, seen_by_staff=False, **options) as c:
        c.p.b.settings.identity_bridge = True
        c.p.b.edit(c.p.pair.b.consumer_user, is_identity_manager=True, managed_isds=(SOURCE,))
        yield c


def test_the_leaver_is_on_the_last_of_several_pages():
    names = [f"p{number:03}" for number in range(350)]
    with campus() as c:
        c.joins(*names)
        c.works(*names, "zz-gone")
        report = c.sync()
        assert c.staff() == names
        assert not report.is_trouble


def test_people_come_and_go():
    with campus() as c:
        c.joins("anna", "bert")
        c.person_on_b("anna")
        c.person_on_b("bert")
        c.sync()
        assert c.staff() == ["anna", "bert"]
        c.leaves("bert")
        c.sync()
        assert c.staff() == ["anna"]
        before = c.p.writes()
        c.sync()
        assert c.p.writes() == before


@pytest.mark.parametrize("lost", ["add_user", "delete_user", None])
def test_a_changed_role_never_leaves_a_person_without_one(lost):
    with campus() as c:
        c.joins("anna", role=MANAGER)
        c.works("anna", role=MEMBER)
        if lost:
            c.p.pair.b.sandbox.faults.add(Fault(kind="status", method="POST", path=f"/{lost}/"))
        c.sync()
        assert c.roles("anna") == {None: [MANAGER], "add_user": [MEMBER], "delete_user": [MANAGER, MEMBER]}[lost]
        c.sync()
        assert c.roles("anna") == [MANAGER]


def test_an_answer_that_was_lost_is_not_an_answer_that_was_no():
    with campus() as c:
        c.joins("anna")
        c.person_on_b("anna")
        c.p.pair.b.sandbox.faults.add(Fault(kind="lost", method="POST", path="/add_user/"))
        assert c.sync().waiting == 1
        c.sync()
        assert len(c.p.b.grants_on(c.rooms[0])) == 1


def test_a_hand_made_member_survives_until_the_settings_say_otherwise():
    with campus() as c:
        chief = c.p.pair.b.staff
        c.joins("anna")
        c.works("anna")
        c.works("hand", by=chief)
        report = c.sync()
        assert c.staff() == ["anna", "hand"]
        assert "grant_owner_uuids" in report.notes[0]
    with campus(extra={"membership_policy": "exact"}) as c:
        c.joins("anna")
        c.works("anna")
        c.works("hand", by=c.p.pair.b.staff)
        c.sync()
        assert c.staff() == ["anna"]


def test_a_grant_of_an_earlier_account_is_ours_by_name():
    with campus() as c:
        chief = c.p.pair.b.staff
        c.joins("anna")
        c.works("old", by=chief)
        federation = second_agent_of(c, grant_owner_uuids=[chief.uuid])
        federation.sync_members().run()
        assert c.staff() == []


def second_agent_of(c, **extra):
    """Another engine on the same worlds, mounted as the first."""
    federation = second_agent(c.stack, c.p, **extra)
    federation.a_transport.override(providers.Object(Mounted(c.p.pair.a.sandbox)))
    federation.b_transport.override(providers.Object(Mounted(c.p.pair.b.sandbox)))
    return federation


FAULTS = {
    "cut to a page": Fault(kind="wrong_count", path="project_permissions", times=None, delta=50),
    "shifted": Fault(kind="page_shift", path="project_permissions", times=None, delta=1),
    "repeated": Fault(kind="page_shift", path="project_permissions", times=None, delta=-1),
    "gone": Fault(kind="status", path="project_permissions", times=None),
    "resources cut": Fault(kind="wrong_count", path="provider-resources", times=None, delta=5),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_reading_of_a_that_is_cut_short_takes_nobody_out(fault):
    names = [f"p{number:03}" for number in range(310)]
    with campus() as c:
        c.joins(*names)
        c.works(*names, "zz-gone")
        c.p.pair.a.sandbox.faults.add(fault)
        report = c.sync()
        assert c.staff() == [*names, "zz-gone"]
        assert report.is_trouble


@pytest.mark.parametrize("side", ["a", "b"])
def test_our_role_lost_takes_nobody_out(side):
    with campus(seen_by_staff=False) as c:
        c.joins("anna")
        c.works("anna", "gone")
        if side == "a":
            c.p.a.revoke(c.p.pair.a.provider_user, "CUSTOMER.OWNER", c.p.pair.a.provider)
        else:
            c.p.b.revoke(c.p.pair.b.consumer_user, "CUSTOMER.OWNER", c.p.pair.b.customer)
        assert c.sync().is_trouble
        assert c.staff() == ["anna", "gone"]


def test_a_list_of_a_that_is_suddenly_empty_stops_removals_until_they_are_released():
    with campus() as c:
        c.works("anna", "bert")
        report = c.sync()
        assert c.staff() == ["anna", "bert"]
        assert report.is_trouble
        c.sync(approved=report.digest)
        assert c.staff() == []


def test_ends_are_carried_over_and_changed_in_place():
    soon, late = (datetime.now(UTC) + timedelta(days=days) for days in (3, 30))
    with campus() as c:
        c.joins("anna", until=soon)
        c.person_on_b("anna")
        c.sync()
        assert [grant.expiration_time for grant in c.p.b.grants_on(c.rooms[0])] == [soon]
        for until in (late, None):
            c.p.a.edit(c.p.a.grants_on(c.a_projects[0])[0], expiration_time=until)
            c.sync()
            assert [grant.expiration_time for grant in c.p.b.grants_on(c.rooms[0])] == [until]


def test_the_bridge_makes_people_before_they_get_a_role_and_forgets_them_before_they_lose_it():
    with bridged() as c:
        c.joins("anna", "bert")
        c.p.a.edit(c.p.pair.a.offering, plugin_options={"service_provider_can_create_offering_user": True})
        c.p.a.add_missing_offering_users(c.p.pair.a.offering)
        report = c.sync()
        assert not report.is_trouble
        assert c.staff() == ["anna", "bert"]
        assert c.p.b.user("anna").first_name == "Anna"
        c.leaves("bert")
        c.sync()
        assert c.staff() == ["anna"]
        assert not c.p.b.user("bert").is_active


def test_a_departed_person_is_let_go_by_a_fresh_process():
    with bridged() as c:
        c.joins("anna", "bert")
        c.sync()
        c.leaves("bert")
        second_agent_of(c).sync_members().run()
        assert c.staff() == ["anna"]
        assert not c.p.b.user("bert").is_active


def test_somebody_who_was_on_b_before_us_is_not_deactivated():
    with bridged() as c:
        c.person_on_b("local")
        c.joins("anna", "local")
        c.sync()
        c.leaves("local")
        report = c.sync()
        assert c.staff() == ["anna"]
        assert c.p.b.user("local").is_active
        assert any("stays as it is" in note for note in report.notes)


def test_a_value_that_b_rejects_is_left_out_and_the_rest_is_told():
    with bridged() as c:
        c.joins("anna")
        offering = c.p.pair.a.offering
        c.p.a.edit(offering, exposed_attributes=frozenset({"username", "full_name", "email"}))
        c.p.a.edit(c.person_on_a("anna"), email="no address")
        c.p.a.add_offering_user(offering, c.person_on_a("anna"))
        report = c.sync()
        assert c.staff() == ["anna"]
        assert (c.p.b.user("anna").first_name, c.p.b.user("anna").email) == ("Anna", "")
        assert any("B rejects email" in note for note in report.notes)


def test_consent_that_was_read_as_withdrawn_takes_out_and_a_vanished_row_spares():
    with campus(extra={"fetch_consented_users_only": True}) as c:
        offering = c.p.pair.a.offering
        c.p.a.edit(offering, terms_of_service="Be kind.")
        c.joins("anna", "bert", "carl")
        c.works("anna", "bert", "carl")
        for name in ("anna", "bert"):
            c.p.a.add_offering_user(offering, c.person_on_a(name))
        c.p.a.consent(c.person_on_a("anna"), offering)
        c.sync()
        assert c.staff() == ["anna", "carl"]


def test_old_servers_give_the_same_roles():
    with campus(profile="2024-10") as c:
        c.joins("anna", role=ADMIN)
        c.person_on_b("anna")
        c.sync()
        assert c.roles("anna") == [ADMIN]


def test_service_and_course_accounts_are_left_alone():
    with campus() as c:
        c.p.a.set_permissions(
            "CUSTOMER.OWNER",
            [
                "SERVICE_PROVIDER.LIST_PROJECT_PERMISSIONS",
                "SERVICE_PROVIDER.LIST_SERVICE_ACCOUNTS",
                "SERVICE_PROVIDER.LIST_COURSE_ACCOUNTS",
            ],
        )
        c.joins("anna", "course")
        c.works("anna")
        c.person_on_b("course")
        c.p.a.add_project_account(c.a_projects[0], "course", kind="course", user=c.person_on_a("course"))
        report = c.sync()
        assert not report.is_trouble
        assert c.staff() == ["anna"]


@pytest.mark.parametrize("method", ["user_field", "identity_bridge"])
def test_an_unchanged_world_of_many_projects_and_people_is_only_listed(method):
    people = [f"p{number:03}" for number in range(500)]
    opened = campus(projects=200) if method == "user_field" else bridged(projects=200)
    with opened as c:
        for number, name in enumerate(people):
            c.joins(name, project=number % 200)
            c.works(name, project=number % 200)
        offering = c.p.pair.a.offering
        c.p.a.edit(offering, plugin_options={"service_provider_can_create_offering_user": True})
        assert len(c.p.a.add_missing_offering_users(offering)) == len(people)
        before, writes = c.requests(), c.p.writes()
        report = c.sync()
        after = c.requests()
        assert not report.is_trouble
        assert c.p.writes() == writes
        on_a, on_b = after[0] - before[0], after[1] - before[1]
        pages_a = {"grants": 2, "resources": 1, "accounts": 2, "course and service accounts": 2}
        pages_b = {"resources": 1, "people": 2}
        told = {"what the bridge takes": 1, "people looked up": 5} if method == "identity_bridge" else {}
        assert on_a == sum(pages_a.values()) + len(["provider", "its UUID", "rights"])
        assert on_b == sum(pages_b.values()) + sum(told.values()) + len(["rights"])


def test_planning_writes_nothing():
    with bridged() as c:
        c.joins("anna")
        c.works("gone")
        before = c.p.writes()
        members = c.p.federation.sync_members()
        plan = members.plan(members.observe())
        assert [type(write.action).__name__ for write in plan.writes] == ["PushProfile", "GrantRole", "RevokeRole"]
        assert c.p.writes() == before
