"""What every port promises when its peer does not answer as it should: one error of ours, by what it asks for."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from tests.strategies.builders import a_project

from federation_core.domain import errors
from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BResourceId, Side
from federation_core.domain.months import Month
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.units import AComponent

ID = UUID("deadbeef-feda-4abc-8def-000000000404")
PROJECT = a_project()
MONTH = Month(2026, 3)
NODE = AComponent("node_hours")
CALLS = {
    "provider_orders.list_open": lambda m: m.provider_orders.list_open(),
    "provider_orders.read": lambda m: m.provider_orders.read(AOrderId(ID)),
    "provider_orders.create_of": lambda m: m.provider_orders.create_of(AResourceId(ID)),
    "provider_orders.approve": lambda m: m.provider_orders.approve(AOrderId(ID)),
    "provider_orders.link": lambda m: m.provider_orders.link(AOrderId(ID), BOrderId(ID)),
    "provider_orders.finish": lambda m: m.provider_orders.finish(AOrderId(ID)),
    "provider_orders.fail": lambda m: m.provider_orders.fail(AOrderId(ID), "no"),
    "provider_resources.list_all": lambda m: m.provider_resources.list_all(),
    "provider_resources.read": lambda m: m.provider_resources.read(AResourceId(ID)),
    "provider_resources.link": lambda m: m.provider_resources.link(AResourceId(ID), BResourceId(ID)),
    "provider_resources.stamp": lambda m: m.provider_resources.stamp(AResourceId(ID)),
    "consumer_orders.list_since": lambda m: m.consumer_orders.list_since(m.clock().date()),
    "consumer_orders.read": lambda m: m.consumer_orders.read(BOrderId(ID)),
    "consumer_orders.terminate": lambda m: m.consumer_orders.terminate(BResourceId(ID), {}),
    "consumer_resources.list_all": lambda m: m.consumer_resources.list_all(),
    "consumer_resources.list_marked": lambda m: m.consumer_resources.list_marked(m.a_offering, m.clock().date()),
    "consumer_resources.read": lambda m: m.consumer_resources.read(BResourceId(ID)),
    "projects.list_all": lambda m: m.projects.list_all(),
    "projects.create": lambda m: m.projects.create(PROJECT, ProjectKey(PROJECT.customer, PROJECT.id)),
    "catalogue.read": lambda m: m.catalogue.read(),
    "provider_usage.totals list": lambda m: m.provider_usage.totals(MONTH),
    "provider_usage.shares list": lambda m: m.provider_usage.shares(MONTH),
    "provider_usage.set_totals": lambda m: m.provider_usage.set_totals(AResourceId(ID), {NODE: Fraction(1)}, None),
    "provider_usage.set_shares": lambda m: m.provider_usage.set_shares(ID, {"anna": Fraction(1)}),
    "consumer_usage.totals list": lambda m: m.consumer_usage.totals(MONTH),
    "consumer_usage.shares list": lambda m: m.consumer_usage.shares(MONTH),
    "rights.read": lambda m: m.rights.read(),
}
FAULTS: dict[str, tuple[dict[str, Any], type[errors.PlaneError]]] = {
    "401": ({"kind": "status", "status": 401}, errors.Unauthorised),
    "403": ({"kind": "status", "status": 403}, errors.Forbidden),
    "429": ({"kind": "status", "status": 429}, errors.Throttled),
    "500": ({"kind": "status", "status": 500}, errors.ServerFault),
    "503": ({"kind": "status", "status": 503}, errors.ServerFault),
    "reset": ({"kind": "reset"}, errors.Unreachable),
    "oversize": ({"kind": "oversize"}, errors.OversizedAnswer),
}
UNREADABLE = {"html": {"kind": "html"}, "garbage": {"kind": "garbage"}, "truncated": {"kind": "truncated"}}
READS = {name: call for name, call in CALLS.items() if any(word in name for word in ("list", "read", "create_of"))}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_every_call_fails_with_the_error_that_says_what_to_do(market, call, fault):
    side = Side.A if call.startswith("provider") else Side.B
    settings, expected = FAULTS[fault]
    market.trouble(side, times=None, **settings)
    with pytest.raises(errors.PlaneError) as caught:
        CALLS[call](market)
    assert type(caught.value) is expected
    assert caught.value.side is side
    assert str(caught.value).startswith(f"{caught.value.subject} ")


@pytest.mark.parametrize("fault", ["html", "garbage"])
@pytest.mark.parametrize("call", READS)
def test_an_answer_that_is_no_json_is_of_an_unexpected_shape(market, call, fault):
    market.trouble(Side.A if call.startswith("provider") else Side.B, times=None, **UNREADABLE[fault])
    with pytest.raises(errors.UnexpectedShape):
        READS[call](market)


@pytest.mark.parametrize("call", ["rights.read", "catalogue.read"])
def test_an_answer_that_was_cut_off_is_of_an_unexpected_shape(market, call):
    market.trouble(Side.B, times=None, **UNREADABLE["truncated"])
    with pytest.raises(errors.UnexpectedShape):
        READS[call](market)


@pytest.mark.parametrize("call", READS)
def test_a_reading_that_fails_once_is_made_again(market, call):
    calm: list[object] = []
    trouble: list[object] = []
    for outcomes in (calm, trouble):
        if outcomes is trouble:
            market.trouble(Side.A if call.startswith("provider") else Side.B, kind="status", status=503)
        try:
            outcomes.append(READS[call](market))
        except errors.NotFound as error:
            outcomes.append(str(error))
    assert calm == trouble


def test_a_create_without_an_answer_is_not_sent_again(market):
    market.trouble(Side.B, kind="reset", times=None, method="POST")
    with pytest.raises(errors.Unreachable):
        market.projects.create(PROJECT, ProjectKey(PROJECT.customer, PROJECT.id))
    assert [entry.method for entry in market.pair.b.sandbox.requests.entries] == ["POST"]
