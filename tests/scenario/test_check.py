"""The doctor on pairs of sandboxes with one mistake each: exactly one finding, and the right one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest
import yaml
from dependency_injector import providers
from tests.command import ended
from tests.scenario.harness import A_DAY, Installed, Mounted, play

from federation_adapters.sandbox import ComponentSpec, Fault, PlanSpec, Profile
from federation_adapters.sandbox.access import SYSTEM_ROLES
from federation_core.application.check import MARKS, Severity
from federation_core.domain.health.checks import MARKETPLACE_CHECKS
from federation_core.domain.health.seen import Neighbour

PATIENCE = 60
NOBODY = "deadbeeffeda4abc8def000000000404"
RESOURCE_MARK, OFFERING_MARK = MARKS
TERMS = "/api/marketplace-offering-terms-of-service/"
ERROR, WARNING, NOTE = Severity
HERE = "this environment"


@attrs.define
class Mistake:
    """One thing that is wrong.

    Attributes:
        check: the check that finds it.
        where: what the finding names, or starts with.
        extra: further keys of backend_settings.
        document: edits the offering's entry of the settings.
        world: makes the mistake in a play that is set up.
        seed: how the two worlds are made.
    """

    check: str
    where: str
    severity: Severity = ERROR
    extra: dict[str, Any] = attrs.field(factory=dict)
    document: Callable[[dict[str, Any]], object] | None = None
    world: Callable[[Any], object] | None = None
    seed: dict[str, Any] = attrs.field(factory=dict)

    @property
    def options(self):
        edit = self.document
        entry = None if edit is None else lambda content: edit(content["offerings"][0])
        return {"extra": self.extra, "document": entry, "served": False, **self.seed}


class Changed(httpx.BaseTransport):
    """A sandbox in process whose answers are changed on their way."""

    def __init__(self, sandbox, change):
        self._inner = Mounted(sandbox)
        self._change = change

    def handle_request(self, request):
        told = self._inner.handle_request(request)
        response = httpx.Response(told.status_code, headers=told.headers, content=told.read())
        return self._change(request, response)


def through(side, change):
    """Put *change* between the federation and one side, or both."""

    def make(p):
        for letter in side:
            sandbox = getattr(p.pair, letter).sandbox
            changed = Changed(sandbox, lambda request, response: change(p, request, response))
            getattr(p.federation, f"{letter}_transport").override(providers.Object(changed))

    return make


def with_header(name, value):
    def change(_p, _request, response):
        headers = {key: text for key, text in response.headers.items() if key.lower() != name}
        if value is not None:
            headers[name] = value()
        return httpx.Response(response.status_code, headers=headers, content=response.content)

    return change


def at(offset):
    """A server whose clock is off."""
    return with_header("date", lambda: format_datetime(datetime.now(UTC) + offset, usegmt=True))


def terms_told(p, request, response):
    """A server that lists the terms of service of its offerings."""
    if request.url.path != TERMS:
        return response
    offering = p.pair.b.offering
    row = {"uuid": NOBODY, "offering_uuid": offering.uuid, "is_active": True, "has_user_consent": False}
    return httpx.Response(200, headers={"x-result-count": "1"}, json=[row])


def gone(_p, request, _response):
    raise httpx.ConnectError("Connection refused", request=request)


def fault(side, **options):
    return lambda p: getattr(p.pair, side).sandbox.faults.add(Fault(times=None, **options))


def edit(side, what, **changes):
    """Change the offering, or the federation's user, of one side."""

    def make(p):
        world, pair_side = getattr(p, side), getattr(p.pair, side)
        world.edit(getattr(pair_side, what), **changes)

    return make


def instead(role):
    """B's token has another role on our customer."""

    def make(p):
        side = p.pair.b
        p.b.revoke(side.consumer_user, "CUSTOMER.OWNER", side.customer)
        p.b.grant(side.consumer_user, role, side.customer)

    return make


def supporter_of_a(p):
    side = p.pair.a
    p.a.revoke(side.provider_user, "CUSTOMER.OWNER", side.provider)
    p.a.grant(side.provider_user, "CUSTOMER.SUPPORT", side.provider)


def revoked_on_a(p):
    p.a.revoke(p.pair.a.provider_user, "CUSTOMER.OWNER", p.pair.a.provider)


