"""Looking at the people of one project comes to what looking at everybody comes to, for the rooms that are looked at.

What is the case: everybody was looked at once, and since then people joined, left or changed on A, or who may use a resource did.
"""

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.fakes.members import SOURCE
from tests.strategies.builders import a_project_id
from tests.strategies.staffs import PEOPLE, ends, policies, projects, roles, worlds

from federation_core.domain.errors import TimedOut
from federation_core.domain.identity.rules import MatchField, ResolveMethod
from federation_core.domain.ids import Side
from federation_core.domain.plan.actions.membership import ChangeGrant, GrantRole, RevokeRole

LATE = TimedOut(Side.B, "x.y")
people = st.sampled_from(PEOPLE)
MATCHES = st.sampled_from([{}, {"match": MatchField.EMAIL}, {"method": ResolveMethod.BRIDGE, "source": SOURCE}])
READS = (
    ("a", "list_grants"),
    ("a", "list_holdings"),
    ("a", "provider"),
    ("a_people", "list_disclosures"),
    ("b", "list_hosted"),
    ("b", "list_staff"),
    ("b", "hosted"),
    ("b", "makers_of"),
    ("a_rights", "read"),
    ("b_rights", "read"),
)


@st.composite
def changed_worlds(draw):
    """A world that was looked at as a whole, and then changed on A."""
    f = draw(worlds(policies, **draw(MATCHES)))
    if f.settings.identity.match is MatchField.EMAIL and draw(st.booleans()):
        f.account("x", email="u@example.org")
    f.use_case.observe()
    for name, role, project, joins in draw(
        st.lists(st.tuples(people, roles, projects, st.booleans()), min_size=1, max_size=4)
    ):
        f.leaves(name, project=project, role=role)
        if joins:
            f.joins(name, project=project, role=role, expires=draw(ends))
    for number, holding in enumerate(f.a.holdings):
        f.a.holdings[number] = attrs.evolve(holding, is_restricted=draw(st.sampled_from([False, False, False, True])))
    return f


def roles_of(plan, rooms):
    """What a plan gives, changes and takes in some projects of B."""
    actions = [write.action for write in plan.writes]
    return {a for a in actions if isinstance(a, GrantRole | ChangeGrant | RevokeRole) and a.project in rooms}


def held(plan, rooms):
    return {removal for removal in plan.removals.held if removal.project in rooms}


@given(changed_worlds(), projects)
def test_one_project_alone_is_decided_as_among_all(f, number):
    seen = f.use_case.observe_for(a_project_id(number))
    assume(seen is not None)
    narrow, whole = f.use_case.plan(seen), f.plan()
    assert roles_of(narrow, seen.room_ids) == roles_of(whole, seen.room_ids)
    assert held(narrow, seen.room_ids) == held(whole, seen.room_ids)


@given(changed_worlds(), projects)
def test_nothing_is_written_elsewhere(f, number):
    seen = f.use_case.observe_for(a_project_id(number))
    assume(seen is not None)
    assert roles_of(f.use_case.plan(seen), {row.project for row in f.b.resources} - seen.room_ids) == set()


@given(changed_worlds(), projects, st.sampled_from(READS), st.integers(0, 2))
def test_what_cannot_be_read_leads_to_nothing_that_would_not_be_done_anyway(f, number, missing, nth):
    whole = roles_of(f.plan(), {row.project for row in f.b.resources})
    port, call = missing
    getattr(f, port).before[call] = [None] * nth + [LATE]
    seen = f.use_case.observe_for(a_project_id(number))
    assume(seen is not None)
    done = roles_of(f.use_case.plan(seen), seen.room_ids)
    assert {action for action in done if isinstance(action, RevokeRole)} <= whole
    assert {action.project for action in done} <= seen.room_ids


@given(changed_worlds())
def test_project_by_project_everybody_gets_what_all_together_would_give(f):
    assume(
        f.settings.identity.match is not MatchField.EMAIL
    )  # whose an address is may depend on who works there just now
    for number in (1, 2):
        f.use_case.run_for(a_project_id(number))
    assert {action for action in roles_of(f.plan(), set(f.learned.rooms)) if isinstance(action, GrantRole)} == set()
