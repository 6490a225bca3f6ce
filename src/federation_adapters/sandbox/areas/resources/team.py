"""Who works with a resource: the members of its project."""

from collections.abc import Callable

from federation_adapters.sandbox.areas.resources.responses import View
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Grant


def team_in(view: View) -> Callable[[Call, str], Reply]:
    """Make the handler that answers all members, unpaged: one row per user, with the first of the user's roles."""

    def handler(call: Call, uuid: str) -> Reply:
        project, now = view.find(call, uuid).project, call.store.now()
        first: dict[str, Grant] = {}
        for grant in call.store.grants:
            if grant.scope is project and grant.is_live(now):
                first.setdefault(grant.user.uuid, grant)
        return Reply([_show(call, grant) for grant in first.values()])

    return handler


def _show(call: Call, grant: Grant) -> dict[str, object]:
    user = grant.user
    return {
        "url": call.url("users", user.uuid),
        "uuid": user.uuid,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role": grant.role.name,
        "expiration_time": show_moment(grant.expiration_time),
        "offering_user_username": None,
        "offering_user_state": None,
    }
