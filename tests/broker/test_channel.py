"""Connections to a real broker: what is heard, what is acknowledged, and what becomes of them when something breaks."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import pytest
from tests.broker.listening import PASSCODE, QUICK, Heard, Listening, Mute, Post, Proxy, Registers, until
from tests.strategies.builders import uuid_of

from federation_adapters.events_stomp.owners import QueueOwners
from federation_adapters.events_stomp.session import Timing
from federation_adapters.sandbox import RabbitMq
from federation_core.domain.errors import (
    ConfigurationError,
    Conflict,
    Finding,
    Forbidden,
    ServerFault,
    TimedOut,
    Unauthorised,
)
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side
from federation_runner import broker_process
from federation_runner.broker_process import BrokerError, BrokerProcess


def an_order(number=1, **changes):
    return {"object_type": "order", "order_uuid": uuid_of(1, number).hex, "order_state": "done", **changes}


def a_hint(number=1):
    return Hint(Side.B, About.ORDER, uuid_of(1, number))


class TestMessages:
    def test_each_becomes_a_hint_or_is_counted_and_all_are_acknowledged(self, link, post, heard):
        known = {
            "order": ("order_uuid", About.ORDER),
            "resource": ("resource_uuid", About.RESOURCE),
            "user_role": ("project_uuid", About.PROJECT),
            "offering_user": ("offering_user_uuid", About.ACCOUNT),
            "offering_resources_sync": ("offering_uuid", About.OFFERING),
        }
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            for kind, (key, _) in known.items():
                post.put({"object_type": kind, key: uuid_of(2, 2).hex})
            post.put({"object_type": "user_ssh_key"}, {"object_type": "from the future"})
            until(lambda: it.health.received == len(known) + 2)
            assert [(hint.about, hint.id) for hint in heard.hints] == [(a, uuid_of(2, 2)) for _, a in known.values()]
            assert (it.health.handed_over, it.health.ignored) == (len(known), 2)
        assert post.left() == 0

    @pytest.mark.parametrize(
        "body",
        ["not json", "[]", "{}", "null", '"text"', '{"object_type": 7}', '{"object_type": "order"}', "NaN", "[" * 9999],
    )
    def test_what_cannot_be_understood_harms_nothing(self, link, post, heard, body):
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(body, an_order())
            until(lambda: heard.hints == [a_hint()])
            assert (it.health.malformed, it.health.connects) == (1, 1)
        assert post.left() == 0

    def test_large_and_foreign_words_come_through(self, link, post, heard):
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(an_order(1, resource_name="Überlänge ☃" * 200_000), an_order(2))
            until(lambda: heard.hints == [a_hint(1), a_hint(2)], 90)

    def test_a_burst_is_taken_at_once_and_nobody_is_blocked(self, link, post, heard):
        many = 5_000
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(*(an_order(number % 10) for number in range(many)))
            until(lambda: it.health.received == many, 60)
            assert set(heard.hints) == {a_hint(number) for number in range(10)}
            assert it.health.connects == 1
        assert post.left() == 0

    def test_whoever_takes_hints_slowly_loses_no_connection(self, link, post, heard):
        heard.slowness = 0.4
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(*(an_order(number) for number in range(10)))
            until(lambda: len(heard.hints) == 10)
            assert it.health.connects == 1


class TestLoss:
    def test_what_was_not_acknowledged_comes_again_over_the_next_connection(self, post, heard, proxy):
        heard.takes = False
        with Listening(proxy.port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(an_order(1), an_order(2))
            until(lambda: it.health.left == 2)
            heard.takes = True
            proxy.cut()
            until(lambda: heard.hints == [a_hint(1), a_hint(2)])
            assert (it.health.redelivered, it.health.connects) == (2, 2)
            assert heard.catch_ups == [Side.B, Side.B]
            assert (it.health.reason, it.health.last_close) == ("", "the connection was closed")
        assert post.left() == 0

    def test_while_it_ends_messages_stay_in_the_queue(self, link, post, heard):
        heard.takes = False
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(*(an_order(number) for number in range(3)))
            until(lambda: it.health.left == 3)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        assert post.left() == 3

    def test_silence_is_noticed(self, post, heard, proxy):
        with Listening(proxy.port, Registers(post.mailbox), heard) as it:
            it.live()
            proxy.swallows = True
            begun = time.monotonic()
            until(lambda: "lost" in it.states)
            assert time.monotonic() - begun <= 3 * QUICK.heart_beat + 1
            proxy.swallows = False
            proxy.cut()
            it.live(2)

    def test_a_port_where_nobody_listens_is_asked_again_and_again(self, post, heard):
        registers = Registers(post.mailbox)
        with Listening(1, registers, heard) as it:
            until(lambda: it.states.count("lost") > 1)
            assert "live" not in it.states
            assert it.health.last_close == "its WebSocket cannot be opened: Connection refused"
        assert registers.calls == ["register"]

    @pytest.mark.parametrize("shakes_hands", [False, True])
    def test_a_server_that_never_answers_is_given_up(self, post, heard, shakes_hands):
        registers, timing = Registers(post.mailbox), attrs.evolve(QUICK, answer=0.3)
        with Mute(shakes_hands=shakes_hands) as mute, Listening(mute.port, registers, heard, timing=timing) as it:
            until(lambda: it.states.count("lost") > 1)
            assert "live" not in it.states
        assert registers.calls == ["register"]

    @pytest.mark.parametrize("shakes_hands", [False, True])
    def test_whoever_waits_for_an_answer_can_be_stopped_at_once(self, post, heard, shakes_hands):
        with Mute(shakes_hands=shakes_hands) as mute:
            with Listening(mute.port, Registers(post.mailbox), heard, timing=Timing()) as it:
                until(lambda: it.states[-1:] == ["connecting"])
                time.sleep(0.2)
                begun = time.monotonic()
            assert time.monotonic() - begun < 2
        assert it.states[-1] == "stopped"

    @pytest.mark.parametrize(
        ("where", "cause"),
        [
            ({"path": "/nowhere"}, "HTTP 404"),
            ({"tls": True, "ca_file": "/nowhere/ca.pem"}, "the CA file cannot be read, No such file or directory"),
            ({"host": "x" * 64}, "UnicodeError"),
        ],
    )
    def test_why_it_cannot_be_reached_is_told(self, link, post, heard, where, cause):
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard, **where) as it:
            until(lambda: it.health.last_close)
            assert it.health.last_close == f"its WebSocket cannot be opened: {cause}"

    def test_a_sink_that_fails_is_told_of_and_costs_no_message(self, link, post):
        class Broken(Heard):
            def take(self, _hint):
                raise ZeroDivisionError

        registers = Registers(post.mailbox)
        with Listening(link.web_stomp_port, registers, Broken()) as it:
            it.live()
            post.put(an_order())
            until(lambda: it.states.count("lost") > 4)
            assert "a fault of ours, ZeroDivisionError" in it.health.last_close
        assert registers.calls == ["register"]
        assert post.left() == 1

    def test_whoever_is_told_of_changes_may_fail(self, link, post, heard):
        def fail(_change):
            raise ZeroDivisionError

        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.channel._on_change = fail  # noqa: SLF001 - from now on
            it.live()

    def test_a_wire_that_swallows_everything_from_the_start_keeps_nobody(self, post, heard, proxy):
        proxy.swallows = True
        begun = time.monotonic()
        with Listening(proxy.port, Registers(post.mailbox), heard):
            time.sleep(0.2)
        assert time.monotonic() - begun < 6

    def test_attempts_go_on_and_each_waits(self, post, heard, proxy):
        proxy.refuses = True
        waits = []

        def longest(low, high):
            waits.append((low, high))
            return high

        with Listening(proxy.port, Registers(post.mailbox), heard, spread=longest) as it:
            until(lambda: len(waits) > 4)
            proxy.refuses = False
            it.live()
        assert waits[:3] == [(0, 0.05), (0, 0.1), (0, 0.2)]
        assert waits[4] == (0, QUICK.longest_wait)


class TestRegistration:
    def test_a_password_that_changed_is_registered_anew(self, post, heard, proxy):
        registers = Registers(post.mailbox)
        registers.before = lambda: post.provide() if len(registers.calls) > 1 else None
        with Listening(proxy.port, registers, heard) as it:
            it.live()
            post.provide("not-the-token")
            proxy.cut()
            it.live(2)
            assert registers.calls == ["register"] * 2
            assert any("Access refused" in change.reason for change in it.changes)

    def test_a_user_that_vanished_is_registered_anew(self, link, post, heard):
        registers = Registers(post.mailbox)
        registers.before = lambda: post.provide() if len(registers.calls) > 1 else None
        with Listening(link.web_stomp_port, registers, heard) as it:
            it.live()
            post.remove_user()
            it.live(2)
        assert registers.calls[:2] == ["register"] * 2

    def test_a_missing_queue_is_never_live_and_is_asked_for_from_scratch_in_the_end(self, link, post, heard):
        post.remove_queue()
        registers = Registers(post.mailbox)
        with Listening(link.web_stomp_port, registers, heard) as it:
            until(lambda: "forget" in registers.calls)
            assert "live" not in it.states
            assert registers.calls[:5] == ["register", "register", "register", "forget", "register"]
            post.provide()
            it.live()

    def test_a_login_that_is_never_accepted_costs_no_queue(self, link, post, heard):
        registers = Registers(attrs.evolve(post.mailbox, passcode="never-a-token"))
        with Listening(link.web_stomp_port, registers, heard):
            until(lambda: len(registers.calls) > 6)
        assert set(registers.calls) == {"register"}

    def test_a_queue_is_asked_for_from_scratch_seldom(self, link, post, heard):
        post.remove_queue()
        registers, timing = Registers(post.mailbox), attrs.evolve(QUICK, refused_wait=60)
        with Listening(link.web_stomp_port, registers, heard, timing=timing):
            until(lambda: len(registers.calls) > 10)
        assert registers.calls.count("forget") == 1

    def test_a_server_that_rebuilds_the_login_is_given_the_time(self, link, post, heard):
        post.remove_queue()
        registers = Registers(post.mailbox)

        def another_login():
            user = f"{post.user}-{len(registers.calls)}"
            link.provide(post.vhost, user, PASSCODE, post.queue)
            post.remove_queue()
            registers.mailboxes = (attrs.evolve(post.mailbox, login=user),)

        registers.before = another_login
        with Listening(link.web_stomp_port, registers, heard):
            until(lambda: len(registers.calls) > 6)
        assert set(registers.calls) == {"register"}

    def test_that_it_cannot_be_deleted_keeps_nobody_from_asking_again(self, link, post, heard):
        post.remove_queue()
        registers = Registers(post.mailbox)
        registers.forget_error = ServerFault(Side.B, "event.forget", "", 500)
        with Listening(link.web_stomp_port, registers, heard) as it:
            until(lambda: registers.calls.count("register") > 3)
            post.provide()
            it.live()

    def test_a_queue_that_is_deleted_under_way_is_noticed(self, link, post, heard):
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.remove_queue()
            until(lambda: "lost" in it.states)
            post.provide()
            it.live(2)

    @pytest.mark.parametrize(
        "error",
        [
            Conflict(Side.B, "event.register", "somebody else's", 409),
            Forbidden(Side.B, "event.register", "", 403),
            Unauthorised(Side.B, "event.register", "", 401),
            ConfigurationError(Finding("offerings[0].backend_settings", "OIDC", "write a token")),
        ],
    )
    def test_a_refusal_is_told_and_tried_again_slowly(self, link, post, heard, error):
        registers = Registers(post.mailbox)
        registers.errors = [error]
        with Listening(link.web_stomp_port, registers, heard) as it:
            it.live()
            assert it.states[:2] == ["registering", "refused"]
            assert str(error) in [change.reason for change in it.changes]

    def test_a_server_that_is_down_is_asked_again(self, link, post, heard):
        registers = Registers(post.mailbox)
        registers.errors = [TimedOut(Side.B, "event.register")]
        with Listening(link.web_stomp_port, registers, heard) as it:
            it.live()
            assert it.states[:2] == ["registering", "lost"]

    def test_a_fault_of_ours_ends_no_channel(self, link, post, heard):
        registers = Registers(post.mailbox)
        registers.errors = [ZeroDivisionError("ours")]
        with Listening(link.web_stomp_port, registers, heard) as it:
            it.live()

    def test_a_healthy_queue_is_renewed_and_lost_rights_are_found(self, link, post, heard):
        registers = Registers(post.mailbox)
        registers.before = lambda: (
            registers.errors.append(Forbidden(Side.B, "event.register", "", 403)) if len(registers.calls) == 3 else None
        )
        with Listening(
            link.web_stomp_port, registers, heard, timing=attrs.evolve(QUICK, renewal=0.3, refused_wait=60)
        ) as it:
            it.live()
            until(lambda: len(registers.calls) >= 3)
            until(lambda: "lost" in it.states)
            assert it.health.connects == 1

    def test_a_renewal_that_fails_for_the_moment_changes_nothing(self, link, post, heard):
        registers = Registers(post.mailbox)
        registers.before = lambda: (
            registers.errors.append(TimedOut(Side.B, "x.y")) if len(registers.calls) > 1 else None
        )
        with Listening(link.web_stomp_port, registers, heard, timing=attrs.evolve(QUICK, renewal=0.2)) as it:
            it.live()
            until(lambda: len(registers.calls) > 2)
            assert it.channel.is_live


class TestSeveral:
    def test_one_broker_that_is_down_delays_no_other(self, link, post, heard):
        other = Heard()
        down = Listening(1, Registers(post.mailbox), other, side=Side.A)
        with down, Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
            it.live()
            post.put(an_order())
            until(lambda: heard.hints == [a_hint()])

    def test_several_queues_of_one_peer_are_one_connection_state(self, link, heard):
        posts = [Post(link, f"{number:032x}") for number in (11, 12)]
        boxes = [
            attrs.evolve(post.mailbox, object_type=kind)
            for post, kind in zip(posts, ("order", "resource"), strict=True)
        ]
        with Listening(link.web_stomp_port, Registers(*boxes), heard) as it:
            it.live()
            posts[0].put({"order_uuid": uuid_of(1, 1).hex})
            posts[1].put({"resource_uuid": uuid_of(1, 1).hex})
            until(lambda: len(heard.hints) == 2)
            assert {hint.about for hint in heard.hints} == {About.ORDER, About.RESOURCE}
            assert heard.catch_ups == [Side.B]

    def test_two_that_share_a_queue_both_hear_everything(self, link, post, heard):
        other, owners = Heard(), QueueOwners()
        with Listening(link.web_stomp_port, Registers(post.mailbox), heard, owners=owners) as first:
            first.live()
            with Listening(link.web_stomp_port, Registers(post.mailbox), other, owners=owners) as second:
                until(lambda: second.channel.is_live)
                assert second.states[-1] == "shared"
                post.put(*(an_order(number) for number in range(20)))
                until(lambda: len(heard.hints) == len(other.hints) == 20)
                first.channel.stop()
                assert first.channel.join()
                second.live()
                post.put(an_order(99))
                until(lambda: a_hint(99) in other.hints)

    def test_who_shares_is_no_better_off_than_who_listens(self, post, heard, proxy):
        owners = QueueOwners()
        with Listening(proxy.port, Registers(post.mailbox), heard, owners=owners) as first:
            first.live()
            with Listening(proxy.port, Registers(post.mailbox), Heard(), owners=owners) as second:
                until(lambda: second.channel.is_live)
                proxy.refuses = True
                proxy.cut()
                until(lambda: not second.channel.is_live)
                until(lambda: "is not connected" in second.health.reason)
                proxy.refuses = False
                first.live(2)
                until(lambda: second.channel.is_live and "is not" not in second.health.reason)
                assert {change.now.value for change in second.changes[2:]} == {"shared"}

    def test_a_queue_that_its_listener_leaves_is_taken_over(self, link, post, heard, proxy):
        other, owners, registers = Heard(), QueueOwners(), Registers(post.mailbox)
        with Listening(proxy.port, registers, heard, owners=owners) as first:
            first.live()
            with Listening(proxy.port, Registers(post.mailbox), other, owners=owners) as second:
                until(lambda: second.channel.is_live)
                registers.mailboxes = (Post(link, f"{post.vhost[:-1]}g").mailbox,)
                link.provide(post.vhost, post.user, "not-the-token", post.queue)
                proxy.cut()
                first.live(2)
                post.provide()
                second.live()
                post.put(an_order())
                until(lambda: other.hints == [a_hint()])
            assert heard.hints == []


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path):
        folder = tmp_path
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
            ],
            check=True,
            capture_output=True,
        )
        return folder

    @pytest.fixture
    def tls_port(self, link, certificate):
        with Tls(link.web_stomp_port, certificate) as tls:
            yield tls.port

    def test_with_the_ca_file_it_is_trusted(self, tls_port, certificate, post, heard):
        ca = str(certificate / "cert.pem")
        with Listening(tls_port, Registers(post.mailbox), heard, tls=True, ca_file=ca) as it:
            it.live()
            post.put(an_order())
            until(lambda: heard.hints == [a_hint()])

    def test_without_it_is_not(self, tls_port, post, heard):
        with Listening(tls_port, Registers(post.mailbox), heard, tls=True) as it:
            until(lambda: it.states.count("lost") > 1)
            assert "live" not in it.states
            assert any("its certificate is not trusted" in change.reason for change in it.changes)


class Tls(Proxy):
    """The wire, ending TLS."""

    def __init__(self, target, certificate):
        super().__init__(target)
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        self._listener = context.wrap_socket(self._listener, server_side=True)


def test_the_passcode_is_told_to_nobody(link, post, heard, caplog, capfd):
    registers = Registers(attrs.evolve(post.mailbox, passcode=f"{PASSCODE}-wrong"))
    with caplog.at_level("DEBUG"), Listening(link.web_stomp_port, registers, heard) as it:
        until(lambda: it.states.count("lost") > 1)
    told = [caplog.text, *capfd.readouterr(), *(change.reason for change in it.changes), repr(registers.mailboxes)]
    assert not any(PASSCODE in text for text in told)


OWNER = """
import time
from federation_runner.broker_process import BrokerProcess
with BrokerProcess() as broker:
    print(broker.management_url, broker.environment()["HOME"], flush=True)
    time.sleep(600)
