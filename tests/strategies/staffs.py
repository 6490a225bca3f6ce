"""Small worlds of people: two projects of A and their mirrors on B, with some of the same people."""

from datetime import timedelta

from hypothesis import strategies as st
from tests.fakes.members import ADMIN, MANAGER, ME, MEMBER, FakeMembers, b_user_id
from tests.strategies.builders import NOW, b_offering_id, b_project_id, b_resource_id

from federation_core.domain.membership.records import Hosted
from federation_core.domain.membership.rules import MembershipPolicy

PEOPLE = ("u", "v", "w")
CHIEF = b_user_id("chief")
roles = st.sampled_from([MEMBER, MANAGER, ADMIN])
ends = st.sampled_from([None, NOW + timedelta(days=1), NOW + timedelta(days=9)])
projects = st.sampled_from([1, 2])
policies = st.sampled_from(list(MembershipPolicy))


@st.composite
def on_a(draw):
    """Who has which role on A; nobody has the same one twice."""
    wanted = st.tuples(st.sampled_from(PEOPLE), roles, projects, ends)
    return draw(st.lists(wanted, max_size=8, unique_by=lambda one: one[:3]))


@st.composite
def on_b(draw):
    """Who has which role on B, and who gave it."""
    held = st.tuples(st.sampled_from((*PEOPLE, "x")), roles, projects, ends, st.sampled_from([ME, ME, CHIEF, None]))
    return draw(st.lists(held, max_size=8, unique_by=lambda one: one[:3]))


resources = st.fixed_dictionaries(
    {}, optional={"state": st.sampled_from(["OK", "Erred", "Terminated"]), "is_restricted": st.booleans()}
)


@st.composite
def worlds(draw, /, policy=policies, **identity):
    """Two projects of A with a resource each, mirrored on B, and people on both sides."""
    mapping = draw(st.sampled_from([{}, {MANAGER: MEMBER}, {MEMBER: "PROJECT.USER"}]))
    f = FakeMembers(policy=draw(policy), mapping=mapping, **identity)
    f.a.holdings.clear()
    f.b.resources.clear()
    rooms = draw(st.sampled_from([(1, 2), (1, 1)]))
    for number in (1, 2):
        f.share(number, b_project=rooms[number - 1], **draw(resources))
    if draw(st.booleans()):
        f.b.resources.append(Hosted(b_resource_id(9), b_project_id(1), b_offering_id(2), "OK"))
    f.account(*PEOPLE, "x")
    for name, role, project, expires in draw(on_a()):
        f.joins(name, role=role, project=project, expires=expires)
    for name, role, project, expires, by in draw(on_b()):
        f.works(name, role=role, project=project, expires=expires, by=by)
    return f
