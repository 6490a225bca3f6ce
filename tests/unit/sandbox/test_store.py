import pytest

from federation_adapters.sandbox import Sandbox
from federation_adapters.sandbox.clock import real_clock
from federation_adapters.sandbox.entities import Role
from federation_adapters.sandbox.profiles import CURRENT
from federation_adapters.sandbox.store import Store, Table


@pytest.fixture
def store():
    return Store(0, real_clock, CURRENT)


@pytest.fixture
def table(store):
    return Table[Role](store.journal, kind=lambda row: row.content_type)


def _role(store, name, kind="project"):
    return Role(**store.stamp(), name=name, content_type=kind, permissions=frozenset())


def _refuse(store, *steps):
    """Take the steps in a request that is refused in the end."""
    with store.journal.transaction():
        for step in steps:
            step()
        raise RuntimeError


def _names(rows):
    return [row.name for row in rows]


def test_rows_are_found_by_their_keys(store, table):
    for name, kind in (("a", "project"), ("b", "customer"), ("c", "project")):
        table.add(_role(store, name, kind))
    assert _names(table.find("kind", "project")) == ["a", "c"]
    assert _names(table.find("kind", "none")) == []


def test_what_a_refused_request_wrote_leaves_no_trace_in_any_index(store, table):
    first = table.add(_role(store, "a"))
    table.add(_role(store, "b"))
    with pytest.raises(RuntimeError):
        _refuse(store, lambda: table.remove(first), lambda: table.add(_role(store, "c")))
    assert _names(table) == _names(table.find("kind", "project")) == ["a", "b"]


def test_an_answer_lasts_until_something_is_written(store):
    role = store.roles.add(_role(store, "a"))
    asked = []

    def ask():
        asked.append(role.name)
        return role.name

    assert [store.once("name", ask) for _ in range(3)] == ["a"] * 3
    role.name = "b"
    assert [store.once("name", ask), store.once("other", ask)] == ["b", "b"]
    assert asked == ["a", "b", "b"]


def test_an_undone_write_is_a_write(store):
    role = store.roles.add(_role(store, "a"))
    seen = []
    with pytest.raises(RuntimeError):
        _refuse(store, lambda: setattr(role, "name", "b"), lambda: seen.append(store.once("name", lambda: role.name)))
    assert seen == ["b"]
    assert store.once("name", lambda: role.name) == "a"


def test_settings_count_as_written():
    sandbox = Sandbox()
    before = sandbox.store.journal.revision
    sandbox.world.settings.enforce_consent = True
    assert sandbox.store.journal.revision > before


def test_a_consent_ends_once(store):
    world = Sandbox().world
    user, offering = world.add_user("u"), world.add_offering(world.add_customer("c"), "o")
    agreed = world.consent(user, offering)
    assert world.consent(user, offering) is agreed
    store.revoke_consent(agreed)
    ended = agreed.revocation_date
    store.revoke_consent(agreed)
    assert agreed.revocation_date == ended
