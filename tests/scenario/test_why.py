"""`why` over two sandboxes: the chain of an order, a resource and a person, whole and with each link broken once."""

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import yaml
from tests.command import ended
from tests.scenario.harness import play

from federation_adapters.sandbox import Fault
from federation_core.application.explain_chain import NEXT_RUN, READ_FIRST, Mark

MEMBER = "PROJECT.MEMBER"
DAY = date(2099, 12, 31)
NOBODY = "deadbeeffeda4abc8def000000000404"
YES, NO, UNKNOWN = Mark.YES, Mark.NO, Mark.UNKNOWN
FIELD = {"user_resolve_method": "user_field"}
BRIDGE = {"user_resolve_method": "identity_bridge", "identity_bridge_source": "isd:a"}


def dashed(row):
    return str(UUID(row.uuid))


def methods(p):
    """How both sides were asked so far."""
    logs = [side.sandbox.requests.summary() for side in (p.pair.a, p.pair.b)]
    return {method for log in logs for method, _ in log}


def forget(p):
    for side in (p.pair.a, p.pair.b):
        side.sandbox.requests.clear()


def explained(p, key):
    """The chains of the one thing that *key* names; only read."""
    forget(p)
    why = p.federation.why()
    (candidate,) = why.find(key).candidates
    chains = why.explain(candidate)
    assert methods(p) <= {"GET", "HEAD"}
    return chains


def chain_of(p, key):
    (chain,) = explained(p, key)
    return chain


def shown(chain):
    """The names of the links and whether they hold."""
    return [(link.name, link.mark) for link in chain.links]


def link_of(chain, name):
    return next(link for link in chain.links if link.name == name)


def assert_broken(chain, name, cause, remedy, mark=NO):
    """The first link that does not hold is *name*, for this cause, and asks for this."""
    broken = chain.first_broken
    assert broken is not None
    assert (broken.name, broken.mark) == (name, mark)
    assert cause in broken.seen
    assert remedy in broken.remedy
    assert chain.mark is mark


def cannot_list(side, path, status=500):
    return lambda p: getattr(p.pair, side).sandbox.faults.add(
        Fault(kind="status", method="GET", path=path, times=None, status=status)
    )


