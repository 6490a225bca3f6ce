import json
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation_adapters.dwdi import pages
from federation_adapters.dwdi.pages import Call, next_params, read_all
from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_core.domain.errors import ServerFault, UnexpectedShape
from federation_core.domain.ids import Side

ROOT = "https://dwdi.example/api/v1"
PATH = "/compute/usage-month/account"
PARAMS = [("from", "2026-03"), ("to", "2026-03"), ("account", "g1"), ("account", "g 2")]
CALL = Call("compute.month", PATH, PARAMS, "compute")


def served(answer):
    """A client of a warehouse that answers each query by *answer*, which is told the page that is asked for."""
    asked = []

    def handle(request):
        asked.append(str(request.url))
        assert request.headers["authorization"]
        return answer(int(request.url.params.get("page", "1")))

    access = Access(Side.B, ROOT, StaticToken("not-a-real-token"), attempts=1)
    return HttpClient(access, transport=httpx.MockTransport(handle)), asked


def rows(number):
    return [{"account": "g1", "number": number}]


def with_link(target, relation="next"):
    return lambda number: httpx.Response(
        200,
        json={"compute": rows(number)},
        headers={"Link": f"<{target(number)}>; rel={relation}"} if number < 3 else {},
    )


def with_field(target):
    return lambda number: httpx.Response(
        200, json={"compute": rows(number), "next": target(number) if number < 3 else None}
    )


