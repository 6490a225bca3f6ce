"""People in memory: a provider's view of A, a small B with the habits that matter, and the member use case on them."""

from datetime import datetime
from uuid import uuid4

import attrs
from tests.fakes.peers import WorkPool
from tests.fakes.script import Scripted
from tests.fakes.usage import Clock
from tests.strategies.builders import (
    NOW,
    a_customer_id,
    a_project_id,
    a_resource_id,
    b_customer_id,
    b_offering_id,
    b_project_id,
    b_resource_id,
    uuid_of,
)

from federation_adapters.local.journal import MemoryJournal
from federation_core.application.member_wiring import MemberPorts, MemberSettings, MembersLearned
from federation_core.application.sync_members import SyncMembers
from federation_core.domain.errors import Invalid, NotFound, ServerFault
from federation_core.domain.identity.rules import IdentityRules, MatchField, NotFoundAction, ResolveMethod
from federation_core.domain.ids import AUserId, BProjectId, BUserId, Side, UserId
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, Provider, RoleHeld
from federation_core.domain.membership.rules import MemberRules, MembershipPolicy
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.people import APerson, BPerson, Disclosure
from federation_core.domain.standing import HeldRole, Standing

PROVIDER = Provider(a_customer_id(7), uuid_of(0xA7, 1))
SOURCE = "isd:a"
ADMIN, MANAGER, MEMBER = "PROJECT.ADMIN", "PROJECT.MANAGER", "PROJECT.MEMBER"


def a_user_id(name):
    return AUserId(uuid_of(0xA8, int.from_bytes(name.encode()[:5], "big")))


def b_user_id(name):
    return BUserId(uuid_of(0xB8, int.from_bytes(name.encode()[:5], "big")))


ME = b_user_id("me")


def person(name, **changes):
    return attrs.evolve(APerson(a_user_id(name), name, f"{name}@example.org"), **changes)


class Listed(Scripted):
    """Lists that tests can make incomplete, by name."""

    def __init__(self):
        super().__init__()
        self.flaw: dict[str, str] = {}
        self.calls: list[str] = []

    def listed(self, what, found):
        self.calls.append(what)
        self.happens(self.before, what)
        return Incomplete(found, self.flaw[what]) if what in self.flaw else Complete(found)


class ProviderMembers(Listed):
    """A's projects, with roles and resources."""

    def __init__(self):
        super().__init__()
        self.grants: list[AGrant] = []
        self.holdings: list[Holding] = []
        self.machines = Machines()

    def provider(self):
        self.happens(self.before, "provider")
        return PROVIDER

    def list_grants(self, provider, project=None, person=None):
        assert provider == PROVIDER
        found = [g for g in self.grants if project in {None, g.project} and person in {None, g.person.id}]
        return self.listed("list_grants", tuple(found))

    def list_holdings(self, project=None):
        return self.listed("list_holdings", tuple(h for h in self.holdings if project in {None, h.project}))

    def holding(self, resource):
        self.happens(self.before, "holding")
        return next(holding for holding in self.holdings if holding.id == resource)

    def list_machines(self, _provider):
        return self.listed("list_machines", self.machines)


@attrs.define
class Row:
    """One role that somebody has on a project of B."""

    project: BProjectId
    user: BUserId
    role: str
    expires: datetime | None
    by: BUserId | None


