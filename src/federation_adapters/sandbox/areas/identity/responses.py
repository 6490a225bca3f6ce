"""Answers of the identity bridge and of the fetch from eduTEAMS; their refusals are bare texts."""

import re
from collections import Counter
from datetime import datetime, timedelta

from federation_adapters.sandbox.areas.identity import models
from federation_adapters.sandbox.areas.identity.attributes import read_attributes
from federation_adapters.sandbox.areas.users.responses import find_visible
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.scalars import parse_moment, show_moment
from federation_adapters.sandbox.entities import JsonObject, User
from federation_adapters.sandbox.exceptions import ApiError, field_error, forbidden, not_found

_SOURCE = re.compile(r"[a-z]+:[a-zA-Z0-9._-]+")
_LONGEST_NAME = 128
_STALE_DAYS = 7


def _check_caller(call: Call) -> None:
    if not (call.user.is_staff or call.user.is_identity_manager):
        raise ApiError(403, "Only staff and identity managers are allowed to do this.")


def _check_open(call: Call) -> None:
    if not call.store.settings.identity_bridge:
        raise ApiError(403, "Identity Bridge is disabled.")
    _check_caller(call)


def _read_subject(call: Call) -> tuple[JsonObject, str, str]:
    """Return the body, the username and the source it speaks for."""
    body = call.body()
    username = inputs.text(body, "username", longest=_LONGEST_NAME, blank=False)
    source = inputs.text(body, "source", blank=False)
    if not _SOURCE.fullmatch(source):
        raise field_error("source", "This value does not match the required pattern.")
    if not call.user.is_staff and source not in call.user.managed_isds:
        raise ApiError(403, f"Source '{source}' is not in your managed ISDs.")
    return body, username, source


def push(call: Call) -> Reply:
    """Create or refresh one person; what may not be pushed spoils the whole."""
    _check_open(call)
    body, username, source = _read_subject(call)
    attributes = read_attributes(body)
    models.check_allowed(call.store, attributes)
    done = models.push(call.store, username, source, attributes)
    return Reply({"uuid": done.user.uuid, "created": done.created, "updated_fields": list(done.updated_fields)})


def remove(call: Call) -> Reply:
    """Take back what a source said of one person."""
    _check_open(call)
    _, username, source = _read_subject(call)
    user = models.find_person(call.store, username)
    if user is None:
        raise not_found("User")
    return Reply({"uuid": user.uuid, "deactivated": models.remove(call.store, user, source)})


def retrieve_allowed_fields(call: Call) -> Reply:
    """Answer what may be pushed."""
    _check_open(call)
    return Reply({"allowed_fields": sorted(call.store.settings.bridge_attributes)})


def retrieve_stats(call: Call) -> Reply:
    """Answer how many people each source vouches for; staff only, also while the bridge is closed."""
    if not call.user.is_staff:
        raise forbidden()
    settings = call.store.settings
    federated = [user for user in call.store.users if user.active_isds]
    counts = Counter(isd for user in federated for isd in user.active_isds)
    return Reply({
        "enabled": settings.identity_bridge,
        "deactivation_policy": settings.deactivation_policy,
        "allowed_attributes": sorted(settings.bridge_attributes),
        "total_federated_users": len(federated),
        "total_active_federated_users": sum(user.is_active for user in federated),
        "users_per_isd": [_show_isd(call, isd, counts[isd]) for isd in sorted(counts)],
        "stale_threshold_days": _STALE_DAYS,
        "identity_managers": [
            {"uuid": user.uuid, "full_name": user.full_name, "managed_isds": list(user.managed_isds)}
            for user in call.store.users
            if user.is_identity_manager
        ],
    })  # fmt: skip


def _show_isd(call: Call, isd: str, count: int) -> JsonObject:
    users = [user for user in call.store.users if isd in user.active_isds]
    moments = [moment for user in users for name in user.attribute_sources if (moment := _synced(user, name, isd))]
    return {
        "isd": isd,
        "user_count": count,
        "stale_user_count": sum(bool(_stale(call, user)) for user in users),
        "oldest_sync": show_moment(min(moments)) if moments else None,
    }


def _synced(user: User, name: str, isd: str) -> datetime | None:
    """Return when a source last wrote an attribute, if it owns it."""
    stamp = user.attribute_sources[name]
    return parse_moment(stamp["timestamp"]) if stamp["source"] == isd else None


def _stale(call: Call, user: User) -> list[str]:
    """Return the attributes that their owner has not confirmed for long."""
    limit = call.store.now() - timedelta(days=_STALE_DAYS)
    moments = {name: parse_moment(stamp["timestamp"]) for name, stamp in user.attribute_sources.items()}
    return sorted(name for name, moment in moments.items() if moment is not None and moment < limit)


def retrieve_status(call: Call, uuid: str) -> Reply:
    """Answer who vouches for a person and who wrote what; staff about all, others about themselves."""
    user = find_visible(call, uuid)
    if not (call.user.is_staff or user is call.user):
        raise forbidden()
    stale = _stale(call, user)
    return Reply({
        "active_isds": list(user.active_isds),
        "managed_isds": list(user.managed_isds),
        "attribute_sources": {
            name: {**stamp, "is_stale": name in stale} for name, stamp in user.attribute_sources.items()
        },
        "stale_attributes": stale,
        "effective_bridge_fields": sorted(call.store.settings.bridge_attributes),
        "is_federated": bool(user.active_isds),
    })  # fmt: skip


def fetch_from_eduteams(call: Call) -> Reply:
    """Create or refresh one person from eduTEAMS."""
    if not call.store.settings.eduteams:
        raise ApiError(403, "Remote eduTEAMS user sync is disabled.")
    _check_caller(call)
    cuid = inputs.text(call.body(), "cuid", blank=False)
    return Reply({"uuid": models.fetch_from_eduteams(call.store, cuid).uuid})
