"""The whole of it: two served sandboxes that publish through a real broker, and the engine as a service between them."""

import random
import statistics
import threading
import time
from contextlib import ExitStack, contextmanager
from uuid import UUID

import attrs
import pytest
from dependency_injector import providers
from tests.broker.listening import QUICK, Proxy, fresh_pair, until

from federation_adapters.sandbox import Pair, Progress, RabbitMq, Server
from federation_core.domain.ids import Side
from federation_runner.broker_process import BrokerProcess
from federation_runner.container import Federation, close
from federation_runner.daemon import Daemon
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import load
from federation_runner.settings.model import Intervals

RARELY = Intervals(3600.0, 3600.0, 3600.0, 3600.0)
"""Polling that comes too late for any test, so that what happens follows from a message."""

OFTEN = Intervals(0.3, 0.3, 0.3, 0.3)
CALM = attrs.evolve(QUICK, heart_beat=4.0, answer=5.0)
"""Quick to try again, and not worried by a machine that is busy with other tests."""

MEMBER = "PROJECT.MEMBER"


@attrs.define
class Play:
    """Two Waldurs, and the engine that listens to them."""

    pair: Pair
    federation: Federation
    proxy: Proxy
    intervals: Intervals = RARELY
    mode: str = "all"

    @property
    def a(self):
        return self.pair.a.sandbox.world

    @property
    def b(self):
        return self.pair.b.sandbox.world

    @property
    def publishers(self):
        return [side.sandbox.publisher for side in (self.pair.a, self.pair.b) if side.sandbox.publisher is not None]

    def place(self, name="climate", amount=10):
        side = self.pair.a
        return self.a.place_create(
            side.orderer, side.offering, side.projects[0], limits={"node_hours": amount}, name=name
        )

    def counterpart(self, order):
        """B's order, once there is one and A knows of it and of its resource."""
        until(lambda: self.a.order(order.uuid).backend_id and self.a.resource(order.resource.uuid).backend_id)
        return self.b.order(UUID(self.a.order(order.uuid).backend_id).hex)

    def finish(self, theirs):
        self.b.approve(theirs)
        self.b.complete(theirs)

    def done(self, *orders):
        until(lambda: all(self.a.order(order.uuid).state == "done" for order in orders))

    def requests(self):
        return self.pair.a.sandbox.requests.total + self.pair.b.sandbox.requests.total

    def settled(self):
        """Nothing is on its way any more: all that was sent has come, nothing waits, and nobody has asked anything for a while."""
        last = -1

        def is_quiet():
            nonlocal last
            before, last = last, self.requests()
            return before == last and self.federation.inbox().waiting == 0 and self.told() and self.has_come()

        until(is_quiet, 40, every=0.3)

    def told(self):
        return all(publisher.settle(1) for publisher in self.publishers)

    def has_come(self):
        sent = sum(one.fate == "sent" for publisher in self.publishers for one in publisher.log)
        return self.federation.a_channel().health.received + self.federation.b_channel().health.received >= sent

    @contextmanager
    def running(self, *, live=True):
        stop = threading.Event()
        daemon = Daemon([self.federation], self.intervals, stop, mode=self.mode)
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            until(lambda: daemon.status().is_ready and (not live or self.is_live(daemon)))
            if live and self.intervals is RARELY:
                self.settled()
            yield daemon
        finally:
            begun = time.monotonic()
            stop.set()
            thread.join(20)
            assert time.monotonic() - begun <= 6
            assert not thread.is_alive()

    @staticmethod
    def is_live(daemon):
        (told,) = daemon.status().offerings.values()
        return [one["state"] for one in told["connections"].values()] == ["live", "live"]

    def resources_on_b(self):
        return len(self.b.resources)


