from datetime import timedelta

import pytest
from tests.strategies.builders import PLACED, a_b_project, a_customer_id, a_project_id, b_customer_id, b_project_id

from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.projects.backend_id import ProjectKey, format_key, spellings
from federation_core.domain.projects.match import AdoptProject, CreateProject, UndecidedProject, match_project

KEY = ProjectKey(a_customer_id(), a_project_id())
DASHED, HEX = spellings(KEY)
OURS = a_b_project(backend_id=DASHED)
OLDER = a_b_project(id=b_project_id(2), backend_id=HEX, created=PLACED - timedelta(days=9))
SAME_AGE = a_b_project(id=b_project_id(0), backend_id=DASHED.upper())

STRANGERS = {
    "another customer's": a_b_project(customer=b_customer_id(2), backend_id=DASHED),
    "empty": a_b_project(backend_id=""),
    "another project of A": a_b_project(backend_id=format_key(ProjectKey(a_customer_id(), a_project_id(2)))),
    "another customer of A": a_b_project(backend_id=format_key(ProjectKey(a_customer_id(2), a_project_id()))),
    "project and customer swapped": a_b_project(backend_id=f"{a_project_id()}_{a_customer_id()}"),
    "only begins like it": a_b_project(backend_id=DASHED + "0"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_is_never_adopted(stranger):
    assert match_project(KEY, b_customer_id(), Complete((stranger,))) == CreateProject()


@pytest.mark.parametrize("backend_id", [DASHED, HEX, DASHED.upper(), f"{a_customer_id().hex}_{a_project_id()}"])
def test_a_project_with_the_key_is_adopted_in_any_spelling(backend_id):
    project = a_b_project(backend_id=backend_id)
    assert match_project(KEY, b_customer_id(), Complete((STRANGERS["empty"], project))) == AdoptProject(project)


@pytest.mark.parametrize("rows", [(OURS, OLDER, SAME_AGE), (SAME_AGE, OURS, OLDER), (OLDER, SAME_AGE, OURS)])
def test_of_several_the_oldest_is_adopted_and_the_others_are_reported(rows):
    assert match_project(KEY, b_customer_id(), Complete(rows)) == AdoptProject(OLDER, (SAME_AGE, OURS))


def test_none_in_a_complete_listing_is_created():
    assert match_project(KEY, b_customer_id(), Complete(())) == CreateProject()


@pytest.mark.parametrize("seen", [Incomplete((STRANGERS["empty"],), "page 2 failed"), Unreadable("page 2 failed")])
def test_none_in_any_other_listing_is_undecided(seen):
    assert match_project(KEY, b_customer_id(), seen) == UndecidedProject("page 2 failed")


def test_an_incomplete_listing_still_shows_a_presence():
    assert match_project(KEY, b_customer_id(), Incomplete((OURS,), "page 2 failed")) == AdoptProject(OURS)