def revoked_on_b(p):
    p.b.revoke(p.pair.b.consumer_user, "CUSTOMER.OWNER", p.pair.b.customer)


def project_role_on_b(p):
    revoked_on_b(p)
    p.b.grant(p.pair.b.consumer_user, "PROJECT.MANAGER", p.b.add_project(p.pair.b.customer, "mirror"))


def customer_of_the_provider(p):
    rewired(p, target_customer=UUID(p.pair.b.provider.uuid))


def rewired(p, **changes):
    """The federation with other settings."""
    p.federation.settings.override(providers.Object(attrs.evolve(p.federation.settings(), **changes)))


def without_approval(p):
    _, permissions = SYSTEM_ROLES["CUSTOMER.OWNER"]
    p.b.set_permissions("CUSTOMER.OWNER", sorted(permissions - {"ORDER.APPROVE"}))


def staff_on_b(p):
    p.b.edit(p.pair.b.consumer_user, is_staff=True)


def other_target(p):
    """The settings name another offering of B; rewires the federation."""
    made = p.b.add_offering(p.pair.b.provider, "Storage", components=["tape_tb"])
    rewired(p, target_offering=UUID(made.uuid))


def events_elsewhere(p):
    made = p.b.add_offering(p.pair.b.provider, "Support", type="Marketplace.Basic")
    rewired(p, b_events=attrs.evolve(p.federation.settings().b_events, offering=UUID(made.uuid)))


def one_offering(p):
    """A and B are one server, one customer and one offering."""
    settings = p.federation.settings()
    b = attrs.evolve(settings.b, url=settings.a.url, credentials=settings.a.credentials)
    customer = UUID(p.pair.a.provider.uuid)
    rewired(p, b=b, target_offering=settings.offering, target_customer=customer)
    p.federation.b_transport.override(providers.Object(Mounted(p.pair.a.sandbox)))


def made_on_b(p, marked, offering=None):
    """A resource on B with our marks, and its UUID with dashes."""
    project = next(iter(p.b.projects), None) or p.b.add_project(p.pair.b.customer, "mirror")
    marks = {RESOURCE_MARK: marked, OFFERING_MARK: offering or p.pair.a.offering.uuid} if marked else {}
    return str(UUID(p.b.add_resource(p.pair.b.offering, project, attributes=marks).uuid))


def made_on_a(p, link=""):
    return p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0], backend_id=link)


def double_links(p):
    first = made_on_a(p)
    link = made_on_b(p, first.uuid)
    p.a.edit(first, backend_id=link)
    made_on_a(p, link)


def double_links_to_nothing(p):
    for _ in range(2):
        made_on_a(p, str(UUID(NOBODY)))


def lost_links(p):
    made_on_a(p, str(UUID(NOBODY)))


def unmarked(p):
    made_on_a(p, made_on_b(p, ""))


def unfiltered(p):
    marked = made_on_a(p)
    p.a.edit(marked, backend_id=made_on_b(p, marked.uuid))


def twins(p):
    marked = made_on_a(p)
    p.a.edit(marked, backend_id=made_on_b(p, marked.uuid))
    made_on_b(p, marked.uuid)


def twin_projects(p):
    key = f"{UUID(p.pair.a.consumer.uuid)}_{UUID(p.pair.a.projects[0].uuid)}"
    for name in ("mirror", "another"):
        p.b.add_project(p.pair.b.customer, name, backend_id=key)


def granted_by_another(p):
    """B's owner gave somebody a role in the mirror of a project that has a resource."""
    resource = made_on_a(p)
    p.a.edit(resource, backend_id=made_on_b(p, resource.uuid))
    (mirror,) = p.b.projects
    p.b.grant(p.b.add_user("guest"), "PROJECT.MEMBER", mirror, created_by=p.b.add_user("owner"))


def bridge_open(p, **user):
    p.b.settings.identity_bridge = True
    p.b.edit(p.pair.b.consumer_user, is_identity_manager=True, **user)


def component(**changes):
    return lambda entry: entry["backend_components"]["node_hours"].update(changes)


def also_mapped(entry):
    node_hours = entry["backend_components"]["node_hours"]
    entry["backend_components"]["core_hours"] = {**node_hours, "target_components": {"extra": {"factor": 1}}}


def passed_through(entry):
    entry["backend_components"] = {"node_hours": {**entry["backend_components"]["node_hours"], "target_components": {}}}


