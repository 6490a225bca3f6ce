"""Scalar formats on the wire: UUIDs, moments, dates, addresses of objects."""

import re
from datetime import UTC, date, datetime

_HEX = re.compile(r"[0-9a-f]{32}")
_DASHED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_uuid(text: object) -> str | None:
    """Return the 32 hexadecimal digits of a UUID written with or without dashes; None for anything else."""
    if not isinstance(text, str):
        return None
    lower = text.strip().lower()
    if _HEX.fullmatch(lower):
        return lower
    return lower.replace("-", "") if _DASHED.fullmatch(lower) else None


def parse_date(text: object) -> date | None:
    """Return the date written as `YYYY-MM-DD`; None for anything else."""
    if not isinstance(text, str) or len(text) != len("2026-01-01"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_moment(text: object) -> datetime | None:
    """Return the aware moment of an ISO 8601 text (a bare date is its midnight in UTC); None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def show_moment(moment: datetime | None) -> str | None:
    """Return the moment in ISO 8601 with microseconds and `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def show_date(day: date | None) -> str | None:
    """Return the day as `YYYY-MM-DD`."""
    return None if day is None else day.isoformat()


def uuids_in_url(text: object, *views: str) -> tuple[str, ...] | None:
    """Return the UUIDs in the path of an object's address when it belongs to one of the *views*.

    Args:
        text: Absolute or relative address; scheme and host do not matter.
        views: Path patterns such as `/api/projects/*/`, with `*` where a UUID stands.
    """
    if not isinstance(text, str):
        return None
    path = re.sub(r"^https?://[^/]+", "", text)
    for view in views:
        match = re.fullmatch(re.escape(view).replace(r"\*", "([^/]+)"), path)
        parsed = [parse_uuid(part) for part in match.groups()] if match else [None]
        found = tuple(part for part in parsed if part is not None)
        if len(found) == len(parsed):
            return found
    return None
