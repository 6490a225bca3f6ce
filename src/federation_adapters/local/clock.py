"""The clock of this machine."""

from datetime import UTC, datetime


class LocalClock:
    """The time here, by the system."""

    def now(self) -> datetime:
        """The time here."""
        return datetime.now(UTC)