class TestOrder:
    def test_that_is_done_stands(self):
        with play() as p:
            p.living()
            (order,) = p.a.orders
            chain = chain_of(p, order.uuid)
            assert (chain.kind, chain.about, chain.mark, chain.first_broken) == ("order", dashed(order), YES, None)
            names = ["order on A", "resource on A", "project on A", "project on B", "resource on B", "order on B"]
            assert shown(chain) == [(name, YES) for name in [*names, "step", "next write"]]
            assert dashed(p.b.orders[0]) in link_of(chain, "order on B").seen

    def test_that_waits_for_bs_provider_stands(self):
        with play() as p:
            order = p.place()
            p.cycle()
            chain = chain_of(p, dashed(order))
            assert chain.mark is YES
            assert "pending-provider" in link_of(chain, "order on B").seen

    def test_that_is_new_is_placed_by_the_next_run(self):
        with play() as p:
            order = p.place()
            chain = chain_of(p, order.uuid)
            assert_broken(chain, "project on B", "no project carries the key", "the next run accepts the order on A")
            writes = [link for link in chain.links if link.name == "next write"]
            assert [(link.seen, link.remedy) for link in writes] == [
                ("ApproveOrder", NEXT_RUN),
                ("SubmitCreate", NEXT_RUN),
            ]

    def test_whose_project_is_there_lacks_the_resource_alone(self):
        with play() as p:
            p.living()
            order = p.place(name="second")
            chain = chain_of(p, order.uuid)
            assert_broken(chain, "resource on B", "nothing on B carries its mark", "the next run accepts the order")

    def test_that_is_not_yet_offered_to_us(self):
        with play() as p:
            order = p.place()
            p.a.edit(order, state="pending-consumer")
            assert_broken(chain_of(p, order.uuid), "order on A", "pending-consumer", "have it approved there")

    def test_that_ended_on_a(self):
        with play() as p:
            order = p.place()
            p.a.cancel(order)
            assert_broken(chain_of(p, order.uuid), "order on A", "canceled", "place a new one")

    def test_that_b_refused(self):
        with play() as p:
            order = p.place()
            p.cycle()
            p.b_rejects("not that much")
            chain = chain_of(p, order.uuid)
            assert_broken(chain, "order on B", "not that much", "the next run sets A's order erred")

    def test_that_is_parked_names_what_a_person_has_to_mend(self):
        with play(b_plans=("Small", "Large")) as p:
            order = p.place()
            chain = chain_of(p, order.uuid)
            assert_broken(chain, "project on B", "no project carries the key", "target_plan")
            assert link_of(chain, "step").mark is NO

    def test_of_which_two_mirror_projects_carry_the_key_names_both(self):
        with play() as p:
            p.living()
            (order,), (project,) = p.a.orders, p.b.projects
            twin = p.b.add_project(p.pair.b.customer, "twin", backend_id=project.backend_id)
            assert dashed(twin) in link_of(chain_of(p, order.uuid), "project on B").seen

    def test_whose_link_leads_nowhere(self):
        with play() as p:
            order = p.place()
            p.cycle()
            p.a.edit(p.resource(order), backend_id=str(UUID(NOBODY)))
            assert_broken(
                chain_of(p, order.uuid), "resource on B", "linked on A but not on B", "a person has to mend it"
            )

    def test_in_a_state_that_is_not_known(self):
        with play() as p:
            order = p.place()
            p.a.edit(order, state="thinking")
            assert_broken(chain_of(p, order.uuid), "order on A", "thinking", "report it", UNKNOWN)

    def test_whose_resource_is_not_linked_is_found_by_our_marks(self):
        with play() as p:
            order = p.place()
            p.cycle()
            p.a.edit(p.resource(order), backend_id="")
            chain = chain_of(p, order.uuid)
            assert "found by our marks" in link_of(chain, "resource on B").seen
            assert (chain.mark, link_of(chain, "order on B").mark) == (NO, YES)

    @pytest.mark.parametrize("path", ["marketplace-resources", "/projects/", "marketplace-public-offerings"])
    def test_is_unknown_where_something_of_b_is_not_read(self, path):
        with play() as p:
            order = p.place()
            cannot_list("b", path)(p)
            chain = chain_of(p, order.uuid)
            assert chain.mark is UNKNOWN
            assert link_of(chain, "reading").remedy == READ_FIRST

    def test_is_unknown_where_bs_token_is_not_proven_to_see_all(self):
        with play() as p:
            order = p.place()
            p.b.revoke(p.pair.b.consumer_user, "CUSTOMER.OWNER", p.pair.b.customer)
            chain = chain_of(p, order.uuid)
            assert_broken(chain, "project on B", "", "", UNKNOWN)
            assert "no role" in link_of(chain, "reading").seen

    def test_without_anything_on_b_to_terminate_needs_no_project(self):
        with play() as p:
            resource = p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0])
            order = p.place_terminate(resource)
            chain = chain_of(p, order.uuid)
            assert "none is needed" in link_of(chain, "project on B").seen
            assert (link_of(chain, "resource on B").mark, chain.mark) == (YES, NO)

    def test_of_an_offering_that_does_not_ask_us(self):
        with play(document=without("order_processing_backend")) as p:
            order = p.place()
            assert_broken(chain_of(p, order.uuid), "mode", "does not ask us", "set order_processing_backend: waldur")


def without(key):
    def edit(content):
        content["offerings"][0][key] = ""

    return edit


