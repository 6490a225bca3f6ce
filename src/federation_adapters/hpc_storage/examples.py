"""Examples for the description that is served."""

from typing import Any

from federation_adapters.hpc_storage.query import SYSTEMS, UnfitSystem, judge_system

_REFERENCES = {
    "storageSystem": {
        "itemId": "4b4a996a-8d6b-556d-ad60-202cefa6ecc3",
        "key": "capstor",
        "name": "CAPSTOR",
        "active": True,
    },
    "storageFileSystem": {
        "itemId": "a04204cf-e3bf-5eb6-8323-0f3121afdd3b",
        "key": "lustre",
        "name": "LUSTRE",
        "active": True,
    },
    "storageDataType": {
        "itemId": "6cea66c5-3133-54e1-9e5d-469deb675ceb",
        "key": "store",
        "name": "STORE",
        "path": "store",
        "active": True,
    },
}
_LEAF: dict[str, Any] = {
    "itemId": "9d3a7f51-e208-4b6c-8a17-54c0d2e6b983",
    "status": "active",
    "mountPoint": {"default": "/capstor/store/cscs/alpine/permafrost"},
    "permission": {"permissionType": "octal", "value": "2770"},
    "quotas": [
        {"type": "space", "quota": 40.0, "unit": "tera", "enforcementType": "soft"},
        {"type": "space", "quota": 40.0, "unit": "tera", "enforcementType": "hard"},
        {"type": "inodes", "quota": 53200000.0, "unit": "none", "enforcementType": "soft"},
        {"type": "inodes", "quota": 80000000.0, "unit": "none", "enforcementType": "hard"},
    ],
    "oldQuotas": None,
    "newQuotas": None,
    "target": {
        "targetType": "project",
        "targetItem": {
            "itemId": "1705b9e0-cd4b-567c-a8aa-61f011307421",
            "key": "permafrost",
            "name": "Permafrost monitoring",
            "status": "active",
            "unixGid": 31877,
            "active": True,
        },
    },
    **_REFERENCES,
    "parentItemId": "c81e4d27-6b90-4f15-a3d8-7e2c9f0b1a44",
}


def _listing(system: str | None, *resources: dict[str, Any]) -> dict[str, Any]:
    total = len(resources)
    return {
        "version": "1.0.0",
        "status": "success",
        "resources": list(resources),
        "pagination": {
            "current": 1,
            "limit": 100,
            "offset": 0,
            "pages": min(total, 1),
            "total": total,
            "has_next": False,
        },
        "filters_applied": {"storage_system": system, "data_type": None, "status": "active", "state": None},
    }


def _refusal(name: str) -> Any:  # noqa: ANN401 - a body
    try:
        judge_system(name, SYSTEMS)
    except UnfitSystem as error:
        return error.body
    return None


LISTING = {
    "one": {"summary": "The storage of a project", "value": _listing("capstor", _LEAF)},
    "none": {"summary": "Nothing matches", "value": _listing("vast")},
}
SYSTEM_ERRORS = {
    "unknown": {"summary": "A storage system that there is not", "value": _refusal("tape")},
    "empty": {"summary": "No storage system after the equals sign", "value": _refusal("")},
}
