"""Whatever a Waldur answers, a reader returns, or raises an error of ours."""

import inspect
from typing import get_type_hints

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.json_like import CLASSES, anything, argument, encoded, objects, rows
from tests.security.hostile import client_of

from federation_adapters.waldur import (
    accounts,
    catalogue,
    events,
    health,
    identity,
    members,
    orders,
    peer,
    projects,
    resources,
    rights,
    storage,
    usage,
)
from federation_adapters.waldur.converter import Misshapen, structure
from federation_core.domain.errors import FederationError

ROOMS = (accounts, catalogue, events, health, identity, members, orders, projects, resources, rights, storage, usage)
ADAPTERS = [
    kind
    for room in ROOMS
    for name, kind in sorted(vars(room).items())
    if inspect.isclass(kind)
    and kind.__module__ == room.__name__
    and "peer" in inspect.signature(kind).parameters
    and not kind.__subclasses__()
]
KINDS = {tuple(name for _, name in peer.fields_of(kind)): kind for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_anything_is_a_row_or_misshapen(kind, data):
    for value in (data.draw(anything), data.draw(objects), data.draw(rows(kind))):
        told = ""
        try:
            structure(value, kind)
        except Misshapen as error:
            told = str(error)
        assert len(told) < 1_000


class Server:
    """Answers each call with what nearly fits it."""

    def __init__(self, draw):
        self._draw = draw

    def __call__(self, request):
        draw = self._draw
        if draw(st.integers(0, 19)) == 0:
            return httpx.Response(
                draw(st.sampled_from([204, 400, 403, 404, 405, 409, 500])), content=encoded(draw(anything))
            )
        if draw(st.integers(0, 9)) == 0:
            return httpx.Response(200, content=encoded(draw(anything)))
        kind = KINDS.get(tuple(request.url.params.get_list("field"))) or draw(st.sampled_from(CLASSES))
        if "page_size" not in request.url.params:
            return httpx.Response(200, content=encoded(draw(rows(kind))))
        found = draw(st.lists(rows(kind), max_size=3))
        counted = st.just(str(len({str(row.get("uuid")) for row in found})))
        headers = {"X-Result-Count": draw(counted | counted | st.sampled_from(["", "-1", "9" * 5_000]))}
        return httpx.Response(200, content=encoded(found), headers=headers)


def calls_of(adapter):
    """What the core may call of it."""
    return [
        call for name, call in sorted(vars(adapter).items()) if inspect.isfunction(call) and not name.startswith("_")
    ]


def inherited(adapter):
    return [call for base in adapter.__mro__[:-1] for call in calls_of(base)]


def arguments(draw, call):
    hints = get_type_hints(call)
    names = [name for name in inspect.signature(call).parameters if name not in {"self", "peer"}]
    return {name: draw(argument(hints[name])) for name in names}


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.__name__)
@given(data=st.data())
def test_a_reader_returns_or_raises_an_error_of_ours(adapter, data):
    call = data.draw(st.sampled_from(inherited(adapter)), label="call")
    made, given_to_it = arguments(data.draw, adapter.__init__), arguments(data.draw, call)
    with client_of("https://b.example", transport=httpx.MockTransport(Server(data.draw))) as client:
        reader = adapter(peer.Peer(client), **made)
        try:
            call(reader, **given_to_it)
        except FederationError:
            return
