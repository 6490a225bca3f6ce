"""Who works with a resource: the members of its project, and their accounts at its offering."""

from collections.abc import Callable

from federation_adapters.sandbox.areas.offering_users.exposure import shows
from federation_adapters.sandbox.areas.offering_users.models import account_of, hides_without_consent
from federation_adapters.sandbox.areas.resources.responses import PROVIDER, View
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Grant, Resource


def team_in(view: View) -> Callable[[Call, str], Reply]:
    """Make the handler that answers all members, unpaged: one row per user, with the first of the user's roles."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find(call, uuid)
        first: dict[str, Grant] = {}
        for grant in call.store.grants_on(resource.project):
            first.setdefault(grant.user.uuid, grant)
        agreed = call.request.args.get("has_consent", "").lower() == "true"
        hidden = view is PROVIDER and hides_without_consent(call.store, resource.offering) and not call.access.sees_all
        rows = list(first.values())
        if agreed or hidden:
            rows = [grant for grant in rows if call.store.has_consent(grant.user, resource.offering)]
        return Reply([_show(call, resource, grant, hides=view is PROVIDER) for grant in rows])

    return handler


def _show(call: Call, resource: Resource, grant: Grant, *, hides: bool) -> dict[str, object]:
    user = grant.user
    account = account_of(call.store, user, resource.offering)
    row: dict[str, object] = {
        "url": call.url("users", user.uuid),
        "uuid": user.uuid,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role": grant.role.name,
        "expiration_time": show_moment(grant.expiration_time),
        "offering_user_username": account.username if account else None,
        "offering_user_state": account.state if account else None,
    }
    if hides and not shows(resource.offering, "email"):
        del row["email"]
    return row
