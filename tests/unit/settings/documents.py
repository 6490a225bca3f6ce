"""Documents for the settings tests: a good one, and changes to it by path."""

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings.load import parse
from federation_runner.settings.model import OfferingSettings, Settings

FOR_A = "kaikki-salaista-a"
FOR_B = "kaikki-salaista-b"
SECRETS = (FOR_A, FOR_B, "hushhush")
DROP = object()

_GOOD: dict[str, Any] = {
    "offerings": [
        {
            "name": "Tartu nodes",
            "waldur_api_url": "https://a.example.org/api/",
            "waldur_api_token": FOR_A,
            "waldur_offering_uuid": "0a" * 16,
            "backend_type": "waldur",
            "order_processing_backend": "waldur",
            "backend_settings": {
                "target_api_url": "https://b.example.org/api/",
                "target_api_token": FOR_B,
                "target_offering_uuid": "0b" * 16,
                "target_customer_uuid": "0c" * 16,
            },
            "backend_components": {
                "node_hours": {
                    "measured_unit": "h",
                    "accounting_type": "limit",
                    "label": "Node hours",
                    "target_components": {"gpu_hours": {"factor": 4}, "tape": {"factor": "0.29"}},
                }
            },
        }
    ]
}


def good(*changes: tuple[str, object]) -> dict[str, Any]:
    """A document that is fine, with *changes*: path and new value, or `DROP`."""
    document = copy.deepcopy(_GOOD)
    for path, value in changes:
        *way, last = steps(path)
        place: Any = document
        for step in way:
            place = place[step]
        if value is DROP:
            del place[last]
        else:
            place[last] = copy.deepcopy(value)
    return document


def steps(path: str) -> list[str | int]:
    """The steps of a path such as ``offerings[0].name``; ``o``, ``s`` and ``c`` abbreviate the usual beginnings."""
    return [int(number) if number else word for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", full(path))]


def full(path: str) -> str:
    """The path, its abbreviation spelt out."""
    beginnings = {
        "o": "offerings[0]",
        "s": "offerings[0].backend_settings",
        "c": "offerings[0].backend_components.node_hours",
    }
    head, dot, rest = path.partition(".")
    return beginnings.get(head, head) + dot + rest


def read(*changes: tuple[str, object], environ: Mapping[str, str] | None = None, base: Path = Path()) -> Settings:
    """The settings of the changed document."""
    return parse(good(*changes), environ or {}, base)


def offering(*changes: tuple[str, object], environ: Mapping[str, str] | None = None) -> OfferingSettings:
    """Its only offering."""
    (found,) = read(*changes, environ=environ).offerings
    return found


def mistakes(document: Any, environ: Mapping[str, str] | None = None, base: Path = Path()) -> tuple[Finding, ...]:
    """All findings in *document*."""
    try:
        parse(document, environ or {}, base)
    except ConfigurationError as error:
        return error.findings
    return ()