TARGETS = {
    "whole": lambda number: f"{ROOT}{PATH}?from=2026-03&to=2026-03&account=g1&account=g%202&page={number + 1}",
    "with its port": lambda number: f"HTTPS://DWDI.example:443/api/v1{PATH}?page={number + 1}",
    "from the root": lambda number: f"/api/v1{PATH}?page={number + 1}",
    "query alone": lambda number: f"?page={number + 1}",
    "last part": lambda number: f"account?page={number + 1}",
    "fragment": lambda number: f"?page={number + 1}#rows",
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("form", [with_link, with_field])
def test_all_pages_are_read_by_either_form(form, target):
    http, asked = served(form(target))
    assert read_all(http, CALL) == [tuple(rows(number)) for number in (1, 2, 3)]
    assert len(asked) == 3
    assert all(url.startswith(f"{ROOT}{PATH}?") for url in asked)


@pytest.mark.parametrize("relation", ["next", "NEXT", '"next"', '"prefetch next"'])
def test_relations_of_links_are_read_as_the_standard_says(relation):
    http, asked = served(with_link(TARGETS["whole"], relation))
    read_all(http, CALL)
    assert len(asked) == 3


def test_both_forms_may_say_the_same():
    def answer(number):
        if number == 2:
            return httpx.Response(200, json={"compute": rows(2)})
        headers = {"Link": '<?page=2>; rel="next"'}
        return httpx.Response(200, json={"compute": rows(1), "next": f"/api/v1{PATH}?page=2"}, headers=headers)

    http, _ = served(answer)
    assert len(read_all(http, CALL)) == 2


REFUSED = {
    "another host": ("https://elsewhere.example/api/v1/compute/usage-month/account?page=2", "another server"),
    "another port": (f"https://dwdi.example:8443/api/v1{PATH}?page=2", "another server"),
    "another scheme": (f"http://dwdi.example/api/v1{PATH}?page=2", "another server"),
    "no scheme": (f"//elsewhere.example/api/v1{PATH}?page=2", "another server"),
    "a name in it": (f"https://carrier@dwdi.example/api/v1{PATH}?page=2", "another server"),
    "no address": ("https://[dwdi/2", "an address that is none"),
    "a port too high": (f"https://dwdi.example:99999/api/v1{PATH}?page=2", "an address that is none"),
    "outside": ("/admin?page=2", "another resource"),
    "another resource": ("/api/v1/compute/usage-day/account?page=2", "another resource"),
    "upwards": ("../../../admin?page=2", "another resource"),
    "another month": ("?page=2&from=2026-02", "another from than was asked for"),
    "another account": ("?page=2&account=g3", "another account than was asked for"),
    "the same": ("", "read already"),
    "the same in another order": ("?account=g+2&to=2026-03&from=2026-03&account=g1", "read already"),
}


@pytest.mark.parametrize(("target", "words"), REFUSED.values(), ids=REFUSED)
def test_a_page_that_is_not_the_next_of_this_answer_is_neither_asked_for_nor_left_out(target, words):
    http, asked = served(
        lambda number: httpx.Response(200, json={"compute": rows(number), "next": target or f"?{query()}"})
    )
    with pytest.raises(UnexpectedShape, match=words):
        read_all(http, CALL)
    assert len(asked) == 1


def query():
    return urlencode(PARAMS)


def test_two_different_next_pages_are_refused():
    headers = {"Link": "<?page=3>; rel=next"}
    http, _ = served(lambda _: httpx.Response(200, json={"compute": [], "next": "?page=2"}, headers=headers))
    with pytest.raises(UnexpectedShape, match="two different next pages"):
        read_all(http, CALL)


def test_a_circle_of_pages_ends():
    following = {1: 2, 2: 3, 3: 2}
    http, asked = served(
        lambda number: httpx.Response(200, json={"compute": rows(number), "next": f"?page={following[number]}"})
    )
    with pytest.raises(UnexpectedShape, match="read already"):
        read_all(http, CALL)
    assert len(asked) == 3


def test_the_same_rows_again_are_not_counted_twice():
    http, asked = served(lambda number: httpx.Response(200, json={"compute": rows(1), "next": f"?page={number + 1}"}))
    with pytest.raises(UnexpectedShape, match="the rows of a page that came before"):
        read_all(http, CALL)
    assert len(asked) == 2


def test_pages_without_end_end():
    http, asked = served(
        lambda number: httpx.Response(200, json={"compute": rows(number), "next": f"?page={number + 1}"})
    )
    with pytest.raises(UnexpectedShape, match="more than 100 pages"):
        read_all(http, CALL)
    assert len(asked) == pages.MOST_PAGES


def test_pages_that_are_too_long_together_end():
    filling = "x" * (5 * 2**20)
    http, asked = served(
        lambda number: httpx.Response(
            200, json={"compute": rows(number), "filling": filling, "next": f"?page={number + 1}"}
        )
    )
    with pytest.raises(UnexpectedShape, match="more than 33554432 bytes"):
        read_all(http, CALL)
    assert len(asked) == 7


def test_pages_that_take_too_long_end():
    times = iter([0.0, 299.0, 301.0])
    http, asked = served(with_field(TARGETS["whole"]))
    with pytest.raises(UnexpectedShape, match="longer than 300 seconds"):
        read_all(http, CALL, lambda: next(times))
    assert len(asked) == 2


def test_a_page_that_fails_leaves_nothing_of_those_before():
    http, _ = served(lambda number: with_field(TARGETS["whole"])(number) if number < 2 else httpx.Response(500))
    with pytest.raises(ServerFault):
        read_all(http, CALL)


@pytest.mark.parametrize(("counted", "is_whole"), [(3, True), (2, True), (4, False)])
def test_fewer_rows_than_the_answer_counts_are_a_part(counted, is_whole):
    def answer(number):
        body = json.loads(with_field(TARGETS["whole"])(number).content)
        return httpx.Response(200, json={**body, "count": counted})

    http, _ = served(answer)
    if is_whole:
        assert len(read_all(http, CALL)) == 3
    else:
        with pytest.raises(UnexpectedShape, match="3 rows came, and it counts 4"):
            read_all(http, CALL)


@given(st.text())
def test_whatever_a_link_is_it_stays_with_the_question_or_is_refused(link):
    try:
        params = next_params(ROOT, CALL, PARAMS, link)
    except UnexpectedShape:
        return
    assert all((name, value) in PARAMS for name, value in params if name in dict(PARAMS))
