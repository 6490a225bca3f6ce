"""The table of checks, and what the sandbox cannot show."""

import re
import string
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.fakes.health import A_OWNER, SOURCE, TARGET, WISHES
from tests.fakes.peers import OWNER
from tests.strategies.builders import NOW, a_b_resource, a_resource, a_resource_id, b_resource_id, linked

from federation_core.domain.errors import (
    Finding,
    Forbidden,
    Throttled,
    TimedOut,
    Unauthorised,
    UnexpectedShape,
    Unsupported,
)
from federation_core.domain.health.checks import CHECKS, checks_for
from federation_core.domain.health.meters import METERS
from federation_core.domain.health.peers import PEERS
from federation_core.domain.health.plugins import PLUGINS
from federation_core.domain.health.seen import Feature, MetersSeen, Neighbour, Page, PeerSeen, Seen, Terms
from federation_core.domain.health.table import Check, Severity, check, hit, judge
from federation_core.domain.ids import BOfferingId, Side, dashed
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.metering.figures import Figures, MonthRead
from federation_core.domain.metering.meters import AccountMeter, AccountRules, MeterBook, PathMeter, PathRules, as_path
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.standing import HeldRole

DOCS = Path(__file__).parents[3] / "docs"
FIELDS_ALONE = {
    "RESOURCE.SET_END_DATE",
    "SERVICE_PROVIDER.LIST_PROJECTS",
    "OFFERING.UPDATE_USER",
    "PROJECT.UPDATE",
    "PROJECT.DELETE",
}
"""Permissions for fields that may stay apart: the doctor does not ask for them."""

NAMES = [one.name for one in CHECKS]
SPELLED = re.compile(r"`([A-Z_]+\.[A-Z_]+)`")
BLANK = Seen(WISHES, NOW, PeerSeen(Side.A, "url", "token", "verify"), PeerSeen(Side.B, "url", "token", "verify"))


def peer(side, **changes):
    usual = PeerSeen(
        side,
        "url",
        "token",
        "verify",
        ahead=timedelta(0),
        standing=A_OWNER if side is Side.A else OWNER,
        version="8.1.2",
        roles=Complete({"CUSTOMER.OWNER": frozenset({"ORDER.APPROVE"})}),
        pages=(),
    )
    return attrs.evolve(usual, **changes)


def a_seen(*, a=None, b=None, **changes):
    usual = Seen(
        WISHES,
        NOW,
        peer(Side.A, **(a or {})),
        peer(Side.B, **(b or {})),
        lacks=frozenset(),
        a_offering=SOURCE,
        a_resources=Complete(()),
        b_offering=TARGET,
        b_resources=Complete(()),
        b_projects=Complete(()),
    )
    return attrs.evolve(usual, **changes)


def permissions_of_the_manual():
    rows = (DOCS / "how-to/connect-two-waldurs.md").read_text().splitlines()
    named = {
        (side, name) for side in Side for row in rows if row.startswith(f"| {side} |") for name in SPELLED.findall(row)
    }
    return sorted((str(side), name) for side, name in named if name not in FIELDS_ALONE)


def found(seen):
    return {told.check: told.finding for told in judge(CHECKS, seen).found}


class TestTable:
    def test_names_are_used_once(self):
        assert len(set(NAMES)) == len(NAMES)

    @pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
    def test_a_check_stands_after_those_it_needs(self, one):
        assert set(one.needs) <= set(NAMES[: NAMES.index(one.name)])

    @pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
    def test_a_check_says_what_holds_what_is_wrong_and_what_to_do(self, one):
        assert one.holds
        assert not one.holds.endswith(".")
        for template in (one.cause, one.fix):
            assert template
            assert not template.endswith(".")
            list(string.Formatter().parse(template))

    @pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
    def test_the_page_has_it(self, one):
        row = next(line for line in (DOCS / "reference/checks.md").read_text().splitlines() if f"`{one.name}`" in line)
        assert one.holds in row
        assert f"| {one.severity.value} |" in row

    def test_the_page_has_no_others(self):
        rows = [line for line in (DOCS / "reference/checks.md").read_text().splitlines() if line.startswith("| `")]
        assert {name.strip("` ") for row in rows for name in row.split("|")[1].split(",")} == set(NAMES)

    @pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.name)
    def test_a_check_is_total(self, one):
        failed = TimedOut(Side.B, "user.me")
        reads = {field.name for field in attrs.fields(Seen)} - {"wishes", "now", "a", "b", "neighbours", "meters"}
        failures: dict[str, Any] = dict.fromkeys(reads, failed)
        broken = attrs.evolve(BLANK, **failures)
        for seen in (BLANK, broken):
            list(one.look(seen))