@contextmanager
def playing(link, tmp_path, *, intervals=RARELY, mode="all", keys=(), **seed):
    """The engine reaches the broker over a wire that tests may cut."""
    with ExitStack() as stack:
        pair = fresh_pair(**seed)
        proxy = stack.enter_context(Proxy(link.web_stomp_port))
        for side in (pair.a, pair.b):
            stack.callback(side.sandbox.connect(link).stop)
        a = stack.enter_context(Server(pair.a.sandbox))
        b = stack.enter_context(Server(pair.b.sandbox))
        config = tmp_path / "config.yaml"
        extra = {"create_settle_seconds": 0, "request_timeout": 5, "user_match_field": "username"}
        text = configuration(pair, a.url, b.url, extra, web_stomp_port=proxy.port)
        for key in keys:
            text = text.replace("  backend_type: waldur\n", f"  backend_type: waldur\n  {key}\n")
        config.write_text(text)
        federation = Federation(settings=load(config, {}).offerings[0])
        federation.timing.override(providers.Object(CALM))
        stack.callback(close, federation)
        yield Play(pair, federation, proxy, intervals, mode)


@pytest.fixture
def play(link, tmp_path):
    with playing(link, tmp_path) as play:
        yield play


class TestOrders:
    def test_a_new_order_is_forwarded_and_its_end_told_at_once(self, play):
        with play.running():
            order = play.place()
            play.finish(play.counterpart(order))
            play.done(order)

    def test_the_end_on_b_is_the_end_on_a_within_a_fraction_of_a_second(self, play):
        with play.running():
            orders = [play.place(f"r{number}") for number in range(4)]
            pairs = [(order, play.counterpart(order)) for order in orders]
            play.settled()
            for side in (play.pair.a, play.pair.b):
                side.sandbox.latency = 0.005
            waits = []
            for order, theirs in pairs:
                play.b.approve(theirs)
                play.settled()
                begun = time.monotonic()
                play.b.complete(theirs)
                play.done(order)
                waits.append(time.monotonic() - begun)
        assert statistics.median(waits) < 1.0

    def test_a_rejection_is_told_too(self, play):
        with play.running():
            order = play.place()
            play.b.reject(play.counterpart(order), "The partition is full.")
            until(lambda: play.a.order(order.uuid).state == "erred")
        assert "The partition is full." in play.a.order(order.uuid).error_message

    def test_updates_and_terminations_as_well(self, play):
        with play.running():
            order = play.place()
            play.finish(play.counterpart(order))
            play.done(order)
            resource = play.a.resource(order.resource.uuid)
            update = play.a.place_update(play.pair.a.orderer, resource, limits={"node_hours": 20})
            until(lambda: play.a.order(update.uuid).backend_id)
            play.finish(play.b.order(UUID(play.a.order(update.uuid).backend_id).hex))
            play.done(update)
            end = play.a.place_terminate(play.pair.a.orderer, resource)
            until(lambda: play.a.order(end.uuid).backend_id)
            play.finish(play.b.order(UUID(play.a.order(end.uuid).backend_id).hex))
            play.done(end)
        assert [resource.state for resource in play.b.resources] == ["Terminated"]

    def test_a_provider_on_b_that_is_quick_as_lightning_is_no_trouble(self, link, tmp_path):
        with playing(link, tmp_path, b_progress=Progress.at_once("{slug}")) as play, play.running():
            orders = [play.place(f"r{number}") for number in range(5)]
            play.done(*orders)
            assert play.resources_on_b() == 5

    def test_our_own_writes_come_back_and_cost_one_reading_at_most(self, play):
        with play.running():
            order = play.place()
            play.finish(play.counterpart(order))
            play.done(order)
            update = play.a.place_update(
                play.pair.a.orderer, play.a.resource(order.resource.uuid), limits={"node_hours": 20}
            )
            theirs = play.counterpart(update)
            play.settled()
            before = play.requests()
            play.b.approve(theirs)  # one look: B's order runs now
            play.settled()
            looked = play.requests()
            play.b.complete(theirs)
            play.done(update)
            play.settled()
            spent = play.requests() - looked
        narrow = looked - before
        assert spent <= narrow + 1  # a look, and the one write; its echo is dropped

    def test_people_work_on_b_as_soon_as_there_is_something_to_work_with(self, play):
        with play.running():
            anna = play.a.add_user("anna", email="anna@example.org")
            play.b.add_user("anna", email="anna@example.org")
            play.b.edit(play.pair.b.consumer_user, is_staff=True)
            play.a.grant(anna, MEMBER, play.pair.a.projects[0])
            play.settled()
            order = play.place()
            play.finish(play.counterpart(order))
            until(lambda: any(play.b.grants_on(room) for room in play.b.projects if room.backend_id))

    def test_nothing_is_done_twice_where_every_message_comes_twice(self, play):
        with play.running():
            for publisher in play.publishers:
                publisher._broker = Twice(publisher._broker)  # noqa: SLF001 - a broker that stutters
            order = play.place()
            play.finish(play.counterpart(order))
            play.done(order)
            play.settled()
        assert (play.resources_on_b(), len(play.b.orders)) == (1, 1)


