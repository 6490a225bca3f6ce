"""What the two servers saw over a whole life of orders: which writes were made, and how every text in them was spelled."""

import re

import pytest
from tests.scenario.harness import play

DASHED = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
B_WRITES = {
    r"/api/projects/",
    r"/api/marketplace-orders/",
    r"/api/marketplace-resources/[0-9a-f]{32}/(update_limits|terminate)/",
}


@pytest.fixture(scope="module", params=["8.1.2", "2024-10"])
def life(request):
    """Creation, new limits and termination of one resource; the creation of another."""
    with play(served=False, profile=request.param) as p:
        resource, _ = p.living()
        for place in (lambda r: p.place_update(r, {"node_hours": 7}), p.place_terminate):
            order = place(resource)
            p.cycle()
            p.b_finishes()
            p.cycle()
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"
            resource = p.a.resource(resource.uuid)
        p.place(name="second")
        p.cycle()
        p.b_rejects("No.")
        p.cycle()
        yield p


def writes(p, side):
    return getattr(p.pair, side).sandbox.writes.entries


def texts(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def keys(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from keys(item)


def test_nothing_is_written_on_b_but_projects_and_orders(life):
    paths = {write.path for write in writes(life, "b")}
    assert all(any(re.fullmatch(allowed, path) for allowed in B_WRITES) for path in paths)
    assert all(any(re.fullmatch(allowed, path) for path in paths) for allowed in B_WRITES)
    assert {write.method for write in writes(life, "b")} == {"POST"}


def test_no_backend_id_on_b_is_written_but_the_projects_own(life):
    bearing = [write.path for write in writes(life, "b") if "backend_id" in set(keys(write.body))]
    assert bearing == ["/api/projects/"]
    assert {resource.backend_id for resource in life.b.resources} == {""}


def test_a_is_never_patched_and_its_effective_id_stays_its_own(life):
    assert {write.method for write in writes(life, "a")} == {"POST"}
    assert not [write.path for write in writes(life, "a") if "effective_id" in write.path]


@pytest.mark.parametrize("side", ["a", "b"])
def test_no_slug_is_ever_sent(life, side):
    assert not [key for write in writes(life, side) for key in keys(write.body) if "slug" in key]


def test_every_text_in_a_backend_id_is_dashed(life):
    a_side = [write.body["backend_id"] for write in writes(life, "a") if "backend_id" in set(keys(write.body))]
    assert a_side
    assert all(re.fullmatch(DASHED, text) for text in a_side)
    (project,) = [write.body["backend_id"] for write in writes(life, "b") if write.path == "/api/projects/"]
    assert re.fullmatch(f"{DASHED}_{DASHED}", project)


def test_every_mark_is_hex(life):
    marks = [
        (key, text)
        for write in writes(life, "b")
        for key, text in (write.body.get("attributes") or {}).items()
        if key.startswith("waldur_federation_")
    ]
    assert {key.removeprefix("waldur_federation_") for key, _ in marks} == {"resource", "offering", "order"}
    assert all(re.fullmatch(r"[0-9a-f]{32}", text) for _, text in marks)


@pytest.mark.parametrize("side", ["a", "b"])
def test_every_path_ends_with_a_slash_and_none_was_redirected(life, side):
    seen = getattr(life.pair, side).sandbox.requests.entries
    assert all(entry.path.endswith("/") for entry in seen)
    assert not [entry.path for entry in seen if entry.status is not None and 300 <= entry.status < 400]


@pytest.mark.parametrize("side", ["a", "b"])
def test_no_list_is_asked_for_with_the_servers_own_page_size_and_no_row_in_full(life, side):
    reads = [entry for entry in getattr(life.pair, side).sandbox.requests.entries if entry.method == "GET"]
    lists = [entry for entry in reads if "<uuid>" not in entry.template and "users/me" not in entry.path]
    assert lists
    assert all("page_size=300" in entry.query for entry in lists)
    assert all("field=" in entry.query for entry in reads)