CONDITIONS = (
    "is_resource_termination_date_required",
    "minimal_team_count_for_provisioning",
    "required_team_role_for_provisioning",
    "require_purchase_order_upload",
)


class TestConditions:
    @pytest.mark.parametrize("option", CONDITIONS)
    def test_what_orders_of_ours_lack_is_named_as_b_spells_it(self, option):
        seen = a_seen(b_offering=attrs.evolve(TARGET, conditions={option: 1}))
        assert option in found(seen)["b-conditions"].cause

    def test_nothing_is_demanded_by_an_option_that_is_off(self):
        assert "b-conditions" not in found(
            a_seen(b_offering=attrs.evolve(TARGET, conditions=dict.fromkeys(CONDITIONS, 0)))
        )


def a_check(name, *needs, severity=Severity.ERROR, finds=True):
    @check(name, severity, cause="{what} is wrong", fix="mend {what}", needs=needs)
    def look(_seen):
        """All is well."""
        if finds:
            yield hit("here", what=name)

    return look


class TestJudge:
    def test_a_finding_is_told_in_the_words_of_its_check(self):
        (told,) = judge([a_check("one")], BLANK).found
        assert (told.check, told.severity) == ("one", Severity.ERROR)
        assert told.finding == Finding("here", "one is wrong", "mend one")

    def test_what_depends_on_a_finding_is_skipped_by_its_root(self):
        table: list[Check] = [a_check("root"), a_check("middle", "root"), a_check("leaf", "middle")]
        verdict = judge(table, BLANK)
        assert [told.check for told in verdict.found] == ["root"]
        assert [(one.check, one.because) for one in verdict.skipped] == [("middle", "root"), ("leaf", "root")]

    def test_the_worst_comes_first_else_the_order_of_the_table(self):
        table = [
            a_check("note", severity=Severity.NOTE),
            a_check("first"),
            a_check("warning", severity=Severity.WARNING),
            a_check("second"),
        ]
        assert [told.check for told in judge(table, BLANK).found] == ["first", "second", "warning", "note"]

    def test_what_finds_nothing_has_passed(self):
        verdict = judge([a_check("fine", finds=False), a_check("next", "fine", finds=False)], BLANK)
        assert (verdict.passed, verdict.skipped, verdict.found) == (("fine", "next"), (), ())


class TestPaging:
    @pytest.mark.parametrize(
        ("page", "words"),
        [
            (Page(2, 2, None, has_next=False), "X-Result-Count"),
            (Page(2, 9, 9, has_next=False), "9 rows came where 2 were asked for"),
            (Page(2, 2, 9, has_next=False), "names no next page"),
            (Page(2, 2, 2, has_next=True), "names a next page"),
        ],
    )
    def test_a_flaw_is_named(self, page, words):
        assert words in found(a_seen(b={"pages": (page,)}))["b-paging"].cause

    def test_a_smaller_page_is_worth_a_note(self):
        told = found(a_seen(a={"pages": (Page(300, 100, 250, has_next=True),)}))
        assert set(told) == {"a-page-size"}
        assert "100 rows" in told["a-page-size"].cause

    def test_roles_that_are_not_all_listed_are_a_gap(self):
        assert "half" in found(a_seen(b={"roles": Incomplete({}, "half")}))["b-lists"].cause


class TestClocks:
    @pytest.mark.parametrize(
        ("a", "b", "words"),
        [(0, 600, "B's is wrong"), (-600, 0, "A's is wrong"), (600, -600, "agrees with neither")],
    )
    def test_whose_clock_is_wrong_is_told(self, a, b, words):
        seen = a_seen(a={"ahead": timedelta(seconds=a)}, b={"ahead": timedelta(seconds=b)})
        assert words in found(seen)["clocks"].cause

    def test_the_margin_is_fine(self):
        assert not found(a_seen(a={"ahead": timedelta(seconds=60)}, b={"ahead": timedelta(0)}))


def test_a_certificate_that_is_not_checked_is_told_with_the_key_to_remove():
    finding = found(a_seen(b={"verify_key": "backend_settings.target_verify_ssl", "verifies": False}))["b-certificate"]
    assert finding.path == "backend_settings.target_verify_ssl"
    assert finding.fix.startswith("remove target_verify_ssl;")