class TestResource:
    def test_that_is_alike_on_both_sides_stands_by_whatever_name(self):
        with play() as p:
            a, b = p.living()
            several = [chain_of(p, key) for key in (a.uuid, dashed(a), "living", " living ", b.uuid)]
            assert several == [several[0]] * len(several)
            chain = several[0]
            assert (chain.kind, chain.about, chain.mark) == ("resource", dashed(a), YES)
            names = ["resource on A", "link", "resource on B", "state", "limits", "usage"]
            assert shown(chain) == [(name, YES) for name in names]
            assert dashed(b) in link_of(chain, "link").seen

    def test_that_nobody_ordered_has_nothing_on_b(self):
        with play() as p:
            resource = p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0])
            chain = chain_of(p, resource.uuid)
            assert_broken(chain, "link", "no backend_id", "an open order writes it")
            assert link_of(chain, "resource on B").remedy == "place an order for it on A"

    def test_with_an_open_order_shows_its_step(self):
        with play() as p:
            order = p.place()
            chain = chain_of(p, p.resource(order).uuid)
            assert "approve" in link_of(chain, "open order").seen
            assert [link.seen for link in chain.links if link.name == "next write"] == ["ApproveOrder", "SubmitCreate"]

    def test_with_a_link_that_is_no_uuid(self):
        with play() as p:
            resource = p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0], backend_id="slurm-7")
            assert_broken(chain_of(p, resource.uuid), "link", "backend_id is no UUID", "set by hand")

    def test_with_a_link_that_leads_nowhere(self):
        with play() as p:
            a, _ = p.living()
            p.a.edit(a, backend_id=str(UUID(NOBODY)))
            chain = chain_of(p, a.uuid)
            assert_broken(chain, "resource on B", "B does not list", "a person has to mend it")

    def test_with_a_link_that_another_one_has_too(self):
        with play() as p:
            a, _ = p.living()
            other = p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0], backend_id=a.backend_id)
            assert_broken(chain_of(p, other.uuid), "resource on B", "several resources of A", "a person has to mend it")

    def test_that_erred_on_b_is_marked_by_the_next_run(self):
        with play() as p:
            a, b = p.living()
            p.b.edit(b, state="Erred")
            assert_broken(chain_of(p, a.uuid), "state", "MarkErred", NEXT_RUN)

    def test_that_b_terminated_waits_for_a_person(self):
        with play() as p:
            a, b = p.living()
            p.b.edit(b, state="Terminated")
            assert_broken(chain_of(p, a.uuid), "state", "order its termination on A", "a person has to mend it")

    def test_that_is_terminated_on_a_and_lives_on_b_is_an_orphan(self):
        with play() as p:
            a, _ = p.living()
            p.a.edit(a, state="Terminated")
            chain = chain_of(p, a.uuid)
            assert_broken(chain, "state", "A: Terminated; B: OK", "order the termination of the one that lives")
            assert "orphan_policy: terminate" in link_of(chain, "orphan").remedy

    def test_whose_orphan_goes_by_the_next_run_under_that_policy(self):
        with play(extra={"orphan_policy": "terminate"}) as p:
            a, _ = p.living()
            p.a.edit(a, state="Terminated")
            assert link_of(chain_of(p, a.uuid), "orphan").remedy == NEXT_RUN

    def test_whose_limits_differ(self):
        with play() as p:
            a, b = p.living()
            p.b.edit(b, limits={"gpu_hours": 1000, "storage_gb_hours": 2000})
            assert_broken(chain_of(p, a.uuid), "limits", "SetLimits", NEXT_RUN)

    def test_whose_end_date_differs(self):
        with play() as p:
            a, b = p.living()
            changes = {"end_date": DAY, "end_date_updated_at": p.pair.b.sandbox.store.now()}
            p.b.edit(b, **changes)
            assert_broken(chain_of(p, a.uuid), "end date", "SetEndDateOnA", NEXT_RUN)

    def test_whose_end_dates_nobody_dated_waits_for_a_person(self):
        with play() as p:
            a, _ = p.living()
            p.a.edit(a, end_date=DAY)
            assert_broken(chain_of(p, a.uuid), "end date", "not which was changed last", "mend it by hand")

    def test_whose_usage_is_not_told_yet(self):
        with play() as p:
            a, b = p.living()
            p.b.report_usage(b, {"gpu_hours": 50})
            chain = chain_of(p, a.uuid)
            month = datetime.now(UTC).strftime("%Y-%m")
            assert_broken(chain, f"usage {month}", "ReportUsage", NEXT_RUN)

    def test_of_b_that_nothing_on_a_is_linked_to(self):
        with play() as p:
            project = p.b.add_project(p.pair.b.customer, "by hand")
            stray = p.b.add_resource(p.pair.b.offering, project)
            chain = chain_of(p, stray.uuid)
            assert_broken(chain, "resource on A", "carries no marks of ours", "terminated on B by hand")

    @pytest.mark.parametrize("side_and_path", [("b", "marketplace-resources"), ("b", "marketplace-component-usages")])
    def test_is_unknown_where_a_list_is_not_read(self, side_and_path):
        with play() as p:
            a, _ = p.living()
            cannot_list(*side_and_path)(p)
            chain = chain_of(p, a.uuid)
            assert chain.mark is UNKNOWN
            assert link_of(chain, "reading").remedy == READ_FIRST

    def test_of_an_offering_that_does_not_ask_us(self):
        with play(document=without("reporting_backend")) as p:
            a, _ = p.living()
            chain = chain_of(p, a.uuid)
            assert_broken(chain, "mode", "reporting_backend is not waldur", "set reporting_backend: waldur")
            assert "usage" not in dict(shown(chain))


