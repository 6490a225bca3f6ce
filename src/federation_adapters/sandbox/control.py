"""The sandbox's own API under `/_sandbox/`, for programs that cannot call Python: no token, loopback only."""

from collections.abc import Callable
from typing import Protocol

import attrs
from werkzeug import Request

from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.entities import JsonObject, Order
from federation_adapters.sandbox.exceptions import ApiError, field_error, forbidden, method_not_allowed, not_found
from federation_adapters.sandbox.faults import Fault, FaultPlan
from federation_adapters.sandbox.ledger import Log, RequestLog, Write
from federation_adapters.sandbox.progress import Outcome, Progress
from federation_adapters.sandbox.world import World

PREFIX = "/_sandbox/"
_LOOPBACK = ("127.", "::1", "localhost")
_FAULT_KEYS = frozenset(attribute.name for attribute in attrs.fields(Fault))
_ORDER_PARTS = 3


class Controlled(Protocol):
    """What the control API needs of a sandbox."""

    latency: float
    world: World
    faults: FaultPlan
    requests: RequestLog
    writes: Log[Write]


def answer(sandbox: Controlled, request: Request) -> JsonObject:
    """Carry out a control request and return the JSON answer.

    Raises:
        ApiError: 400, 403, 404 or 405 when it cannot be done; the state rules of orders apply (409).
    """
    if request.remote_addr is not None and not request.remote_addr.startswith(_LOOPBACK):
        raise forbidden()
    parts = request.path.removeprefix(PREFIX).strip("/").split("/")
    if parts[0] == "orders" and len(parts) == _ORDER_PARTS:
        _expect(request, "POST")
        return _command(sandbox, parts[1], parts[2], _body(request))
    handler = _HANDLERS.get((request.method, "/".join(parts)))
    if handler is None:
        known = {path for _, path in _HANDLERS}
        raise method_not_allowed(request.method) if "/".join(parts) in known else not_found()
    return handler(sandbox, _body(request))


def _expect(request: Request, method: str) -> None:
    if request.method != method:
        raise method_not_allowed(request.method)


def _body(request: Request) -> JsonObject:
    if not request.get_data(cache=True):
        return {}
    parsed = request.get_json(force=True, silent=True)
    if not isinstance(parsed, dict):
        raise ApiError(400, {"detail": "A JSON object is expected."})
    return parsed


def _state(sandbox: Controlled, _: JsonObject) -> JsonObject:
    return {
        "requests": sandbox.requests.total,
        "writes": len(sandbox.writes),
        "latency": sandbox.latency,
        "faults": len(sandbox.faults.pending),
        "orders": [_show_order(order) for order in sandbox.world.orders],
    }


def _show_order(order: Order) -> JsonObject:
    return {
        "uuid": order.uuid,
        "type": order.type,
        "state": order.state,
        "offering_uuid": order.offering.uuid,
        "resource_uuid": order.resource.uuid,
        "resource_state": order.resource.state,
    }


def _requests(sandbox: Controlled, _: JsonObject) -> JsonObject:
    summary = [
        {"method": method, "path": template, "count": count}
        for (method, template), count in sandbox.requests.summary().most_common()
    ]
    return {"total": sandbox.requests.total, "summary": summary}


def _writes(sandbox: Controlled, _: JsonObject) -> JsonObject:
    return {"total": len(sandbox.writes), "writes": [attrs.asdict(write) for write in sandbox.writes]}


def _reset(sandbox: Controlled, _: JsonObject) -> JsonObject:
    sandbox.requests.clear()
    sandbox.writes.clear()
    return {}


def _faults(sandbox: Controlled, _: JsonObject) -> JsonObject:
    return {"faults": [attrs.asdict(fault) for fault in sandbox.faults.pending]}


def _add_fault(sandbox: Controlled, body: JsonObject) -> JsonObject:
    unknown = sorted(body.keys() - _FAULT_KEYS)
    if unknown:
        raise field_error(unknown[0], "Unknown key.")
    try:
        fault = Fault(**body)  # type: ignore[arg-type] # the JSON types are those of the attributes
    except (TypeError, ValueError) as problem:
        raise ApiError(400, {"detail": str(problem)}) from problem
    sandbox.faults.add(fault)
    return {"faults": len(sandbox.faults.pending)}


def _clear_faults(sandbox: Controlled, _: JsonObject) -> JsonObject:
    sandbox.faults.clear()
    return {"faults": 0}


def _set_latency(sandbox: Controlled, body: JsonObject) -> JsonObject:
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise field_error("seconds", "A number of seconds is expected.")
    sandbox.latency = float(seconds)
    return {"latency": sandbox.latency}


def _set_progress(sandbox: Controlled, body: JsonObject) -> JsonObject:
    progress = _read_progress(body)
    wanted = inputs.text(body, "offering_uuid", default="").replace("-", "")
    offering = next((offering for offering in sandbox.world.offerings if offering.uuid == wanted), None)
    if wanted and offering is None:
        raise not_found("Offering")
    if offering is not None and inputs.flag(body, "next_only", default=False):
        sandbox.world.set_next_progress(progress, offering)
    else:
        sandbox.world.set_progress(progress, offering)
    return {}


def _read_progress(body: JsonObject) -> Progress:
    reads = body.get("reads")
    if reads is not None and (isinstance(reads, bool) or not isinstance(reads, int) or reads < 0):
        raise field_error("reads", "A whole number or null is expected.")
    word = inputs.text(body, "outcome", default="done")
    if word not in {outcome.value for outcome in Outcome}:
        raise field_error("outcome", "done, reject or fail is expected.")
    return Progress(
        reads=reads,
        outcome=Outcome(word),
        text=inputs.text(body, "text", default=""),
        traceback=inputs.text(body, "traceback", default="", longest=65536),
        backend_id=inputs.text(body, "backend_id", default=""),
    )


def _command(sandbox: Controlled, uuid: str, command: str, body: JsonObject) -> JsonObject:
    world = sandbox.world
    try:
        order = world.order(uuid)
    except KeyError as problem:
        raise not_found("Order") from problem
    if command == "approve":
        world.approve(order)
    elif command == "complete":
        world.complete(order, inputs.text(body, "backend_id", default=""))
    elif command == "reject":
        world.reject(order, inputs.text(body, "comment", default="", longest=65536))
    elif command == "fail":
        traceback = inputs.text(body, "traceback", default="", longest=65536)
        world.fail(order, inputs.text(body, "message", default="Provisioning failed."), traceback)
    elif command == "cancel":
        world.cancel(order)
    else:
        raise not_found()
    return _show_order(order)


_HANDLERS: dict[tuple[str, str], Callable[[Controlled, JsonObject], JsonObject]] = {
    ("GET", ""): _state,
    ("GET", "requests"): _requests,
    ("GET", "writes"): _writes,
    ("POST", "reset"): _reset,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "latency"): _set_latency,
    ("POST", "progress"): _set_progress,
}
