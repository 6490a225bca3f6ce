"""The official agent's event process with our wheel, on a real broker: A's messages by its core, B's by the plug-in."""

from contextlib import ExitStack, contextmanager
from uuid import UUID

import pytest
from tests.agent import environments
from tests.agent.official import Agent
from tests.broker.listening import fresh_pair, until
from tests.examples import ALIKE, EVENTS, MAPPED, PASS_THROUGH, Story, at_broker, example, the_end, values_of

from federation_adapters.sandbox import Server
from federation_runner.sandbox_pair import configuration

PATIENCE = 60
MEMBER = "PROJECT.MEMBER"
SETTINGS = {"create_settle_seconds": 0, "user_resolve_method": "user_field"}


class Play:
    """Two Waldurs that publish, and the agent that listens to them."""

    def __init__(self, pair, agent):
        self.pair, self.agent = pair, agent
        self.a, self.b = pair.a.sandbox.world, pair.b.sandbox.world

    def place(self, name="climate"):
        side = self.pair.a
        return self.a.place_create(side.orderer, side.offering, side.projects[0], limits={"node_hours": 10}, name=name)

    def counterpart(self, order):
        until(lambda: self.a.order(order.uuid).backend_id, PATIENCE)
        return self.b.order(UUID(self.a.order(order.uuid).backend_id).hex)

    def finish(self, order):
        theirs = self.counterpart(order)
        self.b.approve(theirs)
        self.b.complete(theirs)

    def ends(self, order, state="done"):
        until(lambda: self.a.order(order.uuid).state == state, PATIENCE)

    def person(self, world, name):
        known = next((user for user in world.users if user.username == name), None)
        return known or world.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")

    def staff(self):
        return sorted(
            grant.user.username for room in self.b.projects for grant in self.b.grants_on(room) if room.backend_id
        )


@contextmanager
def listening(link, tmp_path):
    with ExitStack() as stack:
        pair = fresh_pair()
        for side in (pair.a, pair.b):
            stack.callback(side.sandbox.connect(link).stop)
        a, b = (stack.enter_context(Server(side.sandbox)) for side in (pair.a, pair.b))
        config = tmp_path / "config.yaml"
        config.write_text(configuration(pair, a.url, b.url, SETTINGS, web_stomp_port=link.web_stomp_port))
        play = Play(pair, Agent(environments.ours(), config, pair, tmp_path))
        play.b.edit(pair.b.consumer_user, is_staff=True)
        with play.agent.loop("event_process"):
            until(lambda: play.agent.told("side=B .*state=live"), PATIENCE)
            yield play


def test_a_life_by_messages_alone(link, tmp_path):
    with listening(link, tmp_path) as play:
        order = play.place()
        play.finish(order)
        play.ends(order)
        resource = play.a.resource(order.resource.uuid)
        until(lambda: play.a.resource(resource.uuid).state == "OK", PATIENCE)

        project = play.pair.a.projects[0]
        anna = play.person(play.a, "anna")
        play.person(play.b, "anna")
        play.a.add_offering_user(play.pair.a.offering, anna, "anna", state="OK")
        play.a.grant(anna, MEMBER, project)
        until(lambda: play.staff() == ["anna"], PATIENCE)
        play.a.grant(play.person(play.a, "bert"), MEMBER, project)
        play.a.revoke(anna, MEMBER, project)
        until(lambda: "anna" not in play.staff(), PATIENCE)

        update = play.a.place_update(play.pair.a.orderer, resource, limits={"node_hours": 20})
        play.finish(update)
        play.ends(update)
        end = play.a.place_terminate(play.pair.a.orderer, resource)
        play.finish(end)
        play.ends(end)
        assert [one.state for one in play.b.resources] == ["Terminated"]

        refused = play.place("unlucky")
        play.b.reject(play.counterpart(refused), "The partition is full.")
        play.ends(refused, "erred")
        assert "The partition is full." in play.a.order(refused.uuid).error_message
        assert play.agent.errors == []


@pytest.mark.parametrize(("names", "components"), [((EVENTS,), MAPPED), ((EVENTS, PASS_THROUGH), ALIKE)])
def test_the_example_with_events_reaches_the_end(link, tmp_path, names, components):
    story, config = Story.of(components), tmp_path / "config.yaml"
    with ExitStack() as stack:
        for side in (story.pair.a, story.pair.b):
            stack.callback(side.sandbox.connect(link).stop)
        a, b = (stack.enter_context(Server(side.sandbox)) for side in (story.pair.a, story.pair.b))
        config.write_text(at_broker(example(*names, values=values_of(story.pair, a.url, b.url)), link.web_stomp_port))
        agent = Agent(environments.ours(), config, story.pair, tmp_path)
        with agent.loop("event_process"):
            until(lambda: agent.told("side=B .*state=live"), PATIENCE)
            order = story.place()
            until(lambda: story.end(order)["people"], PATIENCE)
            story.use()
            with agent.loop("report"):
                until(lambda: story.end(order) == the_end(components), PATIENCE)
        assert agent.errors == []
