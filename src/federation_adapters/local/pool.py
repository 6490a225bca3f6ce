"""The work pool on threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from federation_core.domain.errors import FederationError

T = TypeVar("T")


class ThreadPool:
    """Runs calls on a fixed number of threads, kept for the life of the object."""

    def __init__(self, size: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix="federation")

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T | FederationError]:
        """Run all *calls*; a `FederationError` stands in the result, anything else is raised after all have ended."""
        if len(calls) == 1:
            return [_result(calls[0])]
        futures: list[Future[T | FederationError]] = [self._executor.submit(_result, call) for call in calls]
        try:
            wait(futures)
        except KeyboardInterrupt:
            for future in futures:
                future.cancel()
            raise
        return [future.result() for future in futures]

    def close(self) -> None:
        """End the threads once their calls have ended; calls that have not begun are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _result(call: Callable[[], T]) -> T | FederationError:
    try:
        return call()
    except FederationError as error:
        return error
