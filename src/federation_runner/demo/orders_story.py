"""The orders story: create, update, usage, a rejection, a kill -9 in mid-create, and a termination."""

import threading
from typing import Any

from federation_runner.demo.narrator import Narrator
from federation_runner.demo.stage import SETTLE_SECONDS, Stage, set_up

RUNNER_TIMEOUT = 60
REASON = "The gpu partition is under maintenance until Monday."


def tell(narrator: Narrator, stop: threading.Event) -> dict[str, Any]:
    """Play the story; the result is the summary with ``ok`` and the names of the checks that failed.

    Raises:
        KeyboardInterrupt: *stop* was set.
    """
    with set_up(narrator, stop) as stage:
        failed = [
            *_create_and_update(stage, narrator),
            *_usage(stage, narrator),
            *_rejection(stage, narrator),
            *_kill_in_mid_create(stage, narrator),
            *_termination(stage, narrator),
        ]
        summary = stage.summary()
        failed += _wrong({"no duplicates": summary["duplicates"] == 0})
        return {"ok": not failed, "failed": failed, **summary}


def _wrong(checks: dict[str, bool]) -> list[str]:
    return [name for name, held in checks.items() if not held]


def _provider_finishes(stage: Stage) -> None:
    """B's provider approves and completes whatever waits for it."""
    world = stage.pair.b.sandbox.world
    for order in world.orders:
        if order.state == "pending-provider":
            world.approve(order)
            world.complete(order)


def _place(stage: Stage, name: str, node_hours: int) -> Any:  # noqa: ANN401 - a row of the sandbox
    side = stage.pair.a
    return side.sandbox.world.place_create(
        side.orderer, side.offering, side.projects[0], limits={"node_hours": node_hours}, name=name
    )


def _create_and_update(stage: Stage, narrator: Narrator) -> list[str]:
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    narrator.chapter("1. A user of A orders 100 node_hours.")
    order = _place(stage, "climate-run", 100)
    stage.cycle()
    (resource,) = b.resources
    created = dict(resource.limits)
    narrator.tell("B's provider approves and delivers.")
    _provider_finishes(stage)
    stage.cycle()
    narrator.chapter("2. The user raises the limit to 150.")
    update = a.place_update(stage.pair.a.orderer, a.resource(order.resource.uuid), limits={"node_hours": 150})
    stage.cycle()
    _provider_finishes(stage)
    stage.cycle()
    return _wrong(
        {
            "create is done on A": a.order(order.uuid).state == "done",
            "100 node_hours are 500 gpu_hours and 1000 storage_gb_hours": created
            == {"gpu_hours": 500, "storage_gb_hours": 1000},
            "update is done on A": a.order(update.uuid).state == "done",
            "150 node_hours on A": dict(a.resource(order.resource.uuid).limits) == {"node_hours": 150},
            "750 gpu_hours on B": dict(b.resource(resource.uuid).limits)["gpu_hours"] == 750,  # noqa: PLR2004
        }
    )


def _usage(stage: Stage, narrator: Narrator) -> list[str]:
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    narrator.chapter("3. B meters 500 gpu_hours and 800 storage_gb_hours.")
    (resource,) = b.resources
    b.report_usage(resource, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"alice": 250}})
    stage.report()
    (used,) = a.resources
    totals = {row.component.type: row.usage for row in a.usages_of(used)}
    shares = {row.username: row.usage for row in a.user_usages_of(used)}
    narrator.tell(f"On A these are {totals['node_hours']} node_hours, {shares['alice']} of them alice's.")
    return _wrong({"180 node_hours on A": totals == {"node_hours": 180}, "50 of them alice's": shares == {"alice": 50}})


def _rejection(stage: Stage, narrator: Narrator) -> list[str]:
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    narrator.chapter("4. B's provider rejects an order.")
    order = _place(stage, "too-early", 10)
    stage.cycle()
    for pending in b.orders:
        if pending.state == "pending-provider":
            b.reject(pending, REASON)
    stage.cycle()
    message = a.order(order.uuid).error_message
    narrator.tell(f"The user of A reads: {message}")
    return _wrong(
        {"rejected order is erred on A": a.order(order.uuid).state == "erred", "with B's reason": REASON in message}
    )


def _kill_in_mid_create(stage: Stage, narrator: Narrator) -> list[str]:
    a, b = stage.pair.a.sandbox, stage.pair.b.sandbox
    narrator.chapter("5. The engine is killed (kill -9) while B commits a create; its answer is never read.")
    order = _place(stage, "survivor", 20)
    before = len(b.world.resources)
    with stage.runner() as runner:

        def kill(_number: int, method: str, path: str, phase: str) -> None:
            if method == "POST" and path == "/api/marketplace-orders/" and phase == "committed":
                runner.kill()

        b.observers.append(kill)
        status = stage.wait_for(runner, RUNNER_TIMEOUT)
        b.observers.remove(kill)
    linked = bool(a.world.resource(order.resource.uuid).backend_id)
    narrator.tell(
        f"Killed. B has {len(b.world.resources) - before} new resource, A knows of {'it' if linked else 'none'}."
    )
    stage.pause(SETTLE_SECONDS)
    narrator.tell("A fresh engine starts.")
    stage.cycle()
    _provider_finishes(stage)
    stage.cycle()
    narrator.tell(f"B has {len(b.world.resources) - before} new resource, and A is linked to it.")
    return _wrong(
        {
            "the runner was killed": status < 0,
            "A was not linked when it died": not linked,
            "one resource on B": len(b.world.resources) - before == 1,
            "the order is done": a.world.order(order.uuid).state == "done",
        }
    )


def _termination(stage: Stage, narrator: Narrator) -> list[str]:
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    narrator.chapter("6. The user terminates the first resource.")
    resource = next(row for row in a.resources if row.name == "climate-run")
    order = a.place_terminate(stage.pair.a.orderer, resource)
    stage.cycle()
    _provider_finishes(stage)
    stage.cycle()
    states = {row.name: row.state for row in b.resources}
    return _wrong(
        {
            "termination is done on A": a.order(order.uuid).state == "done",
            "terminated on B": states["climate-run"] == "Terminated",
            "the other one lives": states["survivor"] == "OK",
        }
    )