class TestTokens:
    @pytest.mark.parametrize(
        ("ahead", "left", "ends_soon"), [(0, 0, False), (0, -1, True), (60, 59, True), (60, 60, False)]
    )
    def test_a_token_is_valid_for_two_weeks_by_its_servers_clock(self, ahead, left, ends_soon):
        standing = attrs.evolve(OWNER, token_expires_at=NOW + timedelta(days=14, seconds=left))
        told = found(a_seen(b={"standing": standing, "ahead": timedelta(seconds=ahead)}))
        assert set(told) == ({"b-token-end"} if ends_soon else set())


class TestRights:
    def asks(self, *permissions, held="CUSTOMER.OWNER", known="ORDER.CREATE"):
        roles = {"CUSTOMER.OWNER": frozenset(permissions), "OTHER": frozenset({known})}
        role = HeldRole(held, "customer", WISHES.customer.hex)
        return found(a_seen(b={"roles": Complete(roles), "standing": attrs.evolve(OWNER, roles=frozenset({role}))}))

    def test_a_permission_that_only_other_roles_have_is_missing(self):
        assert "ORDER.CREATE" in self.asks("ORDER.APPROVE")["b-rights"].cause

    @pytest.mark.parametrize(("side", "permission"), permissions_of_the_manual())
    def test_each_permission_of_the_manual_is_missed_where_a_role_lacks_it(self, side, permission):
        every = frozenset(name for of, name in permissions_of_the_manual() if of == side)
        roles = Complete({"CUSTOMER.OWNER": every - {permission}, "OTHER": every})
        told = found(a_seen(**{side.lower(): {"roles": roles}})).values()
        assert [finding.cause.partition(" do not include ")[2].partition(",")[0] for finding in told] == [permission]

    def test_a_permission_that_the_server_does_not_know_is_not(self):
        assert not self.asks("ORDER.APPROVE", known="SOMETHING.ELSE")

    def test_a_role_that_the_server_does_not_list_may_carry_anything(self):
        assert not self.asks("ORDER.APPROVE", held="PRIVATE.ROLE")

    def test_staff_need_no_role(self):
        seen = a_seen(b={"standing": attrs.evolve(OWNER, is_staff=True, roles=frozenset())})
        assert set(found(seen)) == {"b-staff"}

    @pytest.mark.parametrize("standing", [OWNER, None])
    def test_only_staff_need_not_agree_to_terms(self, standing):
        assert "b-terms" in found(a_seen(b={"standing": standing}, terms=Terms(in_force=True)))
        staff = attrs.evolve(OWNER, is_staff=True)
        assert "b-terms" not in found(a_seen(b={"standing": staff}, terms=Terms(in_force=True)))

    def test_roles_that_are_not_told_are_not_judged(self):
        told = found(a_seen(b={"roles": Forbidden(Side.B, "role.list", "no", 403)}))
        assert set(told) == {"b-roles-told"}

    def test_a_token_without_a_role_is_told_to_have_none(self):
        told = found(a_seen(a={"standing": attrs.evolve(OWNER, roles=frozenset())}))
        assert "the roles of A's token (none) do not include" in told["a-rights"].cause


class TestComponents:
    TWO = attrs.evolve(WISHES, mapping=ComponentMapping.of({"hours": {"hours": 1}, "node": {"gpu": 1, "tape": 2}}))

    def test_a_missing_target_is_named_where_it_is_written(self):
        (finding,) = (told.finding for told in judge(CHECKS, a_seen(wishes=self.TWO)).found)
        assert finding.path.endswith("backend_components.node.target_components.tape")

    def test_an_offering_without_components_is_told_to_have_none(self):
        empty = attrs.evolve(TARGET, offering=attrs.evolve(TARGET.offering, components={}))
        assert found(a_seen(wishes=self.TWO, b_offering=empty))["b-fits"].cause.endswith("it has none")


class TestResources:
    @pytest.mark.parametrize("mark", ["for_resource", "for_offering"])
    def test_one_mark_that_is_dropped_is_as_bad_as_both(self, mark):
        on_a, on_b = linked(), a_b_resource(**{mark: None})
        told = found(a_seen(a_resources=Complete((on_a,)), b_resources=Complete((on_b,))))
        assert told["marks-kept"].path == f"B resource {on_b.id}"
        assert not found(a_seen(a_resources=Complete((on_a,)), b_resources=Complete((a_b_resource(),))))


@pytest.mark.parametrize("version", [None, ""])
def test_a_release_that_is_not_told_is_told_to_be_so(version):
    seen = a_seen(a={"version": version}, lacks=frozenset({Feature.STAMPS}))
    assert "A (it does not tell its release) lacks" in found(seen)["a-features"].cause