@contextmanager
def staffed(*, extra=None, seen_by_staff=True, **options):
    """A resource that lives on both sides, and Anna, a member of its project on A."""
    with play(extra={**FIELD, **(extra or {})}, **options) as p:
        p.living()
        p.a.grant(p.a.add_user("anna", email="anna@example.org"), MEMBER, p.pair.a.projects[0])
        if seen_by_staff:
            p.b.edit(p.pair.b.consumer_user, is_staff=True)
        yield p


def on_b(p, name="anna", **changes):
    return p.b.add_user(name, email=f"{name}@example.org", **changes)


def joined(p):
    """Anna has an account on B and the role there."""
    account = on_b(p)
    p.federation.sync_members().run()
    return account


class TestPerson:
    NAMES = ("role on A", "role mapping", "project on B", "claim", "account on B", "role on B", "next write")

    def test_who_works_on_both_sides_stands_by_whatever_name(self):
        with staffed() as p:
            account = joined(p)
            keys = ("anna", "Anna@Example.org", p.a.user("anna").uuid, account.uuid)
            several = [chain_of(p, key) for key in keys]
            assert several == [several[0]] * len(several)
            chain = several[0]
            assert shown(chain) == [(name, YES) for name in self.NAMES]
            assert dashed(p.b.projects[0]) in chain.about
            assert "given by us" in link_of(chain, "role on B").seen
            assert dashed(account) in link_of(chain, "account on B").seen
            told = "".join(link.seen + link.remedy for link in chain.links)
            assert "anna" not in told.casefold()

    def test_without_a_role_mapping_has_the_role_of_that_name(self):
        with staffed() as p:
            joined(p)
            assert link_of(chain_of(p, "anna"), "role mapping").seen == f"{MEMBER} is {MEMBER} on B"

    def test_with_a_role_mapping_has_the_role_it_names(self):
        with staffed(extra={"role_mapping": {MEMBER: "PROJECT.MANAGER"}}) as p:
            joined(p)
            chain = chain_of(p, "anna")
            assert link_of(chain, "role mapping").seen == f"{MEMBER} is PROJECT.MANAGER on B"
            assert chain.mark is YES

    def test_without_an_account_on_b(self):
        with staffed() as p:
            assert_broken(chain_of(p, "anna"), "account on B", "no account on B", "sign in to B once")

    def test_with_an_account_gets_the_role_by_the_next_run(self):
        with staffed() as p:
            on_b(p)
            chain = chain_of(p, "anna")
            assert_broken(chain, "role on B", f"{MEMBER} is not there", NEXT_RUN)
            assert "GrantRole" in link_of(chain, "next write").seen

    def test_whose_account_is_deactivated(self):
        with staffed() as p:
            on_b(p, is_active=False)
            assert_broken(chain_of(p, "anna"), "account on B", "deactivated", "have the account activated on B")

    def test_who_is_to_be_introduced(self):
        with staffed(extra=BRIDGE, seen_by_staff=False) as p:
            p.b.settings.identity_bridge = True
            p.b.edit(p.pair.b.consumer_user, is_identity_manager=True, managed_isds=("isd:a",))
            assert_broken(chain_of(p, "anna"), "account on B", "PushProfile", NEXT_RUN)

    def test_where_bs_bridge_is_closed(self):
        with staffed(extra=BRIDGE, seen_by_staff=False) as p:
            chain = chain_of(p, "anna")
            assert_broken(chain, "account on B", "identity bridge cannot be used", "open its identity bridge", UNKNOWN)

    def test_who_left_on_a_loses_the_role_by_the_next_run(self):
        with staffed() as p:
            joined(p)
            p.a.grant(p.a.add_user("bert"), MEMBER, p.pair.a.projects[0])
            p.a.revoke(p.a.user("anna"), MEMBER, p.pair.a.projects[0])
            chain = chain_of(p, "anna")
            assert_broken(chain, "role on A", "no member of the project on A", "give the role on A")
            assert link_of(chain, "role on B").seen.endswith("which A does not ask for")
            assert "RevokeRole" in link_of(chain, "next write").seen

    def test_who_was_the_last_on_a_loses_the_role_only_once_that_is_released(self):
        with staffed() as p:
            joined(p)
            p.a.revoke(p.a.user("anna"), MEMBER, p.pair.a.projects[0])
            remedy = link_of(chain_of(p, "anna"), "next write").remedy
            digest = p.federation.sync_members().plan(p.federation.sync_members().observe()).removals.digest
            assert remedy == f"release it with run --once --approve-removals {digest}"

    def test_whose_role_another_account_gave_keeps_it(self):
        with staffed() as p:
            account, boss = on_b(p), on_b(p, "boss")
            p.b.grant(account, MEMBER, p.b.projects[0], created_by=boss)
            p.a.revoke(p.a.user("anna"), MEMBER, p.pair.a.projects[0])
            chain = chain_of(p, "anna")
            assert f"given by another account ({dashed(boss)})" in link_of(chain, "role on B").seen
            assert link_of(chain, "next write").mark is YES

    def test_whom_the_project_keeps_by_no_resource(self):
        with staffed() as p:
            (resource,) = p.a.resources
            p.a.edit(resource, restrict_member_access=True)
            assert_broken(chain_of(p, "anna"), "claim", "no resource keeps", "ask why about the project's resources")

    def test_who_does_not_consent(self):
        document = with_backend(fetch_consented_users_only=True)
        with staffed(document=document) as p:
            chain = chain_of(p, "anna")
            assert_broken(chain, "claim", "A does not show whether the person consented", "agree to its terms", UNKNOWN)

    def test_in_a_project_with_nothing_on_b(self):
        with staffed() as p:
            (resource,) = p.a.resources
            p.a.edit(resource, backend_id="")
            chain = chain_of(p, "anna")
            assert_broken(chain, "project on B", "linked to one of ours", "ask why about the project's resources")

    def test_in_several_projects_has_a_chain_for_each(self):
        with staffed() as p:
            joined(p)
            project = p.a.add_project(p.pair.a.consumer, "Second")
            p.a.add_resource(p.pair.a.offering, project)
            p.a.grant(p.a.user("anna"), MEMBER, project)
            there, missing = explained(p, "anna")
            assert (there.mark, missing.mark) == (YES, NO)
            assert missing.about == f"Second {dashed(project)}"

    @pytest.mark.parametrize("path", ["marketplace-resources", "/users/"])
    def test_is_unknown_where_a_list_of_b_is_not_read(self, path):
        with staffed() as p:
            on_b(p)
            cannot_list("b", path)(p)
            chains = explained(p, "anna")
            assert {chain.mark for chain in chains} == {UNKNOWN}
            assert {link_of(chain, "reading").remedy for chain in chains} == {READ_FIRST}

    def test_of_an_offering_that_does_not_ask_us(self):
        with staffed(document=without("membership_sync_backend")) as p:
            joined(p)
            chain = chain_of(p, "anna")
            assert_broken(chain, "mode", "membership_sync_backend is not waldur", "set membership_sync_backend: waldur")


