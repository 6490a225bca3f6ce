"""Every example configuration of the manual brings the same about, over HTTP and by the command line."""

import pytest
from tests.command import ended
from tests.examples import ALIKE, BRIDGE, EVENTS, MAPPED, PASS_THROUGH, POLLING, Story, example, the_end, values_of

from federation_adapters.sandbox import Server

FEW = 3


def run_once(config):
    return ended("run", "--once", "-c", config)


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


class TestTheBridgeAlone:
    """What the commands say of an offering that asks for nothing but pushes."""

    @pytest.fixture
    def told(self, tmp_path):
        story, config = Story.of(), tmp_path / "federation.yaml"
        story.a.add_offering_user(story.pair.a.offering, story.a.user("anna"))
        with Server(story.pair.a.sandbox) as a, Server(story.pair.b.sandbox) as b:
            config.write_text(example(BRIDGE, values=values_of(story.pair, a.url, b.url)))
            yield lambda *words: ended(*words, "-c", str(config))
        assert not story.pair.b.sandbox.writes.entries

    @pytest.mark.parametrize(
        ("words", "status", "says"),
        [
            (["plan"], 3, "PushProfile"),
            (["plan", "-m", "membership_sync"], 3, "PushProfile"),
            (["drift"], 0, "no differences"),
            (["check"], 0, "0 errors, 0 warnings"),
            (["why", "anna"], 3, "the next run writes it"),
            (["map"], 0, "no component is mapped"),
            (["map", "--limits", "cpu=1"], 2, "write it into backend_components"),
            (["run", "--once", "-m", "report"], 2, "write reporting_backend: waldur into one"),
        ],
    )
    def test_is_known_to_every_command(self, told, words, status, says):
        done = told(*words)
        assert done.returncode == status, done.stdout + done.stderr
        assert says in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