class TestMeters:
    MONTH = Month(2026, 3)

    def seen(self, *resources, rules=None, ping=True, read=None, **changes):
        book = MeterBook.of(resources, rules or AccountRules())
        names = {resource.id: resource.name for resource in resources}
        meters = MetersSeen(ping, book, names, self.MONTH, MonthRead() if read is None else read)
        return a_seen(wishes=attrs.evolve(WISHES, metered=True), meters=meters, **changes)

    def told(self, *resources, **changes):
        seen = self.seen(*resources, **changes)
        return {told.check: told.finding for told in judge(checks_for(seen.wishes), seen).found}

    @pytest.mark.parametrize(
        ("error", "key", "words"),
        [
            (Unauthorised(Side.B, "token.fetch", "no", 401), "cscs_dwdi_client_id", "cscs_dwdi_client_secret"),
            (Forbidden(Side.B, "compute.ping", "no", 403), "cscs_dwdi_oidc_scope", "given the scope"),
            (Unsupported(Side.B, "storage.ping", "no", 404), "cscs_dwdi_api_url", "storage_filesystem"),
            (Throttled(Side.B, "compute.ping", "no", 429), "max_concurrent_requests", "lower it"),
            (TimedOut(Side.B, "compute.ping"), "cscs_dwdi_api_url", "socks_proxy"),
            (UnexpectedShape(Side.B, "compute.ping", "odd"), "cscs_dwdi_api_url", "whether it is the warehouse's"),
        ],
    )
    def test_a_warehouse_that_cannot_be_asked_is_told_with_the_key_to_look_at(self, error, key, words):
        finding = self.told(ping=error)["warehouse-answers"]
        assert finding.path == f"backend_settings.{key}"
        assert words in finding.fix

    def test_what_could_not_be_read_is_an_error(self):
        assert "could not be read" in self.told(read=TimedOut(Side.B, "compute.month"))["warehouse-reads"].cause
        failed = MonthRead(failed={AccountMeter("g1"): "down"})
        finding = self.told(a_resource(backend_id="g1"), read=failed)["warehouse-reads"]
        assert (finding.path, "2026-03" in finding.cause) == ("account g1", True)

    def test_a_resource_without_a_path_is_an_error(self):
        finding = self.told(a_resource(name="climate", backend_id="x"), rules=PathRules())["meters-known"]
        assert "the usage of climate is not told" in finding.cause

    @pytest.mark.parametrize(("rules", "name"), [(AccountRules(), "meters-contested"), (PathRules(), "meters-shared")])
    def test_two_resources_of_one_meter_are_told(self, rules, name):
        twins = [a_resource(id=a_resource_id(n), name=f"n{n}", backend_id="/x") for n in (1, 2)]
        told = self.told(*twins, rules=rules)
        assert f"n1 ({twins[0].id}), n2 ({twins[1].id})" in told[name].cause
        assert not {"meters-contested", "meters-shared"} - {name} & told.keys()

    @pytest.mark.parametrize(
        ("rules", "backend_id", "others", "words"),
        [
            (AccountRules(), "g1", False, "compare the account"),
            (AccountRules("alps"), "g1", False, "its cluster is alps"),
            (PathRules(), "/x", False, "storage_data_type"),
            (PathRules(), "/x", True, "compare the path"),
        ],
    )
    def test_what_is_not_shown_is_told_with_what_to_compare(self, rules, backend_id, others, words):
        read = MonthRead({PathMeter(as_path("/other")): Figures({})} if others else {})
        assert words in self.told(a_resource(backend_id=backend_id), rules=rules, read=read)["meters-shown"].fix

    def test_what_is_not_shown_is_told_with_its_own_resources_alone(self):
        resources = [a_resource(id=a_resource_id(n), name=f"n{n}", backend_id=f"g{n}") for n in (1, 2)]
        told = self.told(*resources, read=MonthRead({AccountMeter("g2"): Figures({})}))
        assert told["meters-shown"].cause.endswith(f"which meters n1 ({resources[0].id})")

    def test_what_is_shown_is_fine(self):
        assert not self.told(a_resource(backend_id="g1"), read=MonthRead({AccountMeter("g1"): Figures({})}))

    def test_a_metered_offering_is_checked_on_a_and_in_the_warehouse_alone(self):
        names = {one.name for one in checks_for(self.seen().wishes)}
        assert {"a-token", "a-offering", "a-components", "plugins-clash", "meters-shown"} <= names
        assert not any(name.startswith("b-") for name in names)
        assert not self.told()


