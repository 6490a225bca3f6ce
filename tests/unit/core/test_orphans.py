"""What carries our marks on B and is wanted by nobody on A."""

import pytest
from tests.strategies.builders import (
    a_b_resource,
    a_resource,
    a_resource_id,
    a_scene,
    b_resource_id,
    linked,
    uuid_of,
)

from federation_core.domain.ids import AOfferingId
from federation_core.domain.observed import Incomplete, Unreadable
from federation_core.domain.orders.orphans import OrphansSeen, find_orphans
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import OrphanPolicy

FIRST, SECOND = a_resource_id(1), a_resource_id(2)
TERMINATED = "its resource on A is Terminated"
ENDED = "its order on A ended without success"
OURS = a_b_resource()
TWIN = a_b_resource(id=b_resource_id(2))
OVER = a_resource(state="Terminated")


def find(a_resources, b_resources, ended=(), busy=()):
    return find_orphans(a_scene(a_resources=a_resources, b_resources=b_resources), ended, busy)


def removal(why, found=OURS):
    return TerminateOrphan(found.id, FIRST, why)


@pytest.mark.parametrize("state", ["OK", "Erred"])
@pytest.mark.parametrize(
    ("wanted", "ended", "why"),
    [
        (OVER, (), TERMINATED),
        (linked(state="Terminated"), (), TERMINATED),
        (OVER, (FIRST,), TERMINATED),
        (a_resource(state="Erred"), (FIRST,), ENDED),
        (linked(state="Erred"), (FIRST,), ENDED),
    ],
)
def test_what_a_no_longer_wants_is_an_orphan(state, wanted, ended, why):
    seen = find([wanted], [a_b_resource(state=state)], ended)
    assert seen == OrphansSeen(orphans=(removal(why),), owned=1)


WANTED = {
    "not listed on A": ([], [OURS], (FIRST,), ()),
    "another resource of A is terminated": ([a_resource(), a_resource(id=SECOND, state="Terminated")], [OURS], (), ()),
    "linked": ([linked()], [OURS], (), ()),
    "not linked yet": ([a_resource()], [OURS], (), ()),
    "erred on A, but its order did not end": ([a_resource(state="Erred")], [OURS], (), ()),
    "another's order ended": ([a_resource(state="Erred")], [OURS], (SECOND,), ()),
    "its order is open": ([OVER], [OURS], (FIRST,), (FIRST,)),
    "claimed by another living resource": ([OVER, linked(id=SECOND)], [OURS], (), ()),
    "no mark": ([OVER], [a_b_resource(for_resource=None)], (), ()),
    "no offering mark": ([OVER], [a_b_resource(for_offering=None)], (), ()),
    "another offering's": ([OVER], [a_b_resource(for_offering=AOfferingId(uuid_of(0xA0, 2)))], (), ()),
    "already gone": ([OVER], [a_b_resource(state="Terminated")], (FIRST,), ()),
}


@pytest.mark.parametrize(("a_resources", "b_resources", "ended", "busy"), WANTED.values(), ids=WANTED)
def test_what_is_not_proven_unwanted_stays(a_resources, b_resources, ended, busy):
    seen = find(a_resources, b_resources, ended, busy)
    assert (seen.orphans, seen.twins) == ((), ())


@pytest.mark.parametrize("state", ["Creating", "Updating", "Terminating", "Quantum"])
def test_what_cannot_be_terminated_now_is_left_for_later(state):
    assert find([OVER], [a_b_resource(state=state)]) == OrphansSeen(owned=1)


def test_a_terminated_claimer_claims_nothing():
    seen = find([OVER, linked(id=SECOND, state="Terminated")], [OURS])
    assert seen.orphans == (removal(TERMINATED),)