def by_usage(entry):
    entry["backend_components"]["node_hours"]["accounting_type"] = "usage"


def key(name, value):
    return lambda entry: entry.update({name: value})


def target(name, value):
    return lambda entry: entry["backend_settings"].update({name: value})


def declares(**options):
    return {"options": {"order": sorted(options), "options": options}}


A_BY_USAGE = {"a_components": (ComponentSpec("node_hours", "usage"),)}
BRIDGE = {"identity_bridge_source": "isd:example"}
OPTIONAL = {"type": "string", "required": False}
B = "backend_settings."


def beside(name, entry, *, is_ours=False):
    """Another distribution is installed where we are, and registers *entry* for the official agent."""
    names = frozenset({entry})
    found = Neighbour(name, "1.0.7", names, names if is_ours else frozenset())
    return lambda p: p.federation.packages.override(providers.Object(Installed((found,))))


MISTAKES = {
    "A is down": Mistake("a-answers", "waldur_api_url", world=through("a", gone)),
    "B is down": Mistake("b-answers", f"{B}target_api_url", world=through("b", gone)),
    "B is a sign-in page": Mistake("b-answers", f"{B}target_api_url", world=fault("b", kind="html")),
    "B is broken": Mistake("b-answers", f"{B}target_api_url", world=fault("b", kind="status", status=503)),
    "A's token is wrong": Mistake("a-token", "waldur_api_token", document=key("waldur_api_token", "f" * 40)),
    "B's token is wrong": Mistake("b-token", f"{B}target_api_token", extra={"target_api_token": "f" * 40}),
    "B's token has expired": Mistake(
        "b-token",
        f"{B}target_api_token",
        world=edit("b", "consumer_user", token_expires_at=datetime.now(UTC) - A_DAY),
    ),
    "B's user is deactivated": Mistake(
        "b-token", f"{B}target_api_token", world=edit("b", "consumer_user", is_active=False)
    ),
    "A's token ends tomorrow": Mistake(
        "a-token-end",
        "waldur_api_token",
        WARNING,
        world=edit("a", "provider_user", token_expires_at=datetime.now(UTC) + A_DAY),
    ),
    "B's token is staff's": Mistake("b-staff", f"{B}target_api_token", WARNING, world=staff_on_b),
    "A's certificate is not checked": Mistake(
        "a-certificate", "verify_ssl", WARNING, document=key("verify_ssl", False)
    ),
    "B's certificate is not checked": Mistake(
        "b-certificate", f"{B}target_verify_ssl", WARNING, extra={"target_verify_ssl": False}
    ),
    "B fails on projects": Mistake("b-reads", "B project.list", world=fault("b", kind="status", path="/projects/")),
    "A forbids its roles": Mistake(
        "a-roles-told",
        "waldur_api_token",
        WARNING,
        world=fault("a", kind="status", status=403, path="/roles/"),
    ),
    "B's proxy drops the count": Mistake(
        "b-paging", f"{B}target_api_url", world=through("b", with_header("x-result-count", None))
    ),
    "B's proxy drops the links": Mistake(
        "b-paging", f"{B}target_api_url", world=through("b", with_header("link", None))
    ),
    "A miscounts": Mistake(
        "a-paging", "waldur_api_url", world=fault("a", kind="wrong_count", path="/marketplace-provider-resources/")
    ),
    "B miscounts projects": Mistake("b-lists", "B lists", world=fault("b", kind="wrong_count", path="/projects/")),
    "A is of 2024": Mistake("a-features", "waldur_api_url", WARNING, seed={"profile": "2024-10"}),
    "B's clock is wrong": Mistake("clocks", "A and B", world=through("b", at(timedelta(minutes=10)))),
    "this machine's clock is wrong": Mistake(
        "own-clock", "this machine", WARNING, world=through("ab", at(timedelta(minutes=10)))
    ),
    "A delivers itself": Mistake(
        "self-delivery", f"{B}target_offering_uuid", world=one_offering, document=passed_through
    ),
    "no such offering on A": Mistake(
        "a-offering", "waldur_offering_uuid", document=key("waldur_offering_uuid", NOBODY)
    ),
    "no such offering on B": Mistake("b-offering", f"{B}target_offering_uuid", extra={"target_offering_uuid": NOBODY}),
    "another offering of B": Mistake("b-fits", f"{B}target_offering_uuid", world=other_target),
    "A's offering is of another type": Mistake(
        "a-type", "waldur_offering_uuid", world=edit("a", "offering", type="Marketplace.Basic")
    ),
    "A's offering is paused": Mistake("a-state", "A offering", WARNING, world=edit("a", "offering", state="Paused")),
    "A has no plan": Mistake("a-plans", "A offering", WARNING, seed={"a_plans": ()}),
    "A's role is too weak": Mistake("a-rights", "waldur_api_token", world=supporter_of_a),
    "A's token is of somebody else": Mistake("a-offering", "waldur_offering_uuid", world=revoked_on_a),
    "B's token lost its role": Mistake("b-customer", f"{B}target_customer_uuid", world=revoked_on_b),
    "B's token has a role on a project alone": Mistake(
        "b-customer", f"{B}target_customer_uuid", world=project_role_on_b
    ),
    "B's offering is archived": Mistake(
        "b-offering", f"{B}target_offering_uuid", world=edit("b", "offering", state="Archived")
    ),
    "the address of A is another path": Mistake(
        "a-answers", "waldur_api_url", document=key("waldur_api_url", "http://a.example/portal/")
    ),
    "the customer of B's provider": Mistake("b-customer", f"{B}target_customer_uuid", world=customer_of_the_provider),
    "B asks for patience": Mistake(
        "b-answers", f"{B}target_api_url", world=fault("b", kind="status", status=429, retry_after=600)
    ),
    "another customer of B": Mistake("b-customer", f"{B}target_customer_uuid", extra={"target_customer_uuid": NOBODY}),
    "B's role is too weak": Mistake("b-rights", f"{B}target_api_token", world=instead("CUSTOMER.SUPPORT")),
    "B's role may not consent": Mistake("b-consent", f"{B}target_api_token", WARNING, world=without_approval),
    "B's offering is of a special type": Mistake(
        "b-type", f"{B}target_offering_uuid", WARNING, world=edit("b", "offering", type="OpenStack.Tenant")
    ),
    "B's offering is paused": Mistake("b-state", "B offering", world=edit("b", "offering", state="Paused")),
    "B has terms of service": Mistake("b-terms", f"{B}accept_terms_of_service", world=through("b", terms_told)),
    "B demands an option": Mistake(
        "b-options",
        f"{B}passthrough_attributes",
        world=edit("b", "offering", **declares(cluster={"type": "string", "required": True})),
    ),
    "B demands an end date": Mistake(
        "b-conditions",
        "B offering",
        WARNING,
        world=edit("b", "offering", plugin_options={"is_resource_termination_date_required": True}),
    ),
    "B's events go by another type": Mistake(
        "b-events",
        f"{B}target_stomp_offering_uuid",
        WARNING,
        extra={"target_stomp_enabled": True},
        world=events_elsewhere,
    ),
    "B's events go by nothing": Mistake(
        "b-events",
        f"{B}target_stomp_offering_uuid",
        WARNING,
        extra={"target_stomp_enabled": True, "target_stomp_offering_uuid": NOBODY},
    ),
    "B demands our mark of everybody": Mistake(
        "marks-declared",
        "B offering",
        world=edit("b", "offering", **declares(**{RESOURCE_MARK: {"type": "string", "required": True}})),
    ),
    "B declares our mark as a number": Mistake(
        "marks-declared",
        "B offering",
        world=edit("b", "offering", **declares(**{RESOURCE_MARK: OPTIONAL, OFFERING_MARK: {"type": "integer"}})),
    ),
    "B keeps the wrong mark unique": Mistake(
        "marks-unique",
        "B offering",
        world=edit("b", "offering", plugin_options={"unique_resource_per_attribute": OFFERING_MARK}),
    ),
    "B has no plan": Mistake("b-plans", "B offering", WARNING, seed={"b_plans": ()}),
    "B has several plans": Mistake("plan", f"{B}target_plan", seed={"b_plans": ("Small", "Large")}),
    "B has no such plan": Mistake("plan", f"{B}target_plan", extra={"target_plan": "Huge"}, seed={"a_plans": ("Own",)}),
    "B's only plan is archived": Mistake(
        "b-plans", "B offering", WARNING, seed={"b_plans": (PlanSpec("Standard", archived=True),)}
    ),
    "A's plans are one on B": Mistake("plan-switch", "A offering", NOTE, seed={"a_plans": ("Small", "Large")}),
    "a factor without effect": Mistake(
        "unit-factor", "backend_components.node_hours.unit_factor", WARNING, document=component(unit_factor=60)
    ),
    "a component that A lacks": Mistake(
        "a-components",
        "backend_components.core_hours",
        document=also_mapped,
        seed={"b_components": ("gpu_hours", "storage_gb_hours", "extra")},
    ),
    "a component of A that is not mapped": Mistake(
        "a-unmapped", "backend_components", seed={"a_components": ("node_hours", "core_hours")}
    ),
    "A bills otherwise": Mistake(
        "accounting", "backend_components.node_hours.accounting_type", WARNING, seed=A_BY_USAGE
    ),
    "a component that B lacks": Mistake(
        "b-components",
        "backend_components.node_hours.target_components.storage_gb_hours",
        seed={"b_components": ("gpu_hours",)},
    ),
    "a limit that B does not take": Mistake(
        "limits-lost",
        "backend_components.node_hours.target_components",
        WARNING,
        seed={"b_components": ("gpu_hours", ComponentSpec("storage_gb_hours", "usage"))},
    ),
    "limits that nobody buys": Mistake(
        "limits-unset",
        "backend_components.node_hours.target_components",
        WARNING,
        document=by_usage,
        seed=A_BY_USAGE,
    ),
    "usage that nobody meters": Mistake(
        "usage-unmetered",
        "backend_components.node_hours.target_components",
        WARNING,
        document=by_usage,
        seed={
            **A_BY_USAGE,
            "b_components": (ComponentSpec("gpu_hours", "fixed"), ComponentSpec("storage_gb_hours", "usage")),
        },
    ),
    "B sells more": Mistake(
        "b-unmapped", "B offering", NOTE, seed={"b_components": ("gpu_hours", "storage_gb_hours", "tape_tb")}
    ),
    "two links to one resource": Mistake("double-links", "B resource", world=double_links),
    "two links to nothing": Mistake("double-links", "B resource", world=double_links_to_nothing),
    "a link to nothing": Mistake("lost-links", "A resources", WARNING, world=lost_links),
    "a resource without marks": Mistake("marks-kept", "B resource", WARNING, world=unmarked),
    "B ignores the filter": Mistake(
        "marks-filter",
        f"{B}target_api_url",
        NOTE,
        world=unfiltered,
        seed={"profile": Profile(attribute_filter=False)},
    ),
    "twins on B": Mistake("twins", "A resource", WARNING, world=twins),
    "two mirrors of one project": Mistake("twin-projects", "A project", WARNING, world=twin_projects),
    "a role that A lacks": Mistake(
        "a-roles",
        f"{B}role_mapping.PROJECT.BOSS",
        WARNING,
        extra={"role_mapping": {"PROJECT.BOSS": "PROJECT.ADMIN"}},
    ),
    "a role that B lacks": Mistake(
        "b-roles", f"{B}role_mapping.PROJECT.ADMIN", extra={"role_mapping": {"PROJECT.ADMIN": "PROJECT.BOSS"}}
    ),
    "B's bridge is closed": Mistake("bridge", f"{B}identity_bridge_source", extra=BRIDGE),
    "somebody else's grant on B": Mistake("people-spared", f"{B}grant_owner_uuids", WARNING, world=granted_by_another),
    "B's bridge is not ours": Mistake(
        "bridge-source",
        f"{B}identity_bridge_source",
        extra=BRIDGE,
        world=lambda p: bridge_open(p, managed_isds=("isd:other",)),
    ),
    "the official plug-in is installed too": Mistake(
        "plugins-clash", HERE, WARNING, world=beside("waldur-site-agent-waldur", "waldur", is_ours=True)
    ),
    "another official plug-in is installed": Mistake(
        "plugins-beside", HERE, NOTE, world=beside("waldur-site-agent-cscs-dwdi", "cscs-dwdi-compute")
    ),
}


