"""How the provider behind an offering behaves: what happens to an order once it waits for that provider."""

from enum import Enum

import attrs


class Outcome(Enum):
    """What the simulated provider finally does with an order."""

    DONE = "done"
    REJECT = "reject"
    FAIL = "fail"


@attrs.frozen
class Progress:
    """One provider's behaviour.

    Attributes:
        reads: After how many reads of the order (single or as a row of a list) the outcome happens. 0: within the
            request that brought the order to the provider. None: never by itself (commands decide).
        outcome: Approve and complete, reject, or approve and fail.
        text: Rejection comment or error message.
        traceback: Error traceback of a failure.
        backend_id: Given to the resource of a completed Create order whose `backend_id` is still empty;
            `{slug}` and `{uuid}` stand for those of the resource. Empty: nothing is set.
    """

    reads: int | None = None
    outcome: Outcome = Outcome.DONE
    text: str = ""
    traceback: str = ""
    backend_id: str = ""

    @classmethod
    def manual(cls) -> "Progress":
        """Nothing happens until a command (or the real API) moves the order."""
        return cls()

    @classmethod
    def at_once(cls, backend_id: str = "") -> "Progress":
        """The order is approved and done within the request that brought it to the provider."""
        return cls(reads=0, backend_id=backend_id)

    @classmethod
    def after(cls, reads: int, backend_id: str = "") -> "Progress":
        """The order is executing at the first read and done at read number *reads*."""
        return cls(reads=reads, backend_id=backend_id)

    @classmethod
    def reject(cls, comment: str = "Rejected by the provider.", reads: int = 0) -> "Progress":
        """The provider refuses the order with *comment*."""
        return cls(reads=reads, outcome=Outcome.REJECT, text=comment)

    @classmethod
    def fail(cls, message: str = "Provisioning failed.", traceback: str = "", reads: int = 0) -> "Progress":
        """The provider accepts the order and then reports *message*."""
        return cls(reads=reads, outcome=Outcome.FAIL, text=message, traceback=traceback)


class ProgressBook:
    """The behaviour of every offering: a default for the world, one per offering, and one-shot exceptions."""

    def __init__(self) -> None:
        self.default = Progress.manual()
        self._by_offering: dict[str, Progress] = {}
        self._next: dict[str, list[Progress]] = {}

    def set_for(self, offering_uuid: str, progress: Progress) -> None:
        """From now on orders of the offering follow *progress*."""
        self._by_offering[offering_uuid] = progress

    def set_next(self, offering_uuid: str, progress: Progress) -> None:
        """Only the next order of the offering follows *progress*; several calls queue up."""
        self._next.setdefault(offering_uuid, []).append(progress)

    def draw(self, offering_uuid: str) -> Progress:
        """Return the behaviour for an order that just reached the provider, using up a one-shot exception."""
        queue = self._next.get(offering_uuid)
        return queue.pop(0) if queue else self._by_offering.get(offering_uuid, self.default)
