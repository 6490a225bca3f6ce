"""Rules of offering users: one per person and offering, who sees them, and how a local name ends their making."""

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.offering_users.machine import BEFORE_OK, MOVES, State
from federation_adapters.sandbox.areas.users.fields import attribute_of
from federation_adapters.sandbox.entities import Offering, OfferingUser, User
from federation_adapters.sandbox.exceptions import cross_field_error, rule_error, wrong_state
from federation_adapters.sandbox.store import Store

ALLOWED = "service_provider_can_create_offering_user"


def allows_accounts(offering: Offering) -> bool:
    """Tell whether the offering's provider may make accounts."""
    return offering.plugin_options.get(ALLOWED) is True


def account_of(store: Store, user: User, offering: Offering) -> OfferingUser | None:
    """Return the account of a person at an offering."""
    return next(iter(store.offering_users.find("pair", (offering.uuid, user.uuid))), None)


def add_account(store: Store, offering: Offering, user: User, username: str = "") -> OfferingUser:
    """Insert an account; one with a local name is ready at once.

    Raises:
        ApiError: 400 where the offering allows none, or the person has one.
    """
    if not allows_accounts(offering):
        raise rule_error("It is not allowed to create users for current offering.")
    if account_of(store, user, offering) is not None:
        raise cross_field_error("The fields offering, user must make a unique set.")
    state = State.OK if username else State.REQUESTED
    return store.offering_users.add(
        OfferingUser(**store.stamp(), offering=offering, user=user, username=username, state=str(state))
    )


def rename(store: Store, account: OfferingUser, username: str) -> None:
    """Store the local name; the first one makes an account that is being made ready."""
    account.username = username
    if username and account.state in BEFORE_OK:
        account.state = str(State.OK)
    store.touch(account)


def move(store: Store, account: OfferingUser, action: str) -> None:
    """Bring the account into the state that *action* leads to.

    Raises:
        ApiError: 409 when the action is not legal in the present state.
    """
    legal, target = MOVES[action]
    if account.state not in legal:
        raise wrong_state(legal)
    account.state = str(target)
    if action == "set_validation_complete":
        account.service_provider_comment = account.service_provider_comment_url = ""
    store.touch(account)


def add_missing(store: Store, offering: Offering) -> list[OfferingUser]:
    """Insert accounts for all members of projects with living resources, as the server's own job does."""
    if not allows_accounts(offering):
        return []
    resources = store.resources.find("offering", offering.uuid)
    projects = {r.project.uuid: r.project for r in resources if r.state not in {"Creating", "Terminated"}}
    members = {grant.user.uuid: grant.user for project in projects.values() for grant in store.grants_on(project)}
    return [add_account(store, offering, u) for u in members.values() if account_of(store, u, offering) is None]


def hides_without_consent(store: Store, offering: Offering) -> bool:
    """Tell whether people have to agree before others see their account."""
    return store.settings.enforce_consent and bool(offering.terms_of_service)


def missing_attributes(store: Store, user: User) -> list[str]:
    """Return the attributes that the person's profile lacks."""
    return sorted(name for name in store.settings.required_attributes if not attribute_of(user, name))


def may_see(store: Store, access: Access, account: OfferingUser) -> bool:
    """Tell whether somebody sees the account: its owner always, others while consent and profile allow it."""
    if access.sees_all or account.user is access.user:
        return True
    if not (allows_accounts(account.offering) and _may_look(access, account)):
        return False
    if hides_without_consent(store, account.offering) and not store.has_consent(account.user, account.offering):
        return False
    return not (store.settings.enforce_complete_profiles and missing_attributes(store, account.user))


def _may_look(access: Access, account: OfferingUser) -> bool:
    """Tell whether somebody provides the offering, or vouches for the person."""
    if access.provides(account.offering):
        return True
    manager = access.user
    return manager.is_identity_manager and not set(manager.managed_isds).isdisjoint(account.user.active_isds)