class ConsumerMembers(Listed):
    """B's projects; *accounts* are all accounts of B."""

    def __init__(self, accounts):
        super().__init__()
        self.accounts: dict[BUserId, BPerson] = accounts
        self.rows: list[Row] = []
        self.resources: list[Hosted] = []
        self.staff: set[BUserId] = set()
        self.others: dict[object, tuple[BMember, ...]] = {}
        self.machines = Machines()
        self.writes: list[tuple[object, ...]] = []

    def list_hosted(self, project=None):
        return self.listed("list_hosted", tuple(one for one in self.resources if project in {None, one.project}))

    def hosted(self, resource):
        self.calls.append("hosted")
        self.happens(self.before, "hosted")
        for one in self.resources:
            if one.id == resource:
                return one
        raise NotFound(Side.B, "member.hosted", "Not found.", 404)

    def list_staff(self, project):
        users = dict.fromkeys(row.user for row in self.rows if row.project == project)
        found = [self._member(user) for user in users]
        alone = [
            attrs.evolve(m, works_for_customer=False, roles=tuple(r for r in m.roles if r.project == project))
            for m in found
        ]
        return self.listed("list_staff", tuple(alone))

    def list_members(self, customer):
        if customer != b_customer_id():
            return self.listed("list_others", self.others.get(customer, ()))
        users = list(dict.fromkeys([row.user for row in self.rows] + sorted(self.staff)))
        return self.listed("list_members", tuple(self._member(user) for user in users))

    def list_machines(self):
        return self.listed("list_machines", self.machines)

    def makers_of(self, project):
        made = tuple(Made(row.user, row.role, row.by) for row in self.rows if row.project == project)
        return self.listed("makers_of", made)

    def grant(self, project, user, role, expires):
        self.writes.append(("grant", project, user, role, expires))
        self.happens(self.before, "grant")
        if user not in self.accounts:
            raise Invalid(Side.B, "member.grant", "user: User is not found.", fields=["user"])
        if not self._held(project, user, role):
            self.rows.append(Row(project, user, role, expires, ME))
        self.happens(self.after, "grant")

    def change(self, project, user, role, expires):
        self.writes.append(("change", project, user, role, expires))
        self.happens(self.before, "change")
        held = self._held(project, user, role)
        if len(held) != 1:
            raise ServerFault(Side.B, "member.change", "", 500)
        held[0].expires = expires

    def revoke(self, project, user, role):
        self.writes.append(("revoke", project, user, role))
        self.happens(self.before, "revoke")
        held = self._held(project, user, role)
        if len(held) > 1:
            raise ServerFault(Side.B, "member.revoke", "", 500)
        self.rows = [row for row in self.rows if row not in held]

    def _held(self, project, user, role):
        return [row for row in self.rows if (row.project, row.user, row.role) == (project, user, role)]

    def _member(self, user):
        account = self.accounts[user]
        roles = tuple(RoleHeld(row.project, row.role, row.expires) for row in self.rows if row.user == user)
        return BMember(user, account.username, account.email, user in self.staff, roles)


class ProviderPeople(Listed):
    """What A exposes of people."""

    def __init__(self):
        super().__init__()
        self.disclosures: dict[AUserId, Disclosure] = {}

    def list_disclosures(self):
        return self.listed("list_disclosures", tuple(self.disclosures.values()))


class ConsumerPeople(Listed):
    """B's people: *shown* are those that a look-up shows; the bridge makes accounts, the community knows *cuids*."""

    def __init__(self, accounts):
        super().__init__()
        self.accounts: dict[BUserId, BPerson] = accounts
        self.shown: set[BUserId] | None = None
        self.allowed = frozenset({"first_name", "email", "gender", "phone_number"})
        self.cuids: set[str] = set()
        self.pushes: list[tuple[object, ...]] = []
        self.withdrawals: list[tuple[object, ...]] = []

    def look_up(self, usernames):
        return self.listed("look_up", tuple(a for a in self._visible() if a.username in usernames))

    def look_up_email(self, email):
        return self.listed("look_up_email", tuple(a for a in self._visible() if a.email.casefold() == email.casefold()))

    def allowed_attributes(self):
        self.happens(self.before, "allowed_attributes")
        return self.allowed

    def push(self, username, source, attributes):
        self.pushes.append((username, source, dict(attributes)))
        self.happens(self.before, "push")
        outside = attributes.keys() - self.allowed
        if outside:
            raise Invalid(Side.B, "person.push", f"Not allowed: {', '.join(sorted(outside))}")
        account = self._named(username) or BPerson(b_user_id(username), username, registration_method=source)
        sources = frozenset(account.sources or ()) | {source}
        told = {**account.profile, **attributes}
        self.accounts[account.id] = attrs.evolve(account, sources=sources, profile=told)
        return account.id

    def withdraw(self, username, source):
        self.withdrawals.append((username, source))
        self.happens(self.before, "withdraw")
        account = self._named(username)
        assert account is not None
        sources = frozenset(account.sources or ()) - {source}
        self.accounts[account.id] = attrs.evolve(account, sources=sources, is_active=bool(sources))

    def fetch(self, cuid):
        self.calls.append("fetch")
        self.happens(self.before, "fetch")
        if cuid not in self.cuids:
            raise NotFound(Side.B, "person.fetch", "the person has not been found", 404)
        account = self._named(cuid) or BPerson(b_user_id(cuid), cuid)
        self.accounts[account.id] = account
        return account.id

    def _named(self, username):
        return next((a for a in self.accounts.values() if a.username == username), None)

    def _visible(self):
        return [a for a in self.accounts.values() if self.shown is None or a.id in self.shown]


