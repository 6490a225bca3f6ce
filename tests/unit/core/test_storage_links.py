from uuid import UUID

import pytest
from tests.strategies.storage import API, ORDER_STATES, a_storage, an_order, branch

from federation_core.domain.storage.identities import Groups
from federation_core.domain.storage.items import Branch, StorageRules, grow
from federation_core.domain.storage.links import links_of, transitions_of
from federation_core.domain.storage.records import OrderSeen
from federation_core.domain.storage.status import STATES

RESOURCE = UUID("70b5e9c4-1d2f-4836-b0a9-c3f6e8d71b25")
ORDER = UUID("5ac2d6e81f3b47909b14e7c0a2d8f653")
OF_ORDER = f"{API}/marketplace-orders/5ac2d6e81f3b47909b14e7c0a2d8f653"
OF_RESOURCE = f"{API}/marketplace-provider-resources/70b5e9c4-1d2f-4836-b0a9-c3f6e8d71b25"
ADDRESSES = {
    "approve_by_provider_url": f"{OF_ORDER}/approve_by_provider/",
    "reject_by_provider_url": f"{OF_ORDER}/reject_by_provider/",
    "set_state_done_url": f"{OF_ORDER}/set_state_done/",
    "set_state_erred_url": f"{OF_ORDER}/set_state_erred/",
    "set_backend_id_url": f"{OF_RESOURCE}/set_backend_id/",
    "update_resource_options_url": f"{OF_RESOURCE}/update_options_direct/",
    "set_state_ok_url": f"{OF_RESOURCE}/set_state_ok/",
}
AT_PENDING = [
    "approve_by_provider_url",
    "reject_by_provider_url",
    "set_state_done_url",
    "set_backend_id_url",
    "update_resource_options_url",
]


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("pending-provider", AT_PENDING),
        ("executing", ["set_state_done_url", "set_state_erred_url", "set_backend_id_url"]),
        *(
            (state, ["set_backend_id_url"])
            for state in (*ORDER_STATES[:3], "done", "erred", "canceled", "rejected", "x")
        ),
    ],
)
def test_the_state_of_the_order_says_what_can_be_told(state, fields):
    found = links_of(RESOURCE, "OK", OrderSeen(ORDER, "Update", state), API)
    assert list(found) == fields
    assert found == {field: ADDRESSES[field] for field in fields}


@pytest.mark.parametrize(
    ("shown", "settles"),
    [
        *((state, True) for state in ("Erred", "Creating", "Updating", "Terminating")),
        *((state, False) for state in ("OK", "Terminated", "Melting", "")),
    ],
)
@pytest.mark.parametrize("order", ORDER_STATES)
def test_a_resource_that_is_not_at_rest_can_be_told_to_be(shown, settles, order):
    found = links_of(RESOURCE, shown, OrderSeen(ORDER, "Update", order), API)
    assert found.get("set_state_ok_url") == (ADDRESSES["set_state_ok_url"] if settles else None)


@pytest.mark.parametrize("state", STATES)
def test_without_an_order_there_is_nothing_to_tell(state):
    assert links_of(RESOURCE, state, None, API) == {}


def test_a_leaf_has_them_by_the_state_that_it_is_shown_in_and_those_above_it_have_none():
    found = branch(a_storage(state="Updating", order=an_order("pending-consumer")))
    assert list(found.leaf.links) == ["set_backend_id_url"]
    assert not found.tenant.links
    assert not found.customer.links
    assert list(branch(a_storage(state="Updating", order=an_order())).leaf.links) == [*AT_PENDING, "set_state_ok_url"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (None, ()),
        ("pending-provider", ("approve_by_provider", "reject_by_provider", "set_backend_id", "set_state_done")),
        ("executing", ("set_backend_id", "set_state_done", "set_state_erred")),
        ("pending-consumer", ("set_backend_id",)),
    ],
)
def test_what_may_be_done_is_listed_in_the_alphabets_order_where_that_is_wanted(order, names):
    resource = a_storage(state="Updating", order=None if order is None else an_order(order))
    assert transitions_of(resource.order) == names
    assert grown(resource, tells_transitions=True).leaf.transitions == names
    assert grown(resource).leaf.transitions == ()


def grown(resource, **rules):
    found = grow(resource, Groups({resource.project.slug: 31877}), StorageRules(API, **rules))
    assert isinstance(found, Branch)
    return found
