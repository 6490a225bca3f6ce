"""The joint A×B table: the next step that each pair of orders calls for.

A row is where A's order stands, a column where B's matching order stands. The table is total, so a pair without a decision
cannot exist; the diagram in the manual is drawn from it.

Why the less obvious cells are as they are:

* OFFERED × UNKNOWN waits: nothing is accepted from A's user while B cannot be read.
* OFFERED × OPEN, DONE and FAILED approve: B's order was found by its mark (a crash, another agent), and the ending follows once
  A's order is ours.
* RUNNING × FAILED fails even if the failure is old: an order that was made to run again on A has nothing left to wait for.
* DONE × OPEN and DONE × FAILED, ENDED × OPEN and ENDED × DONE are alarms: the two sides tell different stories, and no step of
  ours can make both true.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from federation_core.domain.orders.states import APhase, BPhase


class Step(enum.Enum):
    """What to do next for a pair of orders."""

    SETTLED = "nothing left to do"
    WAIT = "look again later"
    APPROVE = "accept A's order, then go on"
    SUBMIT = "place the order on B"
    FINISH = "set A's order done"
    FAIL = "set A's order erred, with B's reason"
    PARK = "leave it to a person"
    ALARM = "the two sides contradict each other"


_ROWS: dict[APhase, tuple[Step, ...]] = {
    #               ABSENT        UNKNOWN    AMBIGUOUS   OPEN          DONE          FAILED
    APhase.FOREIGN: (Step.WAIT, Step.WAIT, Step.PARK, Step.ALARM, Step.ALARM, Step.WAIT),
    APhase.OFFERED: (Step.APPROVE, Step.WAIT, Step.PARK, Step.APPROVE, Step.APPROVE, Step.APPROVE),
    APhase.RUNNING: (Step.SUBMIT, Step.WAIT, Step.PARK, Step.WAIT, Step.FINISH, Step.FAIL),
    APhase.DONE: (Step.SETTLED, Step.SETTLED, Step.SETTLED, Step.ALARM, Step.SETTLED, Step.ALARM),
    APhase.ENDED: (Step.SETTLED, Step.SETTLED, Step.SETTLED, Step.ALARM, Step.ALARM, Step.SETTLED),
}

FORWARDING: Mapping[tuple[APhase, BPhase], Step] = MappingProxyType(
    {(a, b): step for a, row in _ROWS.items() for b, step in zip(BPhase, row, strict=True)}
)


def diagram() -> str:
    """The joint table as a Mermaid state diagram: one node per pair that calls for work, one arc per step."""
    arcs = {
        Step.APPROVE: (APhase.RUNNING, None),
        Step.SUBMIT: (None, BPhase.OPEN),
        Step.FINISH: (APhase.DONE, None),
        Step.FAIL: (APhase.ENDED, None),
    }
    lines = ["stateDiagram-v2"]
    for (a, b), step in FORWARDING.items():
        if step in arcs:
            to_a, to_b = arcs[step]
            lines.append(f"    {_node(a, b)} --> {_node(to_a or a, to_b or b)}: {step.name.lower()}")
    waiting = (APhase.RUNNING, BPhase.OPEN)
    lines += [f"    {_node(*waiting)} --> {_node(APhase.RUNNING, b)}: B decides" for b in (BPhase.DONE, BPhase.FAILED)]
    return "\n".join(lines)


def table() -> str:
    """The joint table in Markdown."""
    head = "| A's order \\ B's order | " + " | ".join(phase.name for phase in BPhase) + " |"
    rows = [f"| **{a.name}** | " + " | ".join(FORWARDING[a, b].name.lower() for b in BPhase) + " |" for a in APhase]
    return "\n".join([head, "| --- " * (len(BPhase) + 1) + "|", *rows])


def _node(a: APhase, b: BPhase) -> str:
    return f"{a.name.title()}_{b.name.title()}"
