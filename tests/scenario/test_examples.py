"""Every example configuration of the manual brings the same about, over HTTP and by the command line."""

import subprocess
import sys

import pytest
from tests.examples import ALIKE, BRIDGE, EVENTS, MAPPED, PASS_THROUGH, POLLING, Story, example, the_end, values_of

from federation_adapters.sandbox import Server

FEW = 3


def run_once(config, **options):
    command = [sys.executable, "-m", "federation_runner", "run", "--once", "-c", str(config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.mark.parametrize(
    ("names", "components"),
    [
        ((POLLING,), MAPPED),
        ((POLLING, PASS_THROUGH), ALIKE),
        ((POLLING, BRIDGE), MAPPED),
        ((EVENTS,), MAPPED),
    ],
    ids=["polling", "pass-through", "bridge", "events, polled"],
)
def test_a_few_cycles_reach_the_end(names, components, tmp_path):
    story, config = Story.of(components), tmp_path / "federation.yaml"
    with Server(story.pair.a.sandbox) as a, Server(story.pair.b.sandbox) as b:
        config.write_text(example(*names, values=values_of(story.pair, a.url, b.url)))
        order = story.place()
        for cycle in range(FEW):
            done = run_once(config)
            assert done.returncode == 0, done.stdout + done.stderr
            if cycle == 0:
                story.use()
        assert story.end(order) == the_end(components)
        writes = [len(side.sandbox.writes.entries) for side in (story.pair.a, story.pair.b)]
        assert run_once(config).returncode == 0
        assert [len(side.sandbox.writes.entries) for side in (story.pair.a, story.pair.b)] == writes


def test_the_bridge_fragment_alone_pushes_profiles(tmp_path):
    story, config = Story.of(), tmp_path / "federation.yaml"
    story.a.add_offering_user(story.pair.a.offering, story.a.user("anna"))
    with Server(story.pair.a.sandbox) as a, Server(story.pair.b.sandbox) as b:
        config.write_text(example(BRIDGE, values=values_of(story.pair, a.url, b.url)))
        done = run_once(config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [write.path for write in story.pair.b.sandbox.writes.entries] == ["/api/identity-bridge/"]
    assert not story.pair.a.sandbox.writes.entries
    assert story.b.user("anna").last_name == "Ant"