def two_of_one_name(p):
    resources = [p.a.add_resource(p.pair.a.offering, p.pair.a.projects[0]) for _ in range(2)]
    for resource in resources:
        p.a.edit(resource, name="climate")
    return resources


def with_backend(**keys):
    return lambda content: content["offerings"][0]["backend_settings"].update(keys)


class Asked:
    """What the command said."""

    def __init__(self, p, tmp_path, *arguments, **changes):
        content = yaml.safe_load(p.config)
        offering = content["offerings"][0]
        for key, value in changes.items():
            (offering["backend_settings"] if key.startswith("target_") else offering)[key] = value
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(content))
        forget(p)
        done = ended("why", "-c", path, *arguments)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        assert methods(p) <= {"GET", "HEAD"}
        assert "Traceback" not in self.out + self.err
        assert p.pair.a_token not in self.out + self.err
        assert p.pair.b_token not in self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)


class TestCommand:
    def test_a_chain_that_stands_is_status_0_and_a_line_for_each_link(self, tmp_path):
        with play() as p:
            a, _ = p.living()
            asked = Asked(p, tmp_path, "living")
            assert (asked.status, asked.err) == (0, "")
            lines = asked.out.splitlines()
            assert lines[0] == f"Federated HPC: resource {dashed(a)}"
            assert [line.split()[0] for line in lines[1:7]] == ["yes"] * 6
            assert lines[-2:] == ["the chain stands", ""]

    def test_a_broken_chain_is_status_3_with_cause_and_remedy(self, tmp_path):
        with play() as p:
            order = p.place()
            asked = Asked(p, tmp_path, order.uuid)
            assert (asked.status, asked.err) == (3, "")
            *_, title, cause, remedy, _empty = asked.out.splitlines()
            assert title == "the chain is broken at: project on B"
            assert cause == "  cause   no project carries the key"
            assert remedy == "  remedy  the next run accepts the order on A and goes on"

    def test_a_servers_words_of_several_lines_are_one_line(self, tmp_path):
        with play() as p:
            order = p.place()
            p.cycle()
            p.b_rejects("no\nroom\n\x1b[31mleft")
            asked = Asked(p, tmp_path, order.uuid)
            assert asked.status == 3
            assert "  cause   Create order" in asked.out
            assert "no room" in asked.out
            assert "\x1b" not in asked.out

    def test_what_could_not_be_read_is_status_1(self, tmp_path):
        with play() as p:
            order = p.place()
            asked = Asked(p, tmp_path, order.uuid, target_api_url="http://127.0.0.1:1/")
            assert asked.status == 1
            assert "the chain cannot be told at: project on B" in asked.out
            assert "B at 127.0.0.1:1 is unreachable" in asked.out

    def test_a_refused_token_of_a_is_status_1_and_not_nothing_found(self, tmp_path):
        with play() as p:
            order = p.place()
            asked = Asked(p, tmp_path, order.uuid, waldur_api_token="0" * 40)
            assert (asked.status, asked.out) == (1, "")
            assert "could not be told" in asked.err
            assert "check waldur_api_token" in asked.err

    @pytest.mark.parametrize("key", ["nobody at all", NOBODY, "nobody@example.org"])
    def test_nothing_found_is_status_1(self, key, tmp_path):
        with play() as p:
            p.living()
            asked = Asked(p, tmp_path, key)
            assert (asked.status, asked.out) == (1, "")
            assert asked.err == (
                f"error: no order, resource or person of Federated HPC is named {key!r}, as far as the tokens may see\n"
            )

    def test_an_order_of_another_offering_is_not_found(self, tmp_path):
        with play() as p:
            side = p.pair.a
            other = p.a.add_offering(side.provider, "Other", components=["node_hours"])
            order = p.a.place_create(side.orderer, other, side.projects[0], limits={"node_hours": 1})
            assert Asked(p, tmp_path, order.uuid).status == 1

    def test_several_of_one_name_are_status_1_and_listed(self, tmp_path):
        with play() as p:
            project = p.pair.a.projects[0]
            resources = two_of_one_name(p)
            p.a.grant(p.a.add_user("climate"), MEMBER, project)
            asked = Asked(p, tmp_path, "climate")
            assert (asked.status, asked.out) == (1, "")
            assert "'climate' names several things" in asked.err
            assert [dashed(resource) in asked.err for resource in resources] == [True, True]
            assert f"user {dashed(p.a.user('climate'))} of Federated HPC (on A)" in asked.err

    def test_a_name_that_people_who_were_not_listed_may_have_too_is_status_1(self, tmp_path):
        with play() as p:
            p.living()
            cannot_list("b", f"/customers/{p.pair.b.customer.uuid}/users/")(p)
            asked = Asked(p, tmp_path, "living")
            assert asked.status == 1
            assert "the chain stands" in asked.out
            assert "not all could be read\n  Federated HPC: " in asked.out

    @pytest.mark.parametrize("key", ["", "  ", "a\nb", "a\x1b[31m", "a\u2028b", "x" * 321])
    def test_a_malformed_name_is_status_2_and_asks_nobody(self, key, tmp_path):
        with play() as p:
            asked = Asked(p, tmp_path, key)
            assert (asked.status, asked.out, methods(p)) == (2, "", set())
            assert asked.err.startswith("error: nothing has such a name: it ")
            assert len(asked.err.splitlines()) == 1

    @pytest.mark.parametrize("arguments", [[], ["one", "two"]])
    def test_one_name_is_asked_about(self, arguments, tmp_path):
        with play() as p:
            assert Asked(p, tmp_path, *arguments).status == 2

    def test_json_holds_candidates_chains_and_problems(self, tmp_path):
        with play() as p:
            order = p.place()
            asked = Asked(p, tmp_path, order.uuid, "--json")
            assert asked.status == 3
            assert sorted(asked.json) == ["candidates", "chains", "problems"]
            key = dashed(order)
            assert asked.json["candidates"] == [
                {"offering": "Federated HPC", "kind": "order", "uuid": key, "side": "A"}
            ]
            (chain,) = asked.json["chains"]["Federated HPC"]
            assert (chain["kind"], chain["about"], chain["stands"]) == ("order", key, "no")
            assert [sorted(link) for link in chain["links"]] == [["link", "mark", "remedy", "seen"]] * len(
                chain["links"]
            )
            assert chain["broken_at"] == next(link for link in chain["links"] if link["mark"] == "no")
            assert asked.json["problems"] == []

    def test_json_of_a_chain_that_stands_is_broken_nowhere(self, tmp_path):
        with play() as p:
            p.living()
            (chain,) = Asked(p, tmp_path, "living", "--json").json["chains"]["Federated HPC"]
            assert (chain["stands"], chain["broken_at"]) == ("yes", None)

    def test_json_of_several_of_one_name_lists_them(self, tmp_path):
        with play() as p:
            two_of_one_name(p)
            asked = Asked(p, tmp_path, "climate", "--json")
            assert (asked.status, asked.json["chains"]) == (1, {})
            uuids = {dashed(resource) for resource in p.a.resources}
            assert {one["uuid"] for one in asked.json["candidates"]} == uuids