def report_of(p):
    report = p.federation.check_offering().run()
    told = json.dumps(report.as_json())
    assert p.pair.a_token not in told
    assert p.pair.b_token not in told
    for side in (p.pair.a, p.pair.b):
        assert {exchange.method for exchange in side.sandbox.requests.entries} <= {"GET", "HEAD"}
    return report


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_one_finding(name):
    mistake = MISTAKES[name]
    with play(**mistake.options) as p:
        if mistake.world is not None:
            mistake.world(p)
        report = report_of(p)
    found = [(told.check, told.severity, told.finding.path) for told in report.found]
    assert len(found) == 1, report.found
    ((check, severity, where),) = found
    assert (check, severity) == (mistake.check, mistake.severity)
    assert where.startswith(mistake.where)
    assert report.is_trouble is (severity is ERROR)
    assert report.found[0].finding.cause
    assert report.found[0].finding.fix


@pytest.mark.parametrize("served", [False, True], ids=["mounted", "served"])
def test_a_healthy_pair_has_no_finding(served):
    with play(served=served) as p:
        report = report_of(p)
    assert (report.found, report.skipped) == ((), ())
    assert len(report.passed) == len(MARKETPLACE_CHECKS)


def test_a_pair_at_work_has_no_finding():
    with play(extra={**BRIDGE, "target_stomp_enabled": True}) as p:
        p.living()
        bridge_open(p, managed_isds=("isd:example",))
        report = p.federation.check_offering().run()
    assert report.found == ()


