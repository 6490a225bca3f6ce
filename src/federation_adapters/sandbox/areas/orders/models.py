"""Rules of orders: reviews, moves, and their effect on the resource."""

from typing import Any

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.orders.machine import (
    LEGAL,
    RUNNING,
    UNFINISHED,
    Kind,
    Move,
    State,
    resource_after_done,
    resource_after_error,
    resource_after_refusal,
)
from federation_adapters.sandbox.areas.orders.periods import begin_period
from federation_adapters.sandbox.entities import BASIC, REMOTE, SCRIPT, SLURM, Order, Resource, User
from federation_adapters.sandbox.exceptions import rule_error, wrong_state
from federation_adapters.sandbox.progress import Outcome
from federation_adapters.sandbox.slugs import slugify
from federation_adapters.sandbox.store import Store


def check_legal(order: Order, move: Move) -> None:
    """Raise 409 unless *move* is legal in the order's state."""
    if order.state not in LEGAL[move]:
        raise wrong_state(LEGAL[move])


def check_no_other_order(store: Store, resource: Resource) -> None:
    """Raise 400 while the resource has an unfinished order."""
    if any(order.state in UNFINISHED for order in store.orders_of(resource)):
        raise rule_error("Pending order for resource already exists.")


def place(store: Store, resource: Resource, kind: Kind, user: User, **details: Any) -> Order:  # noqa: ANN401
    """Insert an order that waits for its consumer, and bring the resource into the matching state.

    Args:
        store: Where it is inserted.
        resource: What it is about; a new resource for `Create`.
        kind: Type of the order.
        user: Who asks.
        details: Further attributes of `Order`.
    """
    base = f"{resource.project.customer.slug}-{resource.offering.slug}-{store.now():%Y%m%d}"
    order = Order(
        **store.stamp(),
        type=str(kind),
        resource=resource,
        created_by=user,
        slug=store.claim_slug("order", slugify(base)),
        **details,
    )
    if resource.state != "Erred" or kind is Kind.RESTORE:
        set_resource_state(store, resource, RUNNING[kind])
    return store.add_order(order)


def submit(store: Store, order: Order, user: User) -> None:
    """Send a new order on its way, past the consumer's review when *user* needs none."""
    if not needs_consumer_review(store, order, user):
        approve_by_consumer(store, order, user)


def needs_consumer_review(store: Store, order: Order, user: User) -> bool:
    """Tell whether somebody else on the consumer's side has to approve."""
    options = order.offering.plugin_options
    if options.get("require_purchase_order_upload"):
        return True
    access, project, offering = Access(store, user), order.project, order.offering
    if user.is_staff or access.has_as_consumer("ORDER.APPROVE", project):
        return False
    if not offering.shared and access.has_as_consumer("ORDER.APPROVE_PRIVATE", project):
        return False
    same = offering.customer is project.customer and not options.get("disable_autoapprove")
    if same and options.get("auto_approve_in_service_provider_projects"):
        return False
    named = options.get("auto_approve_for_roles")
    if isinstance(named, list) and access.has_role(frozenset(map(str, named)), project, project.customer):
        return False
    own = access.has_role(frozenset({"CUSTOMER.OWNER"}), offering.customer)
    return not (order.type == Kind.TERMINATE and own)


def needs_provider_review(store: Store, order: Order, user: User) -> bool:
    """Tell whether the provider has to approve before the order runs."""
    offering = order.offering
    if offering.type in {SLURM, BASIC}:
        return True
    if offering.type == SCRIPT:
        return offering.plugin_options.get("auto_approve_marketplace_script", True) is False
    if offering.type == REMOTE and not offering.plugin_options.get("auto_approve_remote_orders"):
        names = frozenset({"CUSTOMER.OWNER", "CUSTOMER.MANAGER", "OFFERING.MANAGER"})
        return not Access(store, user).has_role(names, offering, offering.customer)
    return False


def approve_by_consumer(store: Store, order: Order, user: User) -> None:
    """Record the consumer's consent and move the order on."""
    order.consumer_reviewed_by = user
    order.consumer_reviewed_at = store.now()
    today = store.now().date()
    if order.project.start_date is not None and order.project.start_date > today:
        set_state(store, order, State.PENDING_PROJECT)
    elif needs_provider_review(store, order, user):
        set_state(store, order, State.PENDING_PROVIDER)
    else:
        start(store, order)


def approve_by_provider(store: Store, order: Order, user: User | None = None) -> None:
    """Record the provider's consent and start the order."""
    order.provider_reviewed_by = user
    order.provider_reviewed_at = store.now()
    start(store, order)


def start(store: Store, order: Order) -> None:
    """Let the order run, or wait for its start date."""
    waits = store.profile.start_dates and order.start_date is not None and order.start_date > store.now().date()
    set_state(store, order, State.PENDING_START_DATE if waits else State.EXECUTING)


def complete(store: Store, order: Order) -> None:
    """Finish the order: limits and pricing plan take effect, the resource rests or is gone."""
    resource, kind = order.resource, Kind(order.type)
    if kind is Kind.UPDATE:
        resource.limits = dict(order.limits) if order.limits else resource.limits
        if order.plan not in {None, resource.plan}:
            resource.plan = order.plan
            begin_period(store, resource)
        if order.subtype == "update_options":
            resource.options = {**resource.options, **order.attributes}
    set_resource_state(store, resource, resource_after_done(kind))
    order.completed_at = store.now()
    set_state(store, order, State.DONE)


