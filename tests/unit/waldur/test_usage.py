"""Usage from a server that ignores every filter: what was not asked for is dropped."""

from fractions import Fraction
from uuid import UUID

import httpx
import pytest

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.usage import WaldurConsumerUsage, WaldurProviderUsage
from federation_core.domain.ids import AOfferingId, AResourceId, BCustomerId, BOfferingId, Side
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete
from federation_core.domain.units import AComponent

OFFERING, CUSTOMER, RESOURCE, OTHER = (UUID(int=number) for number in (1, 2, 3, 9))
MARCH = Month(2026, 3)
ROW = {
    "type": "cpu",
    "component_type": "cpu",
    "username": "anna",
    "usage": "1.00",
    "date": "2026-03-04T10:00:00Z",
    "billing_period": "2026-03-01",
    "component_usage": f"http://b.example/api/marketplace-component-usages/{UUID(int=50).hex}/",
    "resource_uuid": RESOURCE.hex,
    "offering_uuid": OFFERING.hex,
    "customer_uuid": CUSTOMER.hex,
}
STRAYS = {
    "another month": {"billing_period": "2026-02-01"},
    "another offering": {"offering_uuid": OTHER.hex},
    "another resource": {"resource_uuid": OTHER.hex},
    "another customer": {"customer_uuid": OTHER.hex},
}


def peer(*rows):
    listed = [{"uuid": UUID(int=100 + number).hex, **row} for number, row in enumerate(rows)]
    answer = httpx.Response(200, json=listed, headers={"X-Result-Count": str(len(listed))})
    access = Access(Side.B, "http://b.example/api/", StaticToken("not-a-real-token"))
    return Peer(HttpClient(access, transport=httpx.MockTransport(lambda _request: answer)))


def provider(*rows):
    return WaldurProviderUsage(peer(*rows), AOfferingId(OFFERING))


def consumer(*rows):
    return WaldurConsumerUsage(peer(*rows), BOfferingId(OFFERING), BCustomerId(CUSTOMER))


@pytest.mark.parametrize("what", ["totals", "shares"])
@pytest.mark.parametrize("stray", STRAYS)
def test_what_was_not_asked_for_is_dropped(stray, what):
    sides = [consumer] if stray == "another customer" else [consumer, provider]
    for side in sides:
        seen = getattr(side(ROW, {**ROW, **STRAYS[stray]}), what)(MARCH, AResourceId(RESOURCE))
        assert isinstance(seen, Complete)
        assert [row.resource for row in seen.value] == [RESOURCE]


def test_a_share_without_a_month_is_kept_by_its_total():
    (share,) = consumer({**ROW, "billing_period": None}).shares(MARCH).value
    assert share.total == UUID(int=50)


AMOUNTS = [(Fraction(0), "0.00"), (Fraction(1, 2), "0.50"), (Fraction(10**17), "1" + "0" * 17 + ".00")]


@pytest.mark.parametrize(("amount", "text"), AMOUNTS)
def test_amounts_are_written_with_two_decimals(amount, text):
    sent = []

    def take(request):
        sent.append(request.read().decode())
        return httpx.Response(201)

    access = Access(Side.A, "http://a.example/api/", StaticToken("not-a-real-token"))
    usage = WaldurProviderUsage(Peer(HttpClient(access, transport=httpx.MockTransport(take))), AOfferingId(OFFERING))
    usage.set_totals(AResourceId(RESOURCE), {AComponent("cpu"): amount}, None)
    assert f'"amount": "{text}"' in sent[0]
    assert "date" not in sent[0]
