"""Explaining one person where no roles are carried over: from the account in A's offering to what B is told.

As everywhere, people are named by UUIDs alone.
"""

from collections.abc import Iterator

from federation_core.application.explain_account import explain_known
from federation_core.application.explain_chain import READ_FIRST, Chain, Link, Mark, of_write, unread
from federation_core.application.explain_reasons import NO_ACCOUNT, for_reason
from federation_core.application.person_view import PersonView
from federation_core.application.plan_members import NO_BRIDGE
from federation_core.domain.ids import AUserId
from federation_core.domain.membership.audience import why_untold
from federation_core.domain.membership.claims import UNTOLD_CONSENT
from federation_core.domain.membership.decide import UNTOLD_ACCOUNT
from federation_core.domain.observed import Complete, rows
from federation_core.domain.people import Disclosure

ACCOUNT = "account in A's offering"
PROFILE = "profile on B"
TOLD = "B shows what A does, or was told it"


def explain_profile(view: PersonView) -> tuple[Chain, ...]:
    """The one chain of the person of *view*."""
    links = (*_links(view), *unread(view.plan.problems))
    return (Chain("user", str(view.person or view.user), links),)


def _links(view: PersonView) -> Iterator[Link]:
    shown = next((one for one in rows(view.seen.scene.disclosures) if one.person == view.person), None)
    if shown is None:
        yield _no_account(view)
        return
    reason = why_untold(shown, view.seen.scene, view.settings.rules)
    if reason:
        mark = Mark.UNKNOWN if reason in {UNTOLD_ACCOUNT, UNTOLD_CONSENT} else Mark.NO
        yield for_reason(ACCOUNT, mark, reason)
        return
    yield from _onward(view, shown)


def _no_account(view: PersonView) -> Link:
    if isinstance(view.seen.scene.disclosures, Complete):
        return for_reason(ACCOUNT, Mark.NO, NO_ACCOUNT)
    return Link(Mark.UNKNOWN, ACCOUNT, "A's accounts could not all be listed", READ_FIRST)


def _onward(view: PersonView, shown: Disclosure) -> Iterator[Link]:
    """From an account whose person B should know to what B shows."""
    yield Link(Mark.YES, ACCOUNT, shown.state or "it is there")
    known = explain_known(view, shown.person)
    if known is not None:
        yield known
    if known is None or known.mark is Mark.YES:
        yield _profile(view, shown.person)


def _profile(view: PersonView, person: AUserId) -> Link:
    introduction = view.planner.introductions.get(person)
    if introduction is not None:
        return of_write(PROFILE, introduction)
    if person not in view.planner.tellings:
        return for_reason(PROFILE, Mark.UNKNOWN, NO_BRIDGE)
    return Link(Mark.YES, PROFILE, TOLD)
