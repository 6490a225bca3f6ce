"""What can be told of a live pair without a single write."""

import pytest
from tests.live.pair import CONFIG, INTEGRATION, lacking

from federation_core.domain.observed import Complete

REASON = lacking(INTEGRATION, CONFIG)
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


def test_check_finds_nothing_that_keeps_the_federation_from_working(pair):
    report = pair.federation.check_offering().run()
    assert not report.is_trouble, report.as_json()["findings"]


def test_every_list_is_complete(pair):
    federation = pair.federation
    assert isinstance(federation.a_orders().list_open(), Complete)
    assert isinstance(federation.a_resources().list_all(), Complete)
    assert isinstance(federation.b_resources().list_all(), Complete)
    assert isinstance(federation.b_orders().list_open(), Complete)
    assert isinstance(federation.b_projects().list_all(), Complete)


def test_a_plan_of_orders_can_be_made_and_writes_nothing(pair):
    orders = pair.federation.reconcile_orders()
    assert orders.plan(orders.observe()).problems == ()
    assert [http.counts["write"] for http in (pair.federation.a_http(), pair.federation.b_http())] == [0, 0]
