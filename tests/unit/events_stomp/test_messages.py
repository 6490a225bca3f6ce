"""What messages mean, and where brokers are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.builders import uuid_of

from federation_adapters.events_stomp.endpoint import Endpoint, endpoint_for
from federation_adapters.events_stomp.messages import HEARD_TYPES, LONGEST_WORD, read_message
from federation_core.domain.hints import About, Hint, Ignored, Malformed
from federation_core.domain.ids import Side

ONE, TWO = uuid_of(1, 1), uuid_of(1, 2)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([ONE.hex, str(TWO), *HEARD_TYPES, "project"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = [
    "object_type",
    "order_uuid",
    "project_uuid",
    "scope_type",
    "scope_uuid",
    "offering_uuid",
    "action",
    "order_state",
]


def read(side=Side.A, object_type="", **content):
    return read_message(json.dumps(content), side, object_type)


@pytest.mark.parametrize(
    ("kind", "key", "about"),
    [
        ("order", "order_uuid", About.ORDER),
        ("resource", "resource_uuid", About.RESOURCE),
        ("resource_end_date_change_request", "resource_uuid", About.RESOURCE),
        ("user_role", "project_uuid", About.PROJECT),
        ("service_account", "project_uuid", About.PROJECT),
        ("course_account", "project_uuid", About.PROJECT),
        ("offering_user", "offering_user_uuid", About.ACCOUNT),
        ("offering_resources_sync", "offering_uuid", About.OFFERING),
    ],
)
@pytest.mark.parametrize("spelling", [ONE.hex, str(ONE), ONE.hex.upper()])
def test_each_type_names_something_to_look_at(kind, key, about, spelling):
    assert read(object_type=kind, **{key: spelling}) == Hint(Side.A, about, ONE)
    assert read_message(json.dumps({key: spelling, "object_type": kind}), Side.B) == Hint(Side.B, about, ONE)


def test_what_was_told_is_kept_for_people_and_nothing_personal():
    hint = read(object_type="order", order_uuid=ONE.hex, order_state="done", offering_uuid=TWO.hex)
    assert isinstance(hint, Hint)
    assert (hint.because, hint.offering) == ("order done", TWO)
    hint = read(object_type="offering_user", offering_user_uuid=ONE.hex, username="ada", action="username_set")
    assert isinstance(hint, Hint)
    assert hint.because == "offering_user username_set"


def test_hints_to_look_at_the_same_are_equal_whatever_was_told():
    hints = {read(object_type="order", order_uuid=ONE.hex, order_state=state) for state in ("executing", "done")}
    assert len(hints) == 1


def test_a_role_told_to_a_consumer_names_its_scope():
    assert read(object_type="user_role", scope_type="project", scope_uuid=ONE.hex) == Hint(Side.A, About.PROJECT, ONE)
    assert isinstance(read(object_type="user_role", scope_type="customer", scope_uuid=ONE.hex), Ignored)


@pytest.mark.parametrize("kind", ["user_ssh_key", "importable_resources", "from the future"])
def test_what_asks_for_nothing_is_ignored(kind):
    assert read(object_type=kind) == Ignored(f"messages about {kind} ask for nothing here")


def test_a_word_that_is_none_is_cut_and_cleaned():
    heard = read(object_type="x\n" * 200)
    assert isinstance(heard, Ignored)
    assert "\n" not in heard.because
    assert len(heard.because) < LONGEST_WORD + 60


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", b"\xff", "[" * 100_000, "{}", '{"object_type": {}}'])
def test_what_cannot_be_understood_is_malformed(body):
    assert isinstance(read_message(body, Side.A), Malformed)


@pytest.mark.parametrize("content", [{}, {"order_uuid": None}, {"order_uuid": "x"}, {"order_uuid": [ONE.hex]}])
def test_so_is_a_message_without_what_it_is_about(content):
    assert read(object_type="order", **content) == Malformed("order without a UUID in order_uuid")


@given(st.binary() | st.text() | st.dictionaries(st.sampled_from(KEYS) | st.text(), values).map(json.dumps))
def test_whatever_comes_is_one_of_three(body):
    heard = read_message(body, Side.A)
    assert isinstance(heard, Hint | Ignored | Malformed)
    assert heard.because or isinstance(heard, Hint)


@pytest.mark.parametrize(
    ("url", "options", "endpoint"),
    [
        ("https://a.example", {}, Endpoint("a.example", 443)),
        ("https://a.example/waldur", {"tls": False}, Endpoint("a.example", 80, tls=False)),
        ("http://a.example:8000", {}, Endpoint("a.example", 8000)),
        ("https://a.example:8443", {"port": 15673}, Endpoint("a.example", 15673)),
        ("https://a.example", {"host": "b.example", "path": "/ws"}, Endpoint("b.example", 443, "/ws")),
        ("https://[::1]:8443", {"ca_file": "ca.pem"}, Endpoint("::1", 8443, ca_file="ca.pem")),
    ],
)
def test_the_broker_is_where_the_keys_and_the_address_say(url, options, endpoint):
    assert endpoint_for(url, **options) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (Endpoint("a.example", 443), "wss://a.example:443/rmqws-stomp"),
        (Endpoint("::1", 15674, "/ws", tls=False), "ws://[::1]:15674/ws"),
    ],
)
def test_its_address_is_one_that_can_be_called(endpoint, url):
    assert endpoint.url == url
