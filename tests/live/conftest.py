"""One live pair for each module; nothing here runs unless its variables are set."""

import pytest
from tests.live.pair import LivePair


@pytest.fixture(scope="module")
def pair():
    with LivePair() as found:
        yield found
