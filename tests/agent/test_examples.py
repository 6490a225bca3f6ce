"""Every example configuration, unmodified but for addresses, tokens and UUIDs, brings the same about in the official agent."""

import pytest
from tests.agent.official import Agent
from tests.examples import ALIKE, BRIDGE, MAPPED, PASS_THROUGH, POLLING, Story, example, the_end, values_of

from federation_adapters.sandbox import Server


@pytest.mark.parametrize(
    ("names", "components"),
    [((POLLING,), MAPPED), ((POLLING, PASS_THROUGH), ALIKE), ((POLLING, BRIDGE), MAPPED)],
    ids=["polling", "pass-through", "bridge"],
)
def test_a_few_cycles_reach_the_end(pinned, tmp_path, names, components):
    story, config = Story.of(components), tmp_path / "waldur-site-agent-config.yaml"
    with Server(story.pair.a.sandbox) as a, Server(story.pair.b.sandbox) as b:
        config.write_text(example(*names, values=values_of(story.pair, a.url, b.url)))
        agent = Agent(pinned, config, story.pair, tmp_path)
        order = story.place()
        agent.cycle("order_process")
        agent.cycle("order_process")
        story.use()
        agent.cycle("membership_sync", "report")
        assert story.end(order) == the_end(components)
        assert agent.errors == []
