"""What the User API is asked, and which of its rows count."""

import json
import string

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.json_like import anything, texts

from federation_adapters.hpc_users.groups import BATCH, MOST_CHARACTERS, UserApiGroups, batches, groups
from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.answers import Answer
from federation_adapters.http.client import HttpClient
from federation_core.domain import errors
from federation_core.domain.ids import Side


class Api:
    """Answers with *rows*, or as *answer* says, and remembers the requests."""

    def __init__(self, *rows, answer=None):
        self.answer = answer or (lambda _: httpx.Response(200, json={"projects": rows}))
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        return self.answer(request)

    def groups(self, batch=BATCH):
        access = Access(Side.B, "http://users.example/api", StaticToken("not-a-real-token"), attempts=1)
        return UserApiGroups(HttpClient(access, transport=httpx.MockTransport(self)), batch)

    @property
    def asked(self):
        assert {(request.method, request.url.path) for request in self.requests} <= {
            ("GET", "/api/v1/export/waldur/projects")
        }
        return [request.url.params.get_list("projects") for request in self.requests]


def row(slug, group):
    return {"posixName": slug, "unixGid": group, "displayName": "Any Name"}


def everybody(request):
    rows = [row(slug, 30_000 + len(slug)) for slug in request.url.params.get_list("projects")]
    return httpx.Response(200, json={"projects": rows})


def test_distinct_slugs_are_asked_for_in_order():
    api = Api(row("avalanche", 31902), row("permafrost", 31877))
    found = api.groups().look_up(["permafrost", "glacier", "avalanche", "permafrost"])
    assert found == {"permafrost": 31877, "avalanche": 31902}
    assert api.asked == [["avalanche", "glacier", "permafrost"]]


@pytest.mark.parametrize("slugs", [[], [""], [" ", "\t"], ["\0", "a\nb", "\ud800"], ["x" * 7_000]])
def test_nothing_is_asked_without_a_slug(slugs):
    api = Api(row("permafrost", 31877))
    assert api.groups().look_up(slugs) == {}
    assert api.asked == []


def test_a_slug_that_nobody_can_be_asked_about_leaves_the_others():
    api = Api(answer=everybody)
    assert set(api.groups().look_up(["", "a/b", "..", "ä", "\ud800", "a&projects=b"])) == {
        "a/b",
        "..",
        "ä",
        "a&projects=b",
    }
    assert api.asked == [["..", "a&projects=b", "a/b", "ä"]]


def test_two_hundred_and_fifty_slugs_are_three_requests():
    api = Api(answer=everybody)
    slugs = [f"project-{number:03}" for number in range(250)]
    assert set(api.groups().look_up(reversed(slugs))) == set(slugs)
    assert [len(asked) for asked in api.asked] == [100, 100, 50]


def test_long_slugs_are_asked_for_in_short_addresses():
    api = Api(answer=everybody)
    slugs = [f"{'ü' * 100}-{number}" for number in range(60)]
    assert set(api.groups().look_up(slugs)) == set(slugs)
    assert max(len(str(request.url)) for request in api.requests) < MOST_CHARACTERS + 100


@given(st.sets(st.text() | st.text(string.ascii_lowercase), max_size=30), st.integers(1, 5))
def test_batches_ask_for_each_slug_once_and_for_none_that_is_empty(slugs, size):
    found = [slug for batch in batches(slugs, size) for slug in batch]
    assert found == sorted(set(found))
    assert set(found) == {slug for slug in slugs if slug.isprintable() and slug.strip()}
    assert all(0 < len(batch) <= size for batch in batches(slugs, size))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("a", 7)], {"a": 7}),
        ([row("a", 7), row("a", 7)], {"a": 7}),
        ([row("a", 7), row("a", 8)], {}),
        ([row("a", 7), row("a", None)], {"a": 7}),
        ([row("a", 1), row("b", 2**31 - 1)], {"a": 1, "b": 2**31 - 1}),
        ([row("a", 0), row("b", 2**31)], {}),
        ([row("a", -7), row("b", True)], {}),
        ([row("a", "7"), row("b", 7.0)], {}),
        ([row("a", 7.5), row("b", [7])], {}),
        ([row("A", 7), row(" a", 7), row("a ", 7), row("aa", 7), row("", 7)], {}),
        ([row(None, 7), row(["a"], 7), row({"a": 1}, 7)], {}),
        ([{"posixName": "a"}, {"unixGid": 7}, {}], {}),
        ([row("another", 7), row("b", 8)], {"b": 8}),
        ([], {}),
    ],
)
def test_rows_count_whose_name_and_group_are_beyond_doubt(rows, found):
    assert Api(*rows).groups().look_up(["a", "b"]) == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "no JSON object"),
        ({}, "no list 'projects' in the answer, which has no fields"),
        ({"results": []}, "which has results"),
        ({"projects": {"a": 7}}, "no list 'projects'"),
        ({"projects": None}, "no list 'projects'"),
        ({"projects": ["a"]}, "something else than objects"),
        ({"projects": [], "next": "http://users.example/2"}, "a part of a longer answer, by its next"),
        ({"projects": [], "hasMore": True}, "a part of a longer answer, by its hasMore"),
    ],
)
def test_what_is_not_of_the_documented_form_is_an_error(body, words):
    for ask in (lambda api: api.groups().look_up(["a"]), lambda api: api.groups().ping()):
        with pytest.raises(errors.UnexpectedShape, match=words):
            ask(Api(answer=lambda _: httpx.Response(200, json=body)))


def test_a_link_to_a_next_page_is_an_error():
    link = {"Link": '<http://users.example/2>; rel="next"'}
    api = Api(answer=lambda _: httpx.Response(200, json={"projects": []}, headers=link))
    with pytest.raises(errors.UnexpectedShape, match="a link to a next page"):
        api.groups().look_up(["a"])


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"projects": [', b"[" * 100_000])
def test_what_is_no_json_is_an_error(body):
    with pytest.raises(errors.UnexpectedShape, match="not JSON"):
        Api(answer=lambda _: httpx.Response(200, content=body)).groups().look_up(["a"])


def test_one_request_that_fails_is_told():
    def answer(request):
        return httpx.Response(500) if "b" in request.url.params.get_list("projects") else everybody(request)

    with pytest.raises(errors.ServerFault, match=r"B groups.read failed on the server \(500\)"):
        Api(answer=answer).groups(batch=1).look_up(["a", "b", "c"])


def test_a_ping_asks_for_nobodys_group():
    api = Api()
    api.groups().ping()
    assert api.asked == [["waldur-federation-ping"]]


@given(
    anything
    | st.fixed_dictionaries(
        {"projects": st.lists(st.fixed_dictionaries({"posixName": texts | st.just("a"), "unixGid": anything}))}
    )
)
def test_whatever_comes_is_groups_or_one_error(body):
    try:
        found = groups(Answer(200, {}, json.dumps(body).encode()), ["a", "b"], "x.y")
    except errors.UnexpectedShape:
        return
    assert set(found) <= {"a", "b"}
    assert all(type(group) is int and 0 < group < 2**31 for group in found.values())
