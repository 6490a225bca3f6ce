"""A retry budget: retries may be a fraction of what succeeds, so that a failing server is not hammered by everybody at once."""

import threading

CAPACITY = 10.0
EARNED = 0.2


class RetryBudget:
    """Each success earns a fifth of a retry, up to ten; each retry spends one. Thread-safe."""

    def __init__(self, capacity: float = CAPACITY, earned: float = EARNED) -> None:
        self._capacity = capacity
        self._earned = earned
        self._left = capacity
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Note a success."""
        with self._lock:
            self._left = min(self._capacity, self._left + self._earned)

    def spend(self) -> bool:
        """Take one retry, if there is one."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True
