"""The example configuration with events of both sides brings about what polling does."""

import pytest
from tests.broker.listening import until
from tests.broker.test_commands import Process
from tests.examples import ALIKE, EVENTS, MAPPED, PASS_THROUGH, Story, at_broker, example, the_end, values_of

from federation_adapters.sandbox import Server

PATIENCE = 90
OFTEN = {"WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES": "0.02"}
"""Usage has no events of its own."""


@pytest.mark.parametrize(("names", "components"), [((EVENTS,), MAPPED), ((EVENTS, PASS_THROUGH), ALIKE)])
def test_listening_reaches_the_end(link, tmp_path, names, components):
    story, config = Story.of(components), tmp_path / "federation.yaml"
    for side in (story.pair.a, story.pair.b):
        side.sandbox.connect(link)
    with Server(story.pair.a.sandbox) as a, Server(story.pair.b.sandbox) as b:
        text = example(*names, values=values_of(story.pair, a.url, b.url))
        config.write_text(at_broker(text, link.web_stomp_port))
        with Process(tmp_path, "run", "-c", str(config), **OFTEN) as engine:
            for side in "AB":
                engine.says(rf"connection .* side={side} .* state=live")
            order = story.place()
            until(lambda: story.b.resources, PATIENCE)
            story.use()
            until(lambda: story.end(order) == the_end(components), PATIENCE)
            assert engine.end() == 0
    for side in (story.pair.a, story.pair.b):
        side.sandbox.publisher.stop()
