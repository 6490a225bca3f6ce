import pytest
from tests.fakes.federation import FakeFederation
from tests.fakes.projects import ConsumerProjects
from tests.strategies.builders import NOW, PLACED, a_b_project, a_project, a_project_id, b_project_id, some_rules

from federation_core.application.mirror_projects import MirrorProjects, NoProject
from federation_core.application.outcome import Kind
from federation_core.application.wiring import Learned
from federation_core.domain.errors import Forbidden, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.projects.backend_id import ProjectKey, format_key

KEY = ProjectKey(a_project().customer, a_project().id)
OTHER = ProjectKey(a_project().customer, a_project_id(2))
LATE = TimedOut(Side.B, "project.create")


@pytest.fixture
def b():
    return ConsumerProjects()


def directory(projects, *keys, learned=None):
    world = FakeFederation()
    world.b_projects = projects
    made = MirrorProjects(world.ports, world.settings, learned or Learned())
    made.ensure({key: a_project(id=key.project) for key in keys or (KEY,)})
    return made


def twin(number=9, **changes):
    return a_b_project(id=b_project_id(number), backend_id=format_key(KEY), **changes)


def test_a_project_that_is_there_is_adopted_and_none_is_made(b):
    b.projects = [twin()]
    assert directory(b).of(KEY) == twin()
    assert b.projects == [twin()]


def test_a_project_that_is_proven_absent_is_made(b):
    found = directory(b).of(KEY)
    assert [found] == b.projects
    assert b.projects[0].backend_id == format_key(KEY)


def test_each_key_gets_its_own_project(b):
    made = directory(b, KEY, OTHER)
    assert [made.of(KEY), made.of(OTHER)] == b.projects


def test_an_older_twin_that_somebody_made_meanwhile_is_adopted_instead_of_ours(b):
    b.after["create"] = [lambda: b.projects.append(twin(created=PLACED))]
    assert directory(b).of(KEY) == twin(created=PLACED)
    assert len(b.projects) == 2
    assert b.projects[0].created == NOW


def test_nothing_is_made_from_an_incomplete_listing(b):
    b.flaw = "3 of 4"
    assert directory(b).of(KEY) == NoProject("B's projects could not be listed completely: 3 of 4", Kind.AGAIN_AFTER)
    assert b.projects == []


def test_an_incomplete_listing_may_still_show_the_project(b):
    b.flaw, b.projects = "3 of 4", [twin()]
    assert directory(b).of(KEY) == twin()


def test_nothing_is_made_where_nothing_could_be_listed(b):
    b.before["list_all"] = [TimedOut(Side.B, "project.list_all")]
    assert "B project.list_all timed out" in directory(b).of(KEY).reason
    assert b.projects == []


def test_a_project_that_could_not_be_made_says_why_and_spoils_no_other(b):
    b.before["create"] = [Forbidden(Side.B, "project.create", "no")]
    made = directory(b, KEY, OTHER)
    refused = "its project on B could not be made: B project.create was refused: not permitted: no"
    assert made.of(KEY) == NoProject(refused, Kind.PARKED)
    assert [made.of(OTHER)] == b.projects


def test_a_project_whose_answer_was_lost_is_found_by_the_second_listing(b):
    b.after["create"] = [LATE]
    assert [directory(b).of(KEY)] == b.projects


def test_a_project_whose_answer_was_lost_is_not_claimed_to_be_there_without_a_second_listing(b):
    b.after["create"] = [LATE]
    b.before["list_all"] = [None, TimedOut(Side.B, "project.list_all")]
    none = directory(b).of(KEY)
    assert "could not be made: B project.create timed out" in none.reason
    assert none.kind is Kind.AGAIN_AFTER


def test_a_project_whose_answer_was_lost_is_not_asked_for_again_while_it_may_still_commit(b):
    learned = Learned()
    b.before["create"] = [LATE]
    directory(b, learned=learned)
    assert "may still be making it" in directory(b, learned=learned).of(KEY).reason
    assert b.projects == []
    learned.lost_projects[KEY] = NOW - some_rules().settle
    assert [directory(b, learned=learned).of(KEY)] == b.projects


def test_twins_are_told_and_the_oldest_is_used(b):
    b.projects = [twin(1, created=NOW), twin(2, created=PLACED)]
    made = directory(b)
    (note,) = made.notes
    assert made.of(KEY) == twin(2, created=PLACED)
    assert note.endswith(f"{b_project_id(2)} is used, {b_project_id(1)} are not")


def test_what_was_made_is_known_also_where_the_second_listing_fails(b):
    b.before["list_all"] = [None, TimedOut(Side.B, "project.list_all")]
    assert [directory(b).of(KEY)] == b.projects


def test_what_was_made_and_is_not_listed_afterwards_is_not_used(b):
    b.after["create"] = [b.projects.clear]
    none = "its project on B could not be made: it is not listed afterwards"
    assert directory(b).of(KEY) == NoProject(none, Kind.AGAIN_AFTER)
