"""From items to JSON. An item is rendered once for as long as it lives."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from federation_adapters.hpc_storage.query import Filters
from federation_core.domain.ids import parse_uuid
from federation_core.domain.storage.hierarchy import Page
from federation_core.domain.storage.identifiers import DATA_TYPE, FILE_SYSTEM, SYSTEM, identifier
from federation_core.domain.storage.items import Item
from federation_core.domain.storage.masking import masked
from federation_core.domain.storage.quotas import Quotas

API_VERSION = "1.0.0"
Fields = dict[str, Any]


class Renderer:
    """Renders items of one file system; for one thread."""

    def __init__(self, file_system: str) -> None:
        self._file_system = _reference(FILE_SYSTEM, file_system)
        self._done: WeakKeyDictionary[Item, bytes] = WeakKeyDictionary()

    def listing(self, items: Iterable[Item], page: Page, filters: Filters) -> bytes:
        """A page as it is answered."""
        resources = b",".join(map(self._item, items))
        pagination = _json(pagination_of(page) | {"has_next": page.has_next})
        head = b'{"version":"%b","status":"success","resources":[' % API_VERSION.encode()
        return b'%b%b],"pagination":%b,"filters_applied":%b}' % (
            head,
            resources,
            pagination,
            _json(attrs.asdict(filters)),
        )

    def _item(self, item: Item) -> bytes:
        done = self._done.get(item)
        if done is None:
            done = self._done[item] = _json(self.fields(item))
        return done

    def fields(self, item: Item) -> Fields:
        """An item as JSON values."""
        data_type = _reference(DATA_TYPE, item.data_type)
        return {
            "itemId": str(item.id),
            "status": item.status,
            "mountPoint": {"default": item.mount_point},
            "permission": {"permissionType": "octal", "value": item.permission},
            "quotas": _quotas(item.quotas.now),
            "oldQuotas": _quotas(item.quotas.old),
            "newQuotas": _quotas(item.quotas.new),
            "target": {"targetType": item.target_kind, "targetItem": dict(item.target)},
            "storageSystem": _reference(SYSTEM, item.system),
            "storageFileSystem": self._file_system,
            "storageDataType": {**data_type, "path": data_type["key"]},
            "parentItemId": None if item.parent is None else str(item.parent),
            **item.links,
            **({"allowed_transitions": list(item.transitions)} if item.transitions else {}),
        }


def pagination_of(page: Page) -> Fields:
    """Which part of a list a page is."""
    return {
        "current": page.number,
        "limit": page.size,
        "offset": page.offset,
        "pages": page.pages,
        "total": page.total,
    }


def presented(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Waldur's data as it may be shown: without secrets, and with ids in the spelling that is used everywhere here."""
    return _dashed(masked(value))


def _dashed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case Mapping():
            return {
                key: _id(item) if key == "uuid" or key.endswith("_uuid") else _dashed(item)
                for key, item in value.items()
            }
        case list():
            return [_dashed(item) for item in value]
        case _:
            return value


def _id(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    found = parse_uuid(value)
    return _dashed(value) if found is None else str(found)


def _reference(scope: str, name: str) -> Fields:
    return {"itemId": str(identifier(scope, name)), "key": name.lower(), "name": name.upper(), "active": True}


def _quotas(quotas: Quotas | None) -> Sequence[Fields] | None:
    if quotas is None:
        return None
    rows = (
        ("space", "soft", "tera", quotas.space_soft),
        ("space", "hard", "tera", quotas.space_hard),
        ("inodes", "soft", "none", quotas.inodes_soft),
        ("inodes", "hard", "none", quotas.inodes_hard),
    )
    return [
        {"type": kind, "quota": float(amount), "unit": unit, "enforcementType": enforcement}
        for kind, enforcement, unit, amount in rows
    ]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