class TestPlugins:
    def told(self, *neighbours):
        return {told.check: told for told in judge(CHECKS, a_seen(neighbours=neighbours)).found}

    def test_a_name_that_is_registered_twice_is_a_warning(self):
        names = frozenset({"waldur", "waldur-identity-bridge"})
        told = self.told(Neighbour("waldur-site-agent-waldur", "1.0.7", names, names))
        assert told["plugins-clash"].severity is Severity.WARNING
        finding = told["plugins-clash"].finding
        assert "waldur-site-agent-waldur 1.0.7 and we both register waldur, waldur-identity-bridge" in finding.cause
        assert finding.fix == "uninstall waldur-site-agent-waldur from this environment"
        assert "plugins-beside" not in told

    @pytest.mark.parametrize(
        ("name", "entries", "words"),
        [
            ("waldur-site-agent-waldur", {"waldur"}, "registers waldur for"),
            ("waldur-site-agent-cscs-dwdi", {"cscs-dwdi-compute", "cscs-dwdi-storage"}, "cscs-dwdi-compute, cscs"),
            ("waldur-site-agent-cscs-hpc-storage", set(), "registers nothing by name"),
        ],
    )
    def test_an_official_one_under_names_that_we_do_not_register_may_stay(self, name, entries, words):
        told = self.told(Neighbour(name, "1.0.7", frozenset(entries)))
        assert set(told) == {"plugins-beside"}
        assert told["plugins-beside"].severity is Severity.NOTE
        assert words in told["plugins-beside"].finding.cause
        assert "it may stay" in told["plugins-beside"].finding.fix

    def test_any_other_is_no_matter_unless_it_takes_a_name_of_ours(self):
        assert not self.told(Neighbour("waldur-site-agent-slurm", "1.0.7", frozenset({"slurm"})))
        told = self.told(Neighbour("somebody-elses", "1", frozenset({"waldur"}), frozenset({"waldur"})))
        assert set(told) == {"plugins-clash"}

    def test_they_are_told_too_where_profiles_are_all_that_is_pushed(self):
        wishes = attrs.evolve(WISHES, orders=False, usage=False, members=False)
        assert {"plugins-clash", "plugins-beside", "bridge"} <= {one.name for one in checks_for(wishes)}
        assert {one.name for one in CHECKS} - {one.name for one in checks_for(WISHES)} == {one.name for one in METERS}


class TestWhatIsAskedFor:
    """Beside what is asked of every peer and of packages."""

    def names(self, **wishes):
        usual = {one.name for one in (*PEERS, *PLUGINS)}
        return {one.name for one in checks_for(attrs.evolve(WISHES, **wishes))} - usual

    def test_profiles_alone_need_the_bridge(self):
        found = self.names(orders=False, usage=False, members=False)
        assert found == {"clocks", "own-clock", "a-offering", "bridge", "bridge-source"}

    def test_a_warehouse_needs_nothing_of_b(self):
        found = self.names(metered=True) - {one.name for one in METERS}
        assert found == {"self-delivery", "a-offering", "a-fits", "a-rights", "a-components", "accounting"}


def test_the_server_is_named_where_it_is_known():
    error = TimedOut(Side.A, "user.me", "slow")
    error.host = "a.example"
    assert found(attrs.evolve(BLANK, a=attrs.evolve(BLANK.a, standing=error)))["a-answers"].cause == (
        "A at a.example does not answer as a Waldur does: user.me timed out: slow"
    )


def test_calls_that_fail_alike_are_one_finding_and_others_another():
    seen = a_seen(
        b_projects=TimedOut(Side.B, "project.list_all"),
        b_resources=TimedOut(Side.B, "resource.list_all"),
        terms=Forbidden(Side.B, "terms.list", "", 403),
    )
    where = [told.finding.path for told in judge(CHECKS, seen).found]
    assert where == ["B resource.list_all, project.list_all", "B terms.list"]


def test_a_few_ids_are_all_named():
    twins = tuple(a_b_resource(id=b_resource_id(n)) for n in (1, 2))
    cause = f"resources {twins[0].id}, {twins[1].id} of B were all made for one resource of A"
    assert found(a_seen(b_resources=Complete(twins)))["twins"].cause == cause


def test_many_ids_are_counted():
    resources = tuple(a_resource(backend_id=dashed(b_resource_id(number))) for number in range(1, 6))
    assert found(a_seen(a_resources=Complete(resources)))["lost-links"].cause.endswith(" and 2 more")


def test_one_offering_on_two_servers_does_not_deliver_itself():
    same = attrs.evolve(WISHES, target_offering=BOfferingId(WISHES.offering))
    assert not found(a_seen(wishes=same))
    assert set(found(a_seen(wishes=attrs.evolve(same, same_server=True)))) == {"self-delivery"}