def test_every_check_has_a_mistake_that_it_finds():
    """But those that the sandbox cannot show, or that stand for the other side's."""
    found = {mistake.check for mistake in MISTAKES.values()}
    named = {check.name.removeprefix("a-").removeprefix("b-") for check in MARKETPLACE_CHECKS}
    assert named - {name.removeprefix("a-").removeprefix("b-") for name in found} == {"page-size"}
    assert len(MISTAKES) >= 25


def test_several_mistakes_are_all_told():
    with play(served=False, b_plans=("Small", "Large")) as p:
        supporter_of_a(p)
        p.b.edit(p.pair.b.offering, state="Paused")
        report = report_of(p)
    assert {told.check for told in report.found} == {"a-rights", "b-state", "plan"}


def test_two_servers_that_are_down_are_two_findings():
    with play(served=False) as p:
        through("ab", gone)(p)
        report = p.federation.check_offering().run()
    assert [told.check for told in report.found] == ["a-answers", "b-answers"]
    assert {one.because for one in report.skipped} == {"a-answers", "b-answers"}


class TestCommand:
    """The command as its users meet it."""

    @pytest.fixture
    def run(self, tmp_path):
        def call(p, *options, **changes):
            content = yaml.safe_load(p.config)
            content["offerings"][0].update(changes)
            path = tmp_path / "config.yaml"
            path.write_text(yaml.safe_dump(content))
            done = ended("check", "-c", path, *options)
            told = done.stdout + done.stderr
            assert not any(secret in told for secret in (p.pair.a_token, p.pair.b_token, "Traceback"))
            return done.returncode, done.stdout, done.stderr

        return call

    def test_a_healthy_pair_is_status_0(self, run):
        with play() as p:
            status, out, _ = run(p)
        assert status == 0
        assert "0 errors, 0 warnings, 0 notes" in out
        assert "offering of B" in out

    def test_warnings_leave_the_status(self, run):
        with play(document=lambda content: component(unit_factor=60)(content["offerings"][0])) as p:
            status, out, _ = run(p)
        assert status == 0
        assert "1 warning" in out
        assert "backend_components.node_hours.unit_factor" in out

    def test_errors_are_status_1_and_what_waits_for_them_is_told(self, run):
        with play() as p:
            status, out, _ = run(p, waldur_api_token="f" * 40)
        assert status == 1
        assert "waldur_api_token" in out
        assert "before a-token is mended: a-token-end, " in out

    def test_a_wrong_file_is_status_2_with_all_its_mistakes(self, run):
        with play() as p:
            status, out, err = run(p, waldur_offering_uuid="nonsense", waldur_api_url="nowhere")
        assert (status, out) == (2, "")
        assert err.count("error: ") == 2

    def test_json_is_one_object_by_offering(self, run):
        with play(b_plans=("Small", "Large")) as p:
            status, out, _ = run(p, "--json")
        assert status == 1
        (report,) = json.loads(out).values()
        (finding,) = report["findings"]
        assert (finding["check"], finding["severity"], finding["where"]) == ("plan", "error", f"{B}target_plan")
        assert finding["fix"] == "set target_plan to one of: Large, Small"
        assert report["skipped"] == [{"check": "plan-switch", "because": "plan"}]
