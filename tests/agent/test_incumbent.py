"""The official agent with its own plug-in on the sandbox: what it does on a real Waldur it does here, so the sandbox is faithful.

Two of its faults are kept out of the way. It compares people's names on B with their account names on A, so both are the same
here: otherwise it adds everybody and then removes them again. And it takes what usage is worth for what limits are worth, so
limits are not carried back: otherwise 7 node hours, which are 35 and 70 of B's, come back as 14. That it writes a zero for a month
without figures is not looked at.
"""

from decimal import Decimal
from uuid import UUID

import pytest
from tests.agent import environments
from tests.agent.test_plugin import MEMBER, person, staff, staged


@pytest.fixture(scope="session")
def incumbent():
    return environments.incumbent()


def only_its_own(content):
    """Settings that the official plug-in knows."""
    settings = content["offerings"][0]["backend_settings"]
    for key in ("create_settle_seconds", "request_timeout"):
        settings.pop(key)
    settings["user_match_field"] = "username"
    settings["limit_sync_direction"] = "disabled"


def test_the_life_of_a_resource(incumbent, tmp_path):
    with staged(incumbent, tmp_path, document=only_its_own) as (p, agent):
        project = p.pair.a.projects[0]
        anna = person(p.a, "anna")
        p.a.grant(anna, MEMBER, project)
        p.b.add_offering_user(p.pair.b.offering, person(p.b, "anna"), "anna", state="OK")
        p.a.add_offering_user(p.pair.a.offering, anna, "anna", state="OK")
        order = p.place(name="one")
        agent.cycle("order_process")
        p.b_finishes()
        agent.cycle("order_process")
        assert p.order(order).state == "done"
        ours = p.resource(order)
        theirs = p.b.resource(UUID(ours.backend_id).hex)
        assert theirs.limits == {"gpu_hours": 500, "storage_gb_hours": 1000}

        update = p.place_update(ours, {"node_hours": 7})
        agent.cycle("order_process")
        p.b_finishes()
        agent.cycle("order_process")
        assert p.order(update).state == "done"
        assert p.b.resource(theirs.uuid).limits == {"gpu_hours": 35, "storage_gb_hours": 70}

        agent.cycle("membership_sync")
        assert [name for name, _ in staff(p, project)] == ["anna"]
        p.a.revoke(anna, MEMBER, project)
        agent.cycle("membership_sync")
        assert staff(p, project) == set()

        p.b.report_usage(theirs, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"anna": 50}})
        agent.cycle("report")
        assert max(row.usage for row in p.a.usages_of(ours)) == Decimal("180.00")
        assert [(r.username, r.usage) for r in p.a.user_usages_of(ours)] == [("anna", Decimal("10.00"))]

        end = p.place_terminate(p.resource(order))
        agent.cycle("order_process")
        p.b_finishes()
        agent.cycle("order_process")
        assert p.order(end).state == "done"
        assert p.b.resource(theirs.uuid).state == "Terminated"
        assert agent.errors == []
