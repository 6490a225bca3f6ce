"""Doing one write about a field; what may undo a newer change is read once more first.

| action | read before | read after |
| --- | --- | --- |
| limits | A's resource: still OK, with the limits that were seen | A's resource: A may keep others |
| end date of a resource | both resources: still with the dates that were seen | – |
| state | A's resource: still in the other state | – |
| end date of a project | both lists of projects: still with the dates that were seen | – |
| other field of a project | – | the answer: B may show it in its own way |
| other | – | – |
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property

from federation_core.application.fields_wiring import FieldPorts, FieldsLearned, Refusal
from federation_core.domain.errors import (
    Disposition,
    Invalid,
    PlaneError,
    Refused,
    RuleError,
    Transient,
    Unauthorised,
    Unsupported,
)
from federation_core.domain.fields.decide import identity_of, kind_of_action
from federation_core.domain.fields.resources import ERRED, OK
from federation_core.domain.fields.scene import Obstacle
from federation_core.domain.fields.texts import is_same_text
from federation_core.domain.ids import AProjectId, AResourceId, BProjectId, BResourceId, Side
from federation_core.domain.plan.actions import SyncAction
from federation_core.domain.plan.actions.fields import (
    ConfirmResource,
    MarkErred,
    MarkOk,
    ProjectField,
    RenameAccount,
    SetEffectiveId,
    SetEndDateOnA,
    SetEndDateOnB,
    SetLimits,
    SetOnMirror,
    SetProjectEndOnA,
    SetProjectEndOnB,
)
from federation_core.domain.records import BProject
from federation_core.domain.units import AComponent


class FieldWriter:
    """Writes fields; made anew for each cycle."""

    def __init__(self, ports: FieldPorts, learned: FieldsLearned) -> None:
        self._ports = ports
        self._learned = learned
        self._met: dict[str, str] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Which calls a server turned out not to know."""
        return tuple(f"{kind} is left out from now on: {reason}" for kind, reason in sorted(self._met.items()))

    def write(self, action: SyncAction) -> None:
        """Do one action.

        Raises:
            PlaneError: it was not done; what was refused is remembered, and so is what the server does not know.
        """
        kind = kind_of_action(action)
        if kind in self._met:
            raise Unsupported(_side_of(action), kind, self._met[kind])
        try:
            self._do(action)
        except Unsupported as error:
            self._met[kind] = self._learned.unknown[kind] = str(error)
            raise
        except Unauthorised:
            raise
        except Refused as error:
            self._remember(action, Disposition.PARKED, str(error))
            raise

    def _do(self, action: SyncAction) -> None:
        match action:
            case SetLimits():
                self._set_limits(action)
            case SetEndDateOnA(resource, b_resource, end_date, seen):
                self._expect_dates(resource, b_resource, seen, end_date)
                self._ports.a_resources.set_end_date(resource, end_date)
            case SetEndDateOnB(b_resource, resource, end_date, seen):
                self._expect_dates(resource, b_resource, end_date, seen)
                self._ports.b_resources.set_end_date(b_resource, end_date)
            case MarkErred(resource, message):
                self._expect_state(resource, OK)
                self._ports.a_resources.mark_erred(resource, message)
            case MarkOk(resource):
                self._expect_state(resource, ERRED)
                self._ports.a_resources.mark_ok(resource)
            case SetOnMirror():
                self._change_mirror(action)
            case _:
                self._do_other(action)

    def _do_other(self, action: SyncAction) -> None:
        match action:
            case SetEffectiveId(resource, effective_id):
                self._ports.a_resources.set_effective_id(resource, effective_id)
            case ConfirmResource(resource):
                self._ports.a_resources.stamp(resource)
            case SetProjectEndOnA(project, b_project, end_date, seen):
                self._expect_project_dates(project, b_project, seen, end_date)
                self._ports.a_projects.set_end_date(project, end_date)
            case SetProjectEndOnB(b_project, project, end_date, seen):
                self._expect_project_dates(project, b_project, end_date, seen)
                self._ports.b_projects.change(b_project, ProjectField.END_DATE, end_date)
            case RenameAccount(account, name):
                self._ports.a_accounts.rename(account, name)
            case _:
                raise RuleError(f"{type(action).__name__} is not about fields")

    def _set_limits(self, action: SetLimits) -> None:
        now = self._ports.a_resources.read(action.resource)
        if now.state != OK or dict(now.limits) != dict(action.seen):
            raise _changed(Side.A, "resource.set_limits")
        self._ports.a_resources.set_limits(action.resource, action.limits)
        kept = self._ports.a_resources.read(action.resource).limits
        if dict(kept) != dict(action.limits):
            detail = f"A keeps other limits of {_odd(action.limits, kept)}; see the bounds of these components on A"
            raise Invalid(Side.A, "resource.set_limits", detail, None)

    def _expect_dates(
        self, resource: AResourceId, b_resource: BResourceId, on_a: date | None, on_b: date | None
    ) -> None:
        """See that both dates are as the decision saw them: a newer one must not be undone."""
        if self._ports.a_resources.read(resource).end_date != on_a:
            raise _changed(Side.A, "resource.set_end_date")
        if self._ports.b_resources.read(b_resource).end_date != on_b:
            raise _changed(Side.B, "resource.set_end_date")

    def _expect_project_dates(
        self, project: AProjectId, b_project: BProjectId, on_a: date | None, on_b: date | None
    ) -> None:
        """See the same of projects; they are listed, because A shows its provider no single one, and once for all of them."""
        a_dates, b_dates = self._project_dates
        if (project, on_a) not in a_dates.items():
            raise _changed(Side.A, "project.set_end_date")
        if (b_project, on_b) not in b_dates.items():
            raise _changed(Side.B, "project.set_end_date")

    @cached_property
    def _project_dates(self) -> tuple[Mapping[AProjectId, date | None], Mapping[BProjectId, date | None]]:
        on_a, on_b = self._ports.a_projects.list_all(), self._ports.b_projects.list_all()
        return {p.id: p.profile.end_date for p in on_a.value}, {p.id: p.profile.end_date for p in on_b.value}

    def _expect_state(self, resource: AResourceId, state: str) -> None:
        if self._ports.a_resources.read(resource).state != state:
            raise _changed(Side.A, "resource.set_state")

    def _change_mirror(self, action: SetOnMirror) -> None:
        shown = self._ports.b_projects.change(action.b_project, action.field, action.value)
        if _is_taken(action, shown):
            return
        if action.field is ProjectField.DESCRIPTION:  # a text that B put in its own words is as near as it gets
            self._remember(action, None, "B shows it in its own words")
            return
        raise Invalid(Side.B, "project.change", f"B does not take its {action.field.value} over", None)

    def _remember(self, action: SyncAction, why: Disposition | None, reason: str) -> None:
        self._learned.refused[identity_of(action)] = Refusal(self._ports.a_clock.now(), Obstacle(why, reason))


def _changed(side: Side, operation: str) -> PlaneError:
    return Transient(side, operation, "it changed meanwhile; the next cycle looks again")


def _odd(wanted: Mapping[AComponent, Fraction], kept: Mapping[AComponent, Fraction]) -> str:
    names = sorted(name for name in wanted.keys() | kept.keys() if wanted.get(name) != kept.get(name))
    return ", ".join(names)


def _is_taken(action: SetOnMirror, shown: BProject) -> bool:
    """Whether B's answer shows what it was told."""
    profile = shown.profile
    match action.field:
        case ProjectField.DESCRIPTION:
            return is_same_text(str(action.value), profile.description)
        case ProjectField.OECD_CODE:
            return profile.oecd_code == action.value
        case ProjectField.IS_INDUSTRY:
            return profile.is_industry == action.value
        case ProjectField.SUB_DOMAIN:
            return profile.sub_domain == action.code
        case ProjectField.END_DATE:  # pragma: no cover - has an action of its own
            return profile.end_date == action.value


def _side_of(action: SyncAction) -> Side:
    return Side.B if isinstance(action, SetOnMirror | SetEndDateOnB | SetProjectEndOnB) else Side.A
