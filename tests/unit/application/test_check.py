import json
from datetime import UTC

import attrs
import pytest
from tests.fakes.health import WISHES, Doctor
from tests.fakes.metering import FakeWarehouse
from tests.strategies.builders import NOW, a_resource, a_resource_id

from federation_core.application.check import Severity
from federation_core.domain.errors import Forbidden, NotFound, ServerFault, UnexpectedShape, Unreachable
from federation_core.domain.ids import Side
from federation_core.domain.metering.meters import AccountMeter
from federation_core.domain.months import Month

CALLS = [
    ("a_rights", "read"),
    ("a_health", "version"),
    ("a_health", "list_roles"),
    ("a_health", "pages"),
    ("a_health", "offering"),
    ("a_health", "lacks"),
    ("a_resources", "list_all"),
    ("b_rights", "read"),
    ("b_health", "version"),
    ("b_health", "list_roles"),
    ("b_health", "pages"),
    ("b_health", "offering"),
    ("b_health", "terms"),
    ("b_health", "type_of"),
    ("b_health", "filters_marks"),
    ("b_resources", "list_all"),
    ("b_projects", "list_all"),
    ("b_people", "allowed_attributes"),
]


def side_of(port):
    return Side.A if port.startswith("a_") else Side.B


def test_a_pair_that_is_well_has_no_finding():
    report = Doctor().use_case.run()
    assert (report.found, report.skipped, report.is_trouble) == ((), (), False)
    assert report.facts["release of B"] == "8.1.2"


@pytest.mark.parametrize(("port", "call"), CALLS, ids=map(".".join, CALLS))
@pytest.mark.parametrize("kind", [ServerFault, UnexpectedShape, Forbidden, NotFound])
def test_one_call_that_fails_is_one_finding(port, call, kind):
    doctor = Doctor()
    getattr(doctor, port).before[call].append(kind(side_of(port), f"{port}.{call}", "no", 500))
    report = doctor.use_case.run()
    assert len(report.found) == 1
    assert report.count(Severity.ERROR) + report.count(Severity.WARNING) == 1


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_server_that_went_away_is_asked_no_more(side):
    doctor = Doctor()
    getattr(doctor, f"{side}_health").before["version"].append(ServerFault(Side[side.upper()], "version.read"))
    getattr(doctor, f"{side}_resources").before["list_all"].append(AssertionError("asked all the same"))
    (found,) = doctor.use_case.run().found
    assert found.check == f"{side}-reads"


def test_events_by_the_offering_that_delivers_ask_nothing_more():
    doctor = Doctor(attrs.evolve(WISHES, events_offering=WISHES.target_offering))
    doctor.b_health.before["type_of"].append(AssertionError("asked all the same"))
    assert doctor.use_case.run().found == ()


def test_events_by_an_offering_that_is_not_shown_are_one_finding_with_it():
    doctor = Doctor(attrs.evolve(WISHES, events_offering=WISHES.target_offering))
    doctor.b_health.before["offering"].append(NotFound(Side.B, "offering.read"))
    assert [told.check for told in doctor.use_case.run().found] == ["b-offering"]


def test_what_is_not_wished_for_is_not_asked():
    wishes = attrs.evolve(WISHES, orders=False, usage=False, bridge_source="", events_offering=None)
    doctor = Doctor(wishes)
    doctor.a_health.lacks = frozenset  # type: ignore[method-assign,assignment]
    doctor.b_people.before["allowed_attributes"].append(AssertionError("asked all the same"))
    assert doctor.use_case.run().found == ()


def test_a_report_is_json():
    doctor = Doctor()
    doctor.b_rights.before["read"].append(ServerFault(Side.B, "user.me", "down", 502))
    told = json.loads(json.dumps(doctor.use_case.run().as_json()))
    assert set(told) == {"findings", "passed", "skipped", "facts"}
    assert told["findings"][0] == {
        "check": "b-answers",
        "severity": "error",
        "where": "url",
        "cause": "B does not answer as a Waldur does: user.me failed on the server (502): down",
        "fix": "check the address, the network and the proxy, and that a Waldur is there",
    }
    assert {"check": "b-token", "because": "b-answers"} in told["skipped"]


class TestWarehouse:
    def report(self, warehouse, *accounts):
        doctor = Doctor(attrs.evolve(WISHES, metered=True, orders=False, usage=True))
        doctor.warehouse = warehouse
        for number, account in enumerate(accounts, 1):
            found = a_resource(id=a_resource_id(number), state="OK", backend_id=account)
            doctor.a_resources.resources[found.id] = found
        return doctor.use_case.run()

    def test_the_warehouse_is_asked_for_the_present_month_of_all_resources(self):
        warehouse = FakeWarehouse()
        warehouse.show(Month.of(NOW, UTC), "g1", nodeHours=1)
        report = self.report(warehouse, "g1", "g2")
        assert [told.finding.path for told in report.found] == ["account g2"]
        assert warehouse.asked == [(Month.of(NOW, UTC), frozenset({AccountMeter("g1"), AccountMeter("g2")}))]

    def test_one_that_does_not_answer_is_one_finding_and_is_asked_no_more(self):
        warehouse = FakeWarehouse()
        warehouse.down = Unreachable(Side.B, "compute.ping", "no route")
        report = self.report(warehouse, "g1")
        assert [told.check for told in report.found] == ["warehouse-answers"]
        assert warehouse.asked == []

    def test_without_resources_nobodys_figures_are_asked_for(self):
        warehouse = FakeWarehouse()
        assert self.report(warehouse).found == ()
        assert warehouse.asked == []