@pytest.mark.parametrize("state", ["OK", "Erred"])
@pytest.mark.parametrize("ended", [(), (FIRST,)], ids=["", "ended"])
@pytest.mark.parametrize("original", ["OK", "Erred", "Creating", "Updating"])
def test_a_second_resource_for_the_same_one_is_a_twin_and_nothing_else(state, ended, original):
    twin = a_b_resource(id=b_resource_id(2), state=state)
    seen = find([linked()], [a_b_resource(state=original), twin], ended)
    why = f"a second resource for the same one on A, which uses {b_resource_id()}"
    assert seen.twins == (removal(why, twin),)
    assert [orphan.b_resource for orphan in seen.orphans] == (
        [OURS.id] if ended and original in {"OK", "Erred"} else []
    )
    assert seen.owned == 2


TWINLESS = {
    "not linked, so nobody knows which is the one": ([a_resource()], [OURS, TWIN]),
    "linked to what is not listed": ([linked(backend_id=str(b_resource_id(9)))], [OURS, TWIN]),
    "linked to what is terminated": ([linked()], [a_b_resource(state="Terminated"), TWIN]),
    "linked to no UUID": ([linked(backend_id="vol-1")], [OURS, TWIN]),
    "claimed by another": ([linked(), linked(id=SECOND, backend_id=TWIN.id.hex)], [OURS, TWIN]),
}


@pytest.mark.parametrize(("a_resources", "b_resources"), TWINLESS.values(), ids=TWINLESS)
def test_what_may_be_the_only_one_is_no_twin(a_resources, b_resources):
    assert find(a_resources, b_resources).twins == ()


@pytest.mark.parametrize("original", ["OK", "Erred", "Terminating", "Terminated"])
def test_a_twin_that_outlives_its_resource_on_a_is_one_still(original):
    """It was bought by nobody, whatever is to become of the one that was used."""
    seen = find([linked(state="Terminated")], [a_b_resource(state=original), TWIN])
    assert seen.twins == (removal(f"a second resource for the same one on A, which uses {b_resource_id()}", TWIN),)
    assert seen.orphans == ((removal(TERMINATED),) if original in {"OK", "Erred"} else ())


def test_both_of_a_terminated_resource_that_was_never_linked_are_orphans_not_twins():
    seen = find([OVER], [OURS, TWIN])
    assert seen.orphans == (removal(TERMINATED), removal(TERMINATED, TWIN))
    assert seen.twins == ()


def test_an_incomplete_listing_of_a_makes_no_orphan_of_what_a_row_not_read_may_claim():
    """The resource that is linked to B's may stand on the page that failed."""
    whole = [OVER, linked(id=SECOND)]
    assert find(whole, [OURS]).orphans == ()
    assert find(Incomplete((OVER,), "page 2 failed"), [OURS]).orphans == ()


@pytest.mark.parametrize("unread", [{"a_resources": Unreadable("x")}, {"b_resources": Unreadable("x")}])
def test_what_was_not_read_has_no_orphans(unread):
    seen = find_orphans(a_scene(**{"a_resources": [OVER], "b_resources": [OURS], **unread}), (FIRST,), ())
    assert (seen.orphans, seen.twins) == ((), ())


def test_what_is_owned_counts_all_living_resources_with_our_marks():
    others = [a_b_resource(id=b_resource_id(n), state=state) for n, state in ((2, "Creating"), (3, "Terminated"))]
    assert find([], [OURS, *others, a_b_resource(id=b_resource_id(4), for_resource=None)]).owned == 2


@pytest.mark.parametrize(
    ("policy", "gone"), [(OrphanPolicy.REPORT, ("twin",)), (OrphanPolicy.TERMINATE, ("twin", "orphan"))]
)
def test_twins_go_under_every_policy_and_orphans_only_by_consent(policy, gone):
    seen = OrphansSeen(twins=(removal("twin", TWIN),), orphans=(removal("orphan"),), owned=2)
    assert tuple(action.why for action in seen.wanted_gone(policy)) == gone


def test_what_a_person_replaced_by_something_else_is_an_orphan_and_no_twin():
    """Both were not ordered for the same one, so nobody may take the first away unasked."""
    other = a_b_resource(id=b_resource_id(1), for_resource=None, for_offering=None)
    replaced = a_b_resource(id=b_resource_id(2))
    seen = find([linked()], [other, replaced])
    assert seen.twins == ()
    assert seen.orphans == (removal(f"its resource on A uses {linked().backend_id} instead", replaced),)
