"""What fuzzing found where its cases cannot be written down as examples."""

import httpx
import pytest
from tests.fuzz.json_like import IDS
from tests.security.hostile import client_of

from federation_adapters.waldur.health import WaldurProviderHealth
from federation_adapters.waldur.peer import Peer
from federation_core.domain.ids import AOfferingId


@pytest.mark.parametrize("count", ["9" * 5_000, "²", ""])
def test_check_tells_of_a_count_without_sense_as_of_none(count):
    answer = httpx.Response(200, json=[], headers=[(b"X-Result-Count", count.encode())])
    with client_of("https://a.example", transport=httpx.MockTransport(lambda _: answer)) as client:
        pages = WaldurProviderHealth(Peer(client), AOfferingId(IDS[0])).pages()
    assert [page.counted for page in pages] == [None, None]