def refuse(store: Store, order: Order, state: State) -> None:
    """Reject or cancel the order; the resource returns to rest, or never came to be."""
    set_resource_state(store, order.resource, resource_after_refusal(Kind(order.type)))
    order.completed_at = store.now()
    set_state(store, order, state)


def fail(store: Store, order: Order, message: str, traceback: str) -> None:
    """Mark the order as failed, from any state whatever, with the effect on its resource."""
    resource = order.resource
    state = resource_after_error(Kind(order.type), has_backend_id=bool(resource.backend_id))
    if state == "Erred":
        resource.error_message, resource.error_traceback = message, traceback
    keeps_state = order.state == State.DONE and not store.profile.erring_moves_done
    set_resource_state(store, resource, "Erred" if keeps_state else state)
    order.error_message, order.error_traceback = message, traceback
    order.error_updated_at = store.now()
    set_state(store, order, State.DONE if keeps_state else State.ERRED)


def retry(store: Store, order: Order) -> None:
    """Run a failed order again.

    Raises:
        ApiError: 400 for a Restore order, or when the resource is in no state to be worked on.
    """
    kind = Kind(order.type)
    fitting = {Kind.CREATE: {"Erred"}, Kind.UPDATE: {"Erred", "OK"}, Kind.TERMINATE: {"Erred", "OK"}}
    if order.resource.state not in fitting.get(kind, set()):
        raise rule_error("Order cannot be retried in the current state of its resource.")
    order.progress = None
    order.resource.error_message = order.resource.error_traceback = ""
    order.error_message = order.error_traceback = ""
    set_resource_state(store, order.resource, RUNNING[kind])
    set_state(store, order, State.EXECUTING)


def set_state(store: Store, order: Order, state: State) -> None:
    """Put the order into *state* and save it; the provider's behaviour is drawn when the order reaches it."""
    order.state = str(state)
    if state in {State.PENDING_PROVIDER, State.EXECUTING} and order.progress is None:
        order.progress = store.progress.draw(order.offering.uuid)
        order.reads = 0
    store.touch(order)
    progress = order.progress
    if progress is not None and progress.reads == 0 and state in {State.PENDING_PROVIDER, State.EXECUTING}:
        play(store, order)


def read(store: Store, order: Order) -> None:
    """Count one reading of the order, and let its provider act when the time has come."""
    progress = order.progress
    if progress is None or progress.reads is None or order.state not in {State.PENDING_PROVIDER, State.EXECUTING}:
        return
    order.reads += 1
    if order.reads >= progress.reads:
        play(store, order)
    elif order.state == State.PENDING_PROVIDER and progress.outcome is not Outcome.REJECT:
        approve_by_provider(store, order)


def play(store: Store, order: Order) -> None:
    """Let the provider do at once what its behaviour says."""
    progress = order.progress
    if progress is None:
        return
    order.progress = None if progress.reads == 0 else progress
    if progress.outcome is Outcome.REJECT:
        command_reject(store, order, progress.text)
    elif progress.outcome is Outcome.FAIL:
        command_fail(store, order, progress.text, progress.traceback)
    else:
        command_complete(store, order, progress.backend_id)


def command_approve(store: Store, order: Order) -> None:
    """Approve as the provider."""
    check_legal(order, Move.APPROVE_BY_PROVIDER)
    approve_by_provider(store, order)


def command_complete(store: Store, order: Order, backend_id: str = "") -> None:
    """Approve if needed and complete; *backend_id* is a template for a resource that has none."""
    _run(store, order)
    check_legal(order, Move.SET_STATE_DONE)
    resource = order.resource
    if backend_id and not resource.backend_id and order.type == Kind.CREATE:
        resource.backend_id = backend_id.format(slug=resource.slug, uuid=resource.uuid)
    complete(store, order)


def command_reject(store: Store, order: Order, comment: str) -> None:
    """Reject as the provider, or as the consumer while it waits for the consumer."""
    if order.state == State.PENDING_CONSUMER:
        order.consumer_rejection_comment = comment
    else:
        check_legal(order, Move.REJECT_BY_PROVIDER)
        order.provider_rejection_comment = comment
    refuse(store, order, State.REJECTED)


def command_fail(store: Store, order: Order, message: str, traceback: str = "") -> None:
    """Approve if needed and report a failure."""
    _run(store, order)
    fail(store, order, message, traceback)


def command_cancel(store: Store, order: Order) -> None:
    """Cancel, whatever the type of the offering."""
    check_legal(order, Move.CANCEL)
    refuse(store, order, State.CANCELED)


def _run(store: Store, order: Order) -> None:
    """Bring a reviewed order into execution without waking its provider."""
    if order.state == State.PENDING_PROVIDER:
        order.provider_reviewed_at = store.now()
        order.state = str(State.EXECUTING)


def set_resource_state(store: Store, resource: Resource, state: str) -> None:
    """Put the resource into *state* and save it."""
    resource.state = state
    store.touch(resource)


def is_on_consumer_side(order: Order) -> bool:
    """Tell whether the order still waits for something on the consumer's side."""
    return order.state in {State.PENDING_CONSUMER, State.PENDING_PROJECT}