class Twice:
    """A broker that delivers everything twice."""

    def __init__(self, broker):
        self._broker = broker

    def publish(self, *message):
        self._broker.publish(*message)
        self._broker.publish(*message)


class TestPeople:
    def staffed(self, play):
        """A resource on both sides, and the same three people."""
        order = play.place()
        play.finish(play.counterpart(order))
        play.done(order)
        for name in ("ada", "bob"):
            for world in (play.a, play.b):
                world.add_user(name, email=f"{name}@example.org")

    def users(self, world, name):
        return next(user for user in world.users if user.username == name)

    def roles(self, play, name):
        (mirror,) = play.b.projects
        return [grant.role.name for grant in play.b.grants_on(mirror) if grant.user.username == name]

    def test_who_joins_on_a_works_on_b_at_once_and_who_leaves_does_not(self, play):
        with play.running():
            self.staffed(play)
            project = play.pair.a.projects[0]
            play.settled()
            for name in ("ada", "bob"):
                play.b.grant(self.users(play.b, name), "CUSTOMER.SUPPORT", play.pair.b.customer)
            grant = play.a.grant(self.users(play.a, "ada"), MEMBER, project)
            play.a.grant(self.users(play.a, "bob"), MEMBER, project)
            until(lambda: self.roles(play, "ada") == self.roles(play, "bob") == [MEMBER])
            play.federation.inbox().catch_up(Side.A)  # a full look, after which removals are told apart
            play.settled()
            play.a.edit(grant, is_active=False)
            until(lambda: self.roles(play, "ada") == [])
            assert self.roles(play, "bob") == [MEMBER]

    def test_a_user_name_of_b_is_a_user_name_on_a_at_once(self, link, tmp_path):
        with playing(link, tmp_path, keys=("username_reconciliation_enabled: true",)) as play:
            play.b.grant(play.pair.b.consumer_user, "CUSTOMER.OWNER", play.pair.b.provider)
            for world, side in ((play.a, play.pair.a), (play.b, play.pair.b)):
                world.edit(side.offering, plugin_options={"service_provider_can_create_offering_user": True})
                world.add_user("ada")
            ours = play.a.add_offering_user(play.pair.a.offering, self.users(play.a, "ada"))
            with play.running():
                theirs = play.b.add_offering_user(play.pair.b.offering, self.users(play.b, "ada"))
                play.settled()
                play.b.edit(theirs, username="ada7", state="OK")
                until(lambda: ours.username == "ada7")
                play.settled()


class TestWithoutMessages:
    def test_where_all_are_lost_polling_comes_to_the_same(self, link, tmp_path):
        with playing(link, tmp_path, intervals=OFTEN) as play:
            for publisher in play.publishers:
                publisher.loss = 1.0
            with play.running():
                orders = [play.place(f"r{number}") for number in range(3)]
                for order in orders:
                    play.finish(play.counterpart(order))
                play.done(*orders)
            assert play.resources_on_b() == 3
            assert {one.fate for publisher in play.publishers for one in publisher.log} == {"lost"}

    def test_where_the_broker_is_away_from_the_start_orders_go_on(self, link, tmp_path):
        with playing(link, tmp_path, intervals=OFTEN) as play:
            play.proxy.refuses = True
            with play.running(live=False):
                order = play.place()
                play.finish(play.counterpart(order))
                play.done(order)

    def test_what_happened_while_it_was_away_is_caught_up_with(self, play):
        with play.running() as daemon:
            play.proxy.refuses = True
            play.proxy.cut()
            until(lambda: not play.is_live(daemon))
            order = play.place()
            play.proxy.refuses = False
            play.finish(play.counterpart(order))
            play.done(order)


