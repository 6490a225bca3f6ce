"""The official agent, and pairs of sandboxes for it."""

import pytest
from tests.agent import environments


@pytest.fixture(scope="session", params=[environments.PINNED, "newest"])
def installed(request):
    """The agent with our wheel: the oldest release that is supported, and the newest there is."""
    version = request.param
    if version == "newest":
        version = environments.newest()
        if version == environments.PINNED:
            pytest.skip("the newest release is the oldest one that is supported, which is tested beside this")
    return environments.ours(version)


@pytest.fixture(scope="session")
def pinned():
    """The agent with our wheel, where one release is enough."""
    return environments.ours()
