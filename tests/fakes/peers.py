"""Rights, clock, catalogue and pool in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from tests.fakes.script import Scripted
from tests.strategies.builders import NOW, an_offering, b_customer_id, uuid_of

from federation_core.domain.catalogue import TargetOffering
from federation_core.domain.errors import FederationError
from federation_core.domain.ids import UserId
from federation_core.domain.standing import HeldRole, Standing

T = TypeVar("T")
OWNER = Standing(
    UserId(uuid_of(0xC0, 1)), roles=frozenset({HeldRole("CUSTOMER.OWNER", "customer", b_customer_id().hex)})
)
ROLELESS = Standing(UserId(uuid_of(0xC0, 1)))


class Rights(Scripted):
    """The standings of *shown* in turn, the last one for ever; `reads` counts."""

    def __init__(self, *shown: Standing):
        super().__init__()
        self.shown = list(shown)
        self.reads = 0

    def read(self) -> Standing:
        self.reads += 1
        self.happens(self.before, "read")
        return self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]


class PeerClock:
    """Stands still, until it is `moved`."""

    def __init__(self, moved: timedelta = timedelta(0)):
        self.moved = moved

    def now(self) -> datetime:
        return NOW + self.moved


class ProviderCatalogue(Scripted):
    """An offering on A that is there."""

    def state(self) -> str:
        self.happens(self.before, "state")
        return "Active"


class Catalogue(Scripted):
    """One offering."""

    def __init__(self):
        super().__init__()
        self.offering = an_offering()

    def read(self) -> TargetOffering:
        self.happens(self.before, "read")
        return self.offering


class WorkPool:
    """Runs one call after the other."""

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T | FederationError]:
        return [_result(call) for call in calls]


def _result(call: Callable[[], T]) -> T | FederationError:
    try:
        return call()
    except FederationError as error:
        return error