def test_a_burst_is_drained_with_few_requests(link, tmp_path):
    """Five hundred orders end on B at once, and each is told of ten times."""
    many = 500
    with playing(link, tmp_path, projects=5) as play:
        side = play.pair.a
        orders = [
            play.a.place_create(
                side.orderer, side.offering, side.projects[n % 5], limits={"node_hours": 1}, name=f"r{n}"
            )
            for n in range(many)
        ]
        play.federation.reconcile_orders().run()
        play.federation.reconcile_orders().run()
        assert all(play.a.order(order.uuid).backend_id for order in orders)
        with play.running():
            before, begun = play.requests(), time.monotonic()
            for theirs in play.b.orders:
                play.finish(theirs)
            until(lambda: all(play.a.order(order.uuid).state == "done" for order in orders), 60)
            took = time.monotonic() - begun
            play.settled()
            spent = play.requests() - before
        counts = play.federation.inbox().counts
    assert took < 60
    assert spent <= 2 * many + 200
    assert counts.overflowed == 0


class Troubles:
    """What may happen to the wire and the broker, one thing after the other."""

    def __init__(self, play, link, chance):
        self._play, self._link, self._chance = play, link, chance
        self._all = [play.proxy.cut, self.refuse, self.swallow, self.rotate, self.lose]

    def strike(self):
        self._chance.choice(self._all)()

    def relent(self):
        self._play.proxy.refuses = self._play.proxy.swallows = False

    def refuse(self):
        self._play.proxy.refuses = True
        self._play.proxy.cut()

    def swallow(self):
        self._play.proxy.swallows = True

    def rotate(self):
        for queue in self._play.pair.b.sandbox.store.event_queues:
            self._link.provide(queue.vhost, queue.rmq_username, "another-password", queue.queue_name)
        self._play.proxy.cut()

    def lose(self):
        self._play.publishers[1].loss = 0.5


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_to_the_wire_everything_comes_to_its_end_once(link, tmp_path, seed):
    """Orders are placed and finished while the connection is cut, refused, swallowed and its password changed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    with playing(link, tmp_path, intervals=attrs.evolve(OFTEN, order_process_seconds=1.0)) as play:
        troubles = Troubles(play, link, chance)

        def b_finishes(likely):
            for theirs in play.b.orders:
                if theirs.state == "pending-provider" and chance.random() < likely:
                    play.finish(theirs)

        def all_are_done():
            b_finishes(1.0)
            return all(play.a.order(order.uuid).state == "done" for order in orders)

        with play.running() as daemon:
            orders = []
            for number in range(12):
                troubles.strike()
                orders.append(play.place(f"r{number}"))
                time.sleep(chance.random() * 0.3)
                b_finishes(0.7)
                if chance.random() < 0.5:
                    troubles.relent()
            troubles.relent()
            play.proxy.cut()
            until(lambda: play.is_live(daemon), 40)
            until(all_are_done, 40)
        assert (play.resources_on_b(), len(play.b.orders)) == (12, 12)


def test_orders_go_on_while_the_broker_itself_is_stopped_and_started(tmp_path):
    with BrokerProcess() as process:
        link = RabbitMq(process.management_url)
        with playing(link, tmp_path, intervals=attrs.evolve(OFTEN, order_process_seconds=1.0)) as play:
            with play.running() as daemon:
                orders = [play.place("before")]
                theirs = play.counterpart(orders[0])
                process.stop()
                until(lambda: not play.is_live(daemon))
                play.finish(theirs)
                orders.append(play.place("while"))
                play.finish(play.counterpart(orders[1]))
                play.done(*orders)
                process.start()
                until(lambda: play.is_live(daemon), 40)
                orders.append(play.place("after"))
                play.finish(play.counterpart(orders[2]))
                play.done(*orders)
            assert (play.resources_on_b(), len(play.b.orders)) == (3, 3)
        link.close()