"""


class TestBrokerRestart:
    def test_messages_and_connection_survive(self, heard):
        with BrokerProcess() as process:
            link = RabbitMq(process.management_url)
            post = Post(link, "f" * 32)
            with Listening(link.web_stomp_port, Registers(post.mailbox), heard) as it:
                it.live()
                process.stop()
                until(lambda: "lost" in it.states)
                process.start()
                post.put(an_order())
                it.live(2)
                until(lambda: heard.hints == [a_hint()])
                assert heard.catch_ups == [Side.B, Side.B]
            link.close()

    def test_it_ends_even_if_whoever_started_it_is_killed(self):
        owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        with owner.stdout:
            management, home = owner.stdout.readline().split()
        owner.kill()
        owner.wait()
        port = urlsplit(management).port
        until(lambda: not Path(home).exists(), 40)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))

    def test_a_machine_without_one_says_what_to_install(self, monkeypatch, tmp_path):
        monkeypatch.setattr(broker_process, "PROGRAM", tmp_path / "rabbitmq-server")
        with pytest.raises(BrokerError, match="install the package rabbitmq-server"):
            BrokerProcess()

    def test_one_that_does_not_start_says_why(self, monkeypatch, tmp_path):
        program = tmp_path / "rabbitmq-server"
        program.write_text("#!/bin/sh\necho no memory today\nexit 1\n")
        program.chmod(0o755)
        monkeypatch.setattr(broker_process, "PROGRAM", program)
        with pytest.raises(BrokerError, match="no memory today"), BrokerProcess():
            pass
        assert threading.active_count() < 50
