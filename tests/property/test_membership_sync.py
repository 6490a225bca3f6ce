"""What carrying members over may never do, whatever A and B show, and wherever it is interrupted.

The conditions are written from the outside: from the two worlds to what may happen to them, not from the code's way of deciding.
"""

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.fakes.members import ME, b_user_id
from tests.strategies.builders import a_project_id, b_offering_id
from tests.strategies.staffs import PEOPLE, worlds

from federation_core.domain.errors import TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.membership.rules import MembershipPolicy

LOST = TimedOut(Side.B, "member.write", "read timed out")
OWNED_OR_ADD = st.sampled_from([MembershipPolicy.OWNED, MembershipPolicy.ADD_ONLY])


def settle(f):
    """Cycles until nothing is planned; what the guard holds is released."""
    for _ in range(4):
        report = f.cycle(approved=f.plan().removals.digest)
        if f.plan().is_empty:
            return report
    raise AssertionError("it does not settle")


def entitled(f):
    """Who should have some role where: (name, project on B)."""
    linked = {hosted.id: hosted.project for hosted in f.b.resources}
    keepers = [h for h in f.a.holdings if h.state != "Terminated" and not h.is_restricted]
    rooms = {(h.project, room) for h in keepers for b, room in linked.items() if str(b) == h.backend_id}
    return {(g.person.username, room) for g in f.a.grants for project, room in rooms if g.project == project}


def has_role(f, name, room):
    return any((row.user, row.project) == (b_user_id(name), room) for row in f.b.rows)


def watched(f):
    """Look at the world after every write; the list of what was seen wrong."""
    wrong: list[object] = []
    due = [pair for pair in entitled(f) if has_role(f, *pair)]

    def look():
        wrong.extend(pair for pair in due if not has_role(f, *pair))

    for name in ("grant", "change", "revoke"):
        write = getattr(f.b, name)

        def write_and_look(*values, write=write):
            write(*values)
            look()

        setattr(f.b, name, write_and_look)
    return wrong


def others(f):
    """What other accounts gave."""
    return [attrs.evolve(row) for row in f.b.rows if row.by != ME]


@given(worlds())
def test_applying_settles_and_then_nothing_is_planned(f):
    settle(f)
    assert f.plan().is_empty
    count = len(f.b.writes)
    f.cycle()
    assert len(f.b.writes) == count


@given(worlds())
def test_everybody_who_should_have_access_gets_it(f):
    settle(f)
    assert all(has_role(f, *pair) for pair in entitled(f))


@given(worlds())
def test_who_should_have_access_is_never_without_a_role_on_the_way(f):
    wrong = watched(f)
    settle(f)
    assert wrong == []


@given(worlds(), st.lists(st.sampled_from(["grant", "change", "revoke"]), max_size=3))
def test_nor_where_writes_fail(f, failing):
    wrong = watched(f)
    for call in failing:
        f.b.before[call].append(LOST)
    for _ in range(2):
        f.cycle()
    f.restart()
    settle(f)
    assert wrong == []
    assert all(has_role(f, *pair) for pair in entitled(f))


@given(worlds(OWNED_OR_ADD))
def test_what_others_gave_is_never_taken_or_shortened(f):
    before = others(f)
    settle(f)
    after = {(row.project, row.user, row.role): row for row in others(f)}
    for row in before:
        kept = after[row.project, row.user, row.role]
        assert kept.expires is None or (row.expires is not None and kept.expires >= row.expires)


@given(worlds(st.just(MembershipPolicy.ADD_ONLY)))
def test_add_only_never_takes(f):
    before = {(row.project, row.user, row.role) for row in f.b.rows}
    settle(f)
    assert before <= {(row.project, row.user, row.role) for row in f.b.rows}


@given(worlds(), st.sampled_from(["list_grants", "list_holdings"]), st.integers(0, 3))
def test_a_reading_that_is_not_complete_takes_nothing(f, what, missing):
    f.a.flaw[what] = "fewer than counted"
    f.a.grants = f.a.grants[missing:]
    before = {(row.project, row.user, row.role, row.expires) for row in f.b.rows}
    f.cycle()
    held = {(row.project, row.user, row.role): row.expires for row in f.b.rows}
    for project, user, role, expires in before:
        now = held[project, user, role]
        assert now is None or (expires is not None and now >= expires)


@given(worlds(), st.sampled_from(["list_members", "list_hosted"]))
def test_nothing_at_all_is_written_where_b_was_not_read_completely(f, what):
    f.b.flaw[what] = "fewer than counted"
    f.cycle()
    assert f.b.writes == []


@given(worlds())
def test_roles_are_those_that_a_gave_under_the_names_that_were_mapped(f):
    had = {(row.project, row.user, row.role) for row in f.b.rows}
    given_on_a = {(g.person.username, f.settings.rules.role_on_b(g.role)) for g in f.a.grants}
    settle(f)
    names = {account.id: account.username for account in f.b.accounts.values()}
    new = [row for row in f.b.rows if (row.project, row.user, row.role) not in had]
    assert all((names[row.user], row.role) in given_on_a for row in new)
    assert all(row.by == ME for row in new)


@given(worlds(st.just(MembershipPolicy.EXACT)))
def test_exact_leaves_nobody_who_is_not_on_a(f):
    on_a = {grant.person.username for grant in f.a.grants if grant.project in {a_project_id(1), a_project_id(2)}}
    shared = {hosted.project for hosted in f.b.resources if hosted.offering != b_offering_id()}
    settle(f)
    linked_rooms = {h.project for h in f.b.resources} - shared
    assert all(name in on_a for room in linked_rooms for name in (*PEOPLE, "x") if has_role(f, name, room))


@given(worlds())
def test_the_order_in_which_rows_are_listed_changes_nothing(f):
    assume(len(f.a.grants) + len(f.b.rows) > 1)
    plan = f.plan()
    f.a.grants.reverse()
    f.b.rows.reverse()
    f.b.resources.reverse()
    f.a.holdings.reverse()
    again = f.plan()
    assert sorted(map(repr, again.writes)) == sorted(map(repr, plan.writes))
    assert again.removals == plan.removals
