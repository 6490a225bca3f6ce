"""Explaining by which account B knows a person, or why it knows none."""

from collections.abc import Iterator

from federation_core.application.explain_chain import LOOK_AGAIN, NEXT_RUN, Link, Mark
from federation_core.application.explain_reasons import for_reason, remedy_for
from federation_core.application.person_view import PersonView
from federation_core.application.plan_members import INACTIVE, NOT_LOOKED_UP
from federation_core.domain.errors import Disposition
from federation_core.domain.identity.match import keys_of
from federation_core.domain.identity.rules import IdentityRules, MatchField
from federation_core.domain.ids import AUserId, BUserId
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT
from federation_core.domain.membership.rooms import Room
from federation_core.domain.people import APerson, BPerson
from federation_core.domain.plan.sync import Hold

NAME = "account on B"
NOT_LOOKED_FOR = "not looked for, as no role is asked for"


def explain_account(view: PersonView, room: Room, *, is_wanted: bool) -> Link:
    """Whether the person of *view* has an account on B that can be used in *room*."""
    if view.person is None:
        return Link(Mark.YES, NAME, f"{view.user}")
    known = explain_known(view, view.person)
    if known is not None:
        return known
    if is_wanted:
        return _missing(view, view.person, room)
    return Link(Mark.NO, NAME, NOT_LOOKED_FOR, LOOK_AGAIN)


def explain_known(view: PersonView, person: AUserId) -> Link | None:
    """What B shows of the person's account; None where it shows none."""
    if person in view.seen.identities.unclear:
        return _unclear(view, person)
    return None if view.user is None else _known(view, person, view.user)


def _unclear(view: PersonView, person: AUserId) -> Link:
    users = ", ".join(str(user) for user in sorted(view.seen.identities.unclear[person]))
    reason = SEVERAL_ACCOUNTS if users else UNTOLD_ACCOUNT
    return Link(Mark.UNKNOWN, NAME, f"{reason}: {users}" if users else reason, remedy_for(reason))


def _known(view: PersonView, person: AUserId, user: BUserId) -> Link:
    account = view.seen.accounts.get(user)
    if account is not None and not account.is_active:
        return Link(Mark.NO, NAME, f"{user}: {INACTIVE}", remedy_for(INACTIVE))
    return Link(Mark.YES, NAME, f"{user}, {_how(view, person, user)}")


def _how(view: PersonView, person: AUserId, user: BUserId) -> str:
    """By what the person was recognised on B."""
    rules = view.settings.identity
    on_a = next((one for one in view.seen.persons if one.id == person), APerson(person))
    accounts = [view.seen.accounts[user]] if user in view.seen.accounts else []
    if view.member is not None:
        accounts.append(BPerson(user, view.member.username, view.member.email))
    how = next((name for account in accounts for name in _matching(on_a, account, rules)), "")
    return f"found by {how} ({rules.method.value})" if how else f"brought to light by {rules.method.value}"


def _matching(on_a: APerson, on_b: BPerson, rules: IdentityRules) -> Iterator[str]:
    """The fields by which both are the same, in the order in which they count."""
    names = (rules.match.value, MatchField.USERNAME.value)
    for key, name in zip(keys_of(rules), names, strict=False):
        if key(on_a) and key(on_a) == key(on_b):
            yield name


def _missing(view: PersonView, person: AUserId, room: Room) -> Link:
    """Why the person has no account on B, or how that one is about to be brought to light."""
    held = [one for one in view.planner.grants if isinstance(one, Hold) and one.chain == f"{room.id} {person}"]
    if held:
        mark = Mark.UNKNOWN if held[0].why is Disposition.AGAIN_AFTER else Mark.NO
        return for_reason(NAME, mark, held[0].reason)
    introduction = view.planner.introductions.get(person)
    if introduction is None:
        return for_reason(NAME, Mark.UNKNOWN, NOT_LOOKED_UP)
    text = f"to be resolved: {type(introduction.action).__name__}: {introduction.reason}"
    return Link(Mark.NO, NAME, text, NEXT_RUN)
