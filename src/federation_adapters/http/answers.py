"""What came back: a success as it arrived, and what a body that may be anything says."""

import json
from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class Answer:
    """A success: status 2xx, header names in lower case, the body unparsed.

    Attributes:
        next_link: where the header ``Link`` says that the next page is, as it stands there; None where it names none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    next_link: str | None = None

    @property
    def has_next(self) -> bool:
        """Whether there is a next page, by the header ``Link``."""
        return self.next_link is not None


def fields_of(body: bytes) -> dict[str, Any]:
    """The fields of the JSON object that *body* is; none where it is anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
