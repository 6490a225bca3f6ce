"""From a message to a hint: what a Waldur tells of, and what of that asks for a look; without I/O.

| `object_type` | hint |
| --- | --- |
| `order` | the order |
| `resource`, `resource_end_date_change_request` | the resource |
| `user_role`, `service_account`, `course_account` | the project |
| `offering_user` | the account |
| `offering_resources_sync` | the offering |
| any other | none: ignored, by name |

A message is a JSON object; what it says beside the UUID is not used, because it may be old.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from federation_core.domain.hints import About, Heard, Hint, Ignored, Malformed
from federation_core.domain.ids import Side, parse_uuid

_KEYS: Mapping[str, tuple[About, str]] = MappingProxyType(
    {
        "order": (About.ORDER, "order_uuid"),
        "resource": (About.RESOURCE, "resource_uuid"),
        "resource_end_date_change_request": (About.RESOURCE, "resource_uuid"),
        "user_role": (About.PROJECT, "project_uuid"),
        "service_account": (About.PROJECT, "project_uuid"),
        "course_account": (About.PROJECT, "project_uuid"),
        "offering_user": (About.ACCOUNT, "offering_user_uuid"),
        "offering_resources_sync": (About.OFFERING, "offering_uuid"),
    }
)
HEARD_TYPES = tuple(_KEYS)
"""The types that lead to hints."""

LONGEST_WORD = 60


def read_message(body: str | bytes, side: Side, object_type: str = "") -> Heard:
    """What *body* asks for; total: whatever came is a hint, ignored or malformed.

    Args:
        body: as received.
        side: whose message it is.
        object_type: what it is about where it does not say so itself.
    """
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Malformed("no JSON")
    if not isinstance(content, dict):
        return Malformed(f"{type(content).__name__} where an object is expected")
    kind = content.get("object_type") or object_type
    if not isinstance(kind, str) or not kind:
        return Malformed("no object_type")
    if kind not in _KEYS:
        return Ignored(f"messages about {_short(kind)} ask for nothing here")
    return _hint(content, side, kind)


def _hint(content: Mapping[str, Any], side: Side, kind: str) -> Heard:
    about, key = _KEYS[kind]
    if kind == "user_role" and key not in content and "scope_type" in content:  # as subscribers to people are told
        if content["scope_type"] != "project":
            return Ignored("a role on something else than a project asks for nothing here")
        key = "scope_uuid"
    wanted = parse_uuid(content.get(key))
    if wanted is None:
        return Malformed(f"{kind} without a UUID in {key}")
    what = content.get("action") or content.get("order_state") or ""
    because = f"{kind} {_short(what)}".strip() if isinstance(what, str) else kind
    return Hint(side, about, wanted, because, parse_uuid(content.get("offering_uuid")))


def _short(word: str) -> str:
    """A word as far as it may stand in a log line."""
    return "".join(letter for letter in word if letter.isprintable())[:LONGEST_WORD]
