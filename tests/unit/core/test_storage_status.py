import pytest
from tests.strategies.storage import ORDER_STATES, an_order

from federation_core.domain.storage.status import AT_PROVIDER, BEFORE_PROVIDER, STATES, shown_state, status_of


def test_every_state_of_an_order_in_progress_is_known_to_be_before_or_at_the_provider():
    assert set(ORDER_STATES) == BEFORE_PROVIDER | AT_PROVIDER
    assert not BEFORE_PROVIDER & AT_PROVIDER


@pytest.mark.parametrize(
    ("state", "order", "shown"),
    [
        ("Creating", None, None),
        ("Creating", "pending-consumer", None),
        ("Creating", "pending-project", None),
        ("Creating", "pending-start-date", None),
        ("Creating", "done", None),
        ("Creating", "something-new", None),
        ("Creating", "pending-provider", "Creating"),
        ("Creating", "executing", "Creating"),
        ("Updating", "pending-consumer", "OK"),
        ("Updating", "pending-project", "OK"),
        ("Updating", "pending-start-date", "OK"),
        ("Updating", "pending-provider", "Updating"),
        ("Updating", "executing", "Updating"),
        ("Updating", None, "Updating"),
        ("Updating", "something-new", "Updating"),
        ("Terminating", "pending-consumer", "OK"),
        ("Terminating", "pending-project", "OK"),
        ("Terminating", "pending-start-date", "OK"),
        ("Terminating", "pending-provider", "Terminating"),
        ("Terminating", "executing", "Terminating"),
        ("Terminating", None, "Terminating"),
    ],
)
def test_what_nobody_approved_is_not_seen(state, order, shown):
    assert shown_state(state, None if order is None else an_order(order)) == shown


@pytest.mark.parametrize("order", [None, *ORDER_STATES])
@pytest.mark.parametrize("state", ["OK", "Erred", "Terminated", "Melting", ""])
def test_a_settled_state_is_shown_whatever_is_ordered(state, order):
    assert shown_state(state, None if order is None else an_order(order)) == state


def test_every_state_has_its_status_and_what_is_not_known_is_pending():
    assert {state: status_of(state) for state in (*STATES, "", "ok", "Melting")} == {
        "Creating": "pending",
        "OK": "active",
        "Updating": "updating",
        "Erred": "error",
        "Terminating": "removing",
        "Terminated": "removed",
        "": "pending",
        "ok": "pending",
        "Melting": "pending",
    }