class Standings(Scripted):
    """What a token holds; the last one for ever."""

    def __init__(self, *shown):
        super().__init__()
        self.shown = list(shown)
        self.reads = 0

    def read(self):
        self.reads += 1
        self.happens(self.before, "read")
        return self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]


def standing(user, *scopes):
    return Standing(
        UserId(user), roles=frozenset(HeldRole("CUSTOMER.OWNER", "customer", scope.hex) for scope in scopes)
    )


class FakeMembers:
    """One project of A with one resource, and its mirror on B."""

    def __init__(
        self,
        *,
        policy=MembershipPolicy.OWNED,
        mapping=None,
        consented_only=False,
        owners=(),
        carries_roles=True,
        **identity,
    ):
        accounts: dict[BUserId, BPerson] = {ME: BPerson(ME, "me")}
        self.a, self.a_people = ProviderMembers(), ProviderPeople()
        self.b, self.b_people = ConsumerMembers(accounts), ConsumerPeople(accounts)
        self.a_rights = Standings(standing(uuid4(), PROVIDER.customer))
        self.b_rights = Standings(standing(ME, b_customer_id()))
        self.clock = Clock(NOW)
        self.journal = MemoryJournal()
        self.learned = MembersLearned()
        rules = MemberRules(
            b_customer_id(),
            b_offering_id(),
            policy,
            mapping or {},
            frozenset(owners),
            consented_only=consented_only,
            carries_roles=carries_roles,
        )
        usual = {"match": MatchField.CUID, "method": ResolveMethod.FIELD, "not_found": NotFoundAction.WARN}
        self.settings = MemberSettings(rules, IdentityRules(**{**usual, **identity}))
        self.share()

    def share(self, number=1, *, a_project=None, b_project=None, **changes):
        """A resource of A, and the one on B that it is linked to."""
        project = a_project_id(number if a_project is None else a_project)
        holding = Holding(a_resource_id(number), project, "OK", str(b_resource_id(number)))
        self.a.holdings.append(attrs.evolve(holding, **changes))
        room = b_project_id(number if b_project is None else b_project)
        self.b.resources.append(Hosted(b_resource_id(number), room, b_offering_id(), "OK"))

    def joins(self, *names, role=MEMBER, project=1, expires=None, **changes):
        """People get a role on A."""
        self.a.grants += [
            AGrant(a_project_id(project), person(name, **changes), role, expires, "Snow") for name in names
        ]

    def leaves(self, *names, project=1, role=None):
        self.a.grants = [
            grant
            for grant in self.a.grants
            if grant.person.username not in names
            or grant.project != a_project_id(project)
            or (role is not None and grant.role != role)
        ]

    def account(self, *names, **changes):
        """People get an account on B."""
        for name in names:
            account = BPerson(b_user_id(name), name, f"{name}@example.org")
            self.b.accounts[account.id] = attrs.evolve(account, **changes)

    def works(self, *names, role=MEMBER, project=1, expires=None, by=ME):
        """People have a role on B."""
        for name in names:
            if b_user_id(name) not in self.b.accounts:
                self.account(name)
            self.b.rows.append(Row(b_project_id(project), b_user_id(name), role, expires, by))

    def exposes(self, name, *, has_consent=None, is_restricted=False, username="", state="OK", **profile):
        self.a_people.disclosures[a_user_id(name)] = Disclosure(
            a_user_id(name), has_consent, is_restricted, profile, username, state
        )

    @property
    def use_case(self):
        ports = MemberPorts(
            a_members=self.a,
            a_people=self.a_people,
            a_rights=self.a_rights,
            b_members=self.b,
            b_people=self.b_people,
            b_rights=self.b_rights,
            b_clock=self.clock,
            pool=WorkPool(),
            journal=self.journal,
        )
        return SyncMembers(ports, self.settings, self.learned)

    def cycle(self, **options):
        return self.use_case.run(**options)

    def plan(self, **options):
        use_case = self.use_case
        return use_case.plan(use_case.observe(), **options)

    def restart(self):
        self.learned = MembersLearned()

    def roles(self, name, project=1):
        """The roles that somebody has on B."""
        rows = [row for row in self.b.rows if (row.user, row.project) == (b_user_id(name), b_project_id(project))]
        return sorted(row.role for row in rows)

    def staff(self, project=1):
        """Everybody with a role on B, but our own account."""
        names = {account.id: account.username for account in self.b.accounts.values()}
        return sorted({names[row.user] for row in self.b.rows if row.project == b_project_id(project)})

    def done(self):
        """The kinds of writes about roles so far."""
        return [write[0] for write in self.b.writes]
