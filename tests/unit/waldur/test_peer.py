"""Lists in pages: complete only with proof, whatever a server does with its pages, filters and counts."""

import json
from contextlib import suppress
from uuid import UUID

import httpx
import pytest

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur import peer as peer_module
from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import OrderRef, ProjectRow
from federation_core.domain import errors
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete, Incomplete

CREATED = "2025-03-31T23:30:00Z"
READ = [
    "uuid",
    "customer_uuid",
    "created",
    "name",
    "backend_id",
    "description",
    "end_date",
    "end_date_updated_at",
    "oecd_fos_2007_code",
    "is_industry",
    "science_sub_domain_code",
]
CUSTOMER = UUID("c0c0c0c0-feda-4abc-8def-000000000001")
PERSON = "Heidi Hidden <heidi@example.org>"


def row(number, **changes):
    return {
        "uuid": f"{number:032x}",
        "customer_uuid": CUSTOMER.hex,
        "created": CREATED,
        "name": f"p{number}",
        "backend_id": "",
        **changes,
    }


def rows(count):
    return [row(number) for number in range(1, count + 1)]


class Pages:
    """A server with one list; *edit* changes the list before the page of that number is answered."""

    def __init__(self, listed, *, most=300, counted=None, link="{base}", edit=None, forever=False):
        self.listed, self.most, self.counted, self.link = list(listed), most, counted, link
        self.edit, self.forever = edit or {}, forever
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.url)
        page = int(request.url.params.get("page", "1"))
        self.edit.pop(len(self.asked), lambda _rows: None)(self.listed)
        size = min(int(request.url.params.get("page_size", "10")), self.most)
        last = max(1, -(-len(self.listed) // size))
        if page > last and not self.forever:
            return httpx.Response(404, json={"detail": "Invalid page."})
        start = 0 if self.forever else (page - 1) * size
        base = self.link.format(base="http://b.example")
        headers = {"X-Result-Count": str(len(self.listed) if self.counted is None else self.counted)}
        if page < last or self.forever:
            headers["Link"] = f'<{base}/api/projects/?page={page + 1}>; rel="next"'
        return httpx.Response(200, json=self.listed[start : start + size], headers=headers)


def answering(*answers):
    given = list(answers)
    return lambda _request: given.pop(0) if len(given) > 1 else given[0]


def peer_of(handler):
    access = Access(Side.B, "http://b.example/api/", StaticToken("not-a-real-token"))
    return Peer(HttpClient(access, transport=httpx.MockTransport(handler), sleep=lambda _seconds: None))


def listed(handler, *, keep=lambda _row: True):
    return peer_of(handler).listing(
        "project.list_all",
        "projects/",
        [("customer", CUSTOMER.hex)],
        ProjectRow,
        keep=keep,
        translate=lambda r: r.name,
    )


def names(count):
    return tuple(f"p{number}" for number in range(1, count + 1))


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (299, 1), (300, 1), (301, 2), (601, 3)])
def test_a_list_is_read_in_pages_of_three_hundred_to_its_end(count, pages):
    server = Pages(rows(count))
    assert listed(server) == Complete(names(count))
    assert [url.params.get("page") for url in server.asked] == [None, *[str(page) for page in range(2, pages + 1)]]
    assert {url.params["page_size"] for url in server.asked} == {"300"}


def test_a_server_with_smaller_pages_is_followed_all_the_same():
    assert listed(Pages(rows(25), most=10)) == Complete(names(25))


def test_every_page_is_asked_for_with_the_filters_and_only_the_keys_that_are_read():
    server = Pages(rows(601))
    listed(server)
    for url in server.asked:
        assert url.params.get_list("field") == READ
        assert url.params["customer"] == CUSTOMER.hex
        assert url.path == "/api/projects/"


@pytest.mark.parametrize("elsewhere", ["https://internal.example", "http://127.0.0.1:1", "//other.example"])
def test_a_link_to_another_host_is_a_hint_and_never_followed(elsewhere):
    server = Pages(rows(601), link=elsewhere)
    assert listed(server) == Complete(names(601))
    assert {url.host for url in server.asked} == {"b.example"}


@pytest.mark.parametrize("counted", [602, 600, 0])
def test_a_count_that_never_fits_is_walked_three_times_and_incomplete(counted):
    server = Pages(rows(601), counted=counted)
    seen = listed(server)
    assert seen == Incomplete(
        names(601), f"B project.list_all: 601 distinct rows were read where the server counts {counted}"
    )
    assert len(server.asked) == 3 * 3


@pytest.mark.parametrize("counted", ["", "many", "-1", "1.0", "²"])
def test_without_a_readable_count_there_is_no_proof(counted):
    answer = httpx.Response(200, json=rows(1), headers={b"X-Result-Count": counted.encode("latin-1", "replace")})
    seen = listed(lambda _request: answer)
    assert seen == Incomplete(names(1), "B project.list_all: the server does not say how many rows there are")


def test_no_count_header_at_all_is_no_proof_either():
    assert isinstance(listed(answering(httpx.Response(200, json=[]))), Incomplete)


def test_a_row_seen_twice_counts_once_and_is_handed_on_once():
    server = Pages([*rows(2), row(2)], counted=2)
    assert listed(server) == Complete(names(2))


def test_a_row_that_is_repeated_does_not_make_up_for_one_that_is_missing():
    assert listed(Pages([*rows(2), row(2)], counted=3)) == Incomplete(
        names(2), "B project.list_all: 2 distinct rows were read where the server counts 3"
    )


def test_a_list_that_shrank_below_a_page_is_walked_again():
    server = Pages(rows(301), edit={2: lambda found: found.pop()})
    assert listed(server) == Complete(names(300))
    assert len(server.asked) == 3


def test_a_list_that_always_shrinks_is_incomplete():
    shrink = {2 * walk: lambda found: found.pop() for walk in (1, 2, 3)}
    grow = {2 * walk + 1: lambda found: found.append(row(301)) for walk in (1, 2)}
    seen = listed(Pages(rows(301), edit=shrink | grow))
    assert isinstance(seen, Incomplete)
    assert seen.reason == "B project.list_all: the list shrank while it was read"
    assert seen.value == names(300)


def test_a_row_that_leaves_between_two_pages_hides_no_other():
    server = Pages(rows(601), edit={2: lambda found: found.pop(0)})
    seen = listed(server)
    assert seen == Complete(tuple(f"p{number}" for number in range(2, 602)))


def test_a_list_that_changes_during_every_walk_is_incomplete():
    leaving = {2 + 2 * walk: lambda found: found.pop(0) for walk in range(3)}
    seen = listed(Pages(rows(403), edit=leaving))
    assert isinstance(seen, Incomplete)
    assert seen.reason == "B project.list_all: the list changed while it was read"


def test_a_first_page_that_is_not_found_is_an_error_and_no_empty_list():
    with pytest.raises(errors.NotFound):
        listed(answering(httpx.Response(404, json={"detail": "Not found."})))


def test_a_server_that_always_answers_the_same_page_is_not_asked_for_ever():
    server = Pages(rows(5), forever=True)
    assert listed(server) == Complete(names(5))
    assert len(server.asked) == 2


def test_a_server_without_a_last_page_is_given_up_after_a_bound(monkeypatch):
    monkeypatch.setattr(peer_module, "MAX_PAGES", 4)
    asked = []

    def endless(request):
        asked.append(request.url)
        headers = {"X-Result-Count": "1000000", "Link": '<http://b.example/api/projects/?page=9>; rel="next"'}
        return httpx.Response(200, json=[row(len(asked))], headers=headers)

    assert isinstance(listed(endless), Incomplete)
    assert len(asked) == 4 * 3


def test_rows_that_do_not_pass_the_filter_are_dropped_and_spoil_nothing():
    other = row(2, customer_uuid="d" * 32)
    server = Pages([row(1), other, row(3)])
    assert listed(server, keep=lambda r: r.customer_uuid == CUSTOMER) == Complete(("p1", "p3"))


def test_both_spellings_of_a_uuid_are_understood_in_rows():
    server = Pages([row(1, uuid=str(UUID(int=1)), customer_uuid=str(CUSTOMER))])
    assert listed(server, keep=lambda r: r.customer_uuid == CUSTOMER) == Complete(("p1",))


def test_an_odd_row_is_named_and_leaves_the_others_alone():
    odd = row(2, created=PERSON, name=PERSON, backend_id=PERSON)
    seen = listed(Pages([row(1), odd, row(3)]))
    assert isinstance(seen, Incomplete)
    assert seen.value == ("p1", "p3")
    assert f"{2:032x}: str where a time in ISO 8601 is expected @ $.created" in seen.reason
    assert "1 row of B project.list_all" in seen.reason
    assert "Heidi" not in seen.reason


def test_of_many_odd_rows_the_number_is_told_and_the_first_named():
    seen = listed(Pages([row(1, name=5), row(2, name=5), row(3)]))
    assert isinstance(seen, Incomplete)
    assert seen.reason.startswith(f"2 rows of B project.list_all cannot be understood ({1:032x}:")


@pytest.mark.parametrize("odd", [PERSON, 5, None, True, [PERSON], {}, {"name": PERSON}, {"uuid": 5}, {"uuid": PERSON}])
def test_a_row_without_a_uuid_is_incomplete_and_nothing_of_it_is_repeated(odd):
    seen = listed(Pages([row(1), odd]))
    assert isinstance(seen, Incomplete)
    assert seen.value == ("p1",)
    assert "(a row: " in seen.reason
    assert "Heidi" not in seen.reason


def test_all_flaws_are_told():
    seen = listed(Pages([row(1), row(2, name=None)], counted=9))
    assert isinstance(seen, Incomplete)
    assert "counts 9; 1 row of" in seen.reason


@pytest.mark.parametrize("body", [{}, {"detail": PERSON}, PERSON, 5, None, True])
def test_a_body_that_is_no_list_is_of_an_unexpected_shape(body):
    with pytest.raises(errors.UnexpectedShape, match="where a list is expected") as caught:
        listed(answering(httpx.Response(200, content=json.dumps(body), headers={"X-Result-Count": "0"})))
    assert "Heidi" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Heidi signs in</html>",
        json.dumps(rows(1)).encode()[:-9],
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[1" + b"0" * 5000,
    ],
    ids=["page", "cut off", "empty", "not UTF-8", "too deep", "too long a number"],
)
def test_a_body_that_is_no_json_is_of_an_unexpected_shape_and_not_repeated(content):
    answer = httpx.Response(200, content=content, headers={"Content-Type": "text/html", "X-Result-Count": "1"})
    with pytest.raises(errors.UnexpectedShape, match=f"{len(content)} bytes of text/html that are not JSON") as caught:
        listed(answering(answer))
    assert "Heidi" not in str(caught.value)


def test_a_later_page_that_cannot_be_read_is_an_error_and_no_shorter_list():
    first = httpx.Response(200, json=rows(300), headers={"X-Result-Count": "301", "Link": '<x>; rel="next"'})
    with pytest.raises(errors.ServerFault):
        listed(answering(first, httpx.Response(500)))


def test_an_object_is_asked_for_with_only_the_keys_that_are_read():
    asked = []

    def server(request):
        asked.append(request.url)
        return httpx.Response(200, json=row(1))

    peer = peer_of(server)
    assert peer.read("project.read", path_of("projects", CUSTOMER), ProjectRow).name == "p1"
    assert peer.read("project.read", path_of("projects", CUSTOMER), ProjectRow, sparse=False).name == "p1"
    assert asked[0].params.get_list("field") == READ
    assert not asked[1].query
    assert {url.path for url in asked} == {f"/api/projects/{CUSTOMER.hex}/"}


@pytest.mark.parametrize("body", [None, [], "", 5, {}, {"order_uuid": PERSON}])
def test_an_object_of_another_form_is_of_an_unexpected_shape(body):
    with pytest.raises(errors.UnexpectedShape) as caught:
        peer_of(answering(httpx.Response(200, content=json.dumps(body)))).read(
            "order.read", "marketplace-orders/", OrderRef
        )
    assert "Heidi" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b" \n", b"{}", b"null", b'"done"'])
def test_an_answer_to_a_write_is_empty_or_json(content):
    peer = peer_of(answering(httpx.Response(200, content=content)))
    assert peer.write("order.approve", "marketplace-orders/").status == 200


@pytest.mark.parametrize("write", [Peer.write, Peer.change, Peer.replace])
@pytest.mark.parametrize(
    "content", [b"<html>Heidi signs in</html>", b'{"status": "do', b"<"], ids=["page", "cut off", "a byte"]
)
def test_anything_else_may_be_from_somebody_before_the_server_and_proves_no_write(write, content):
    with pytest.raises(errors.UnexpectedShape, match="are not JSON") as caught:
        write(peer_of(answering(httpx.Response(200, content=content))), "order.approve", "marketplace-orders/", {})
    assert "Heidi" not in str(caught.value)


def test_a_page_in_place_of_an_answer_to_a_removal_proves_nothing_either():
    with pytest.raises(errors.UnexpectedShape):
        peer_of(answering(httpx.Response(200, content=b"<html>"))).remove("event.forget", "x/")


def test_a_write_without_a_body_sends_an_empty_object():
    bodies = []

    def server(request):
        bodies.append((request.method, request.content))
        return httpx.Response(200)

    peer_of(server).write("order.approve", "marketplace-orders/")
    assert bodies == [("POST", b"{}")]


def test_paths_are_in_hex_and_end_with_a_slash():
    assert path_of("projects", CUSTOMER) == f"projects/{CUSTOMER.hex}/"
    assert path_of("projects", CUSTOMER, "list_users") == f"projects/{CUSTOMER.hex}/list_users/"


@pytest.mark.parametrize("configured", ["http://b.example", "http://b.example/", "http://b.example/api/"])
def test_urls_in_bodies_are_made_from_the_configured_address(configured):
    access = Access(Side.B, configured, StaticToken("not-a-real-token"))
    with HttpClient(access) as http:
        assert Peer(http).url("projects/") == "http://b.example/api/projects/"
        assert Peer(http).side is Side.B


class TestSharing:
    def ask(self, peer, customer=CUSTOMER):
        return peer.listing(
            "project.list_all",
            "projects/",
            [("customer", customer.hex)],
            ProjectRow,
            keep=lambda _row: True,
            translate=lambda row: row.name,
        )

    def test_a_list_that_was_read_answers_again(self):
        server = Pages(rows(2))
        peer = peer_of(server)
        with peer.sharing():
            assert self.ask(peer) == self.ask(peer) == Complete(names(2))
        assert len(server.asked) == 1

    def test_another_question_is_asked(self):
        server = Pages(rows(2))
        peer = peer_of(server)
        with peer.sharing():
            self.ask(peer)
            self.ask(peer, UUID(int=7))
        assert len(server.asked) == 2

    def test_outside_every_list_is_read(self):
        server = Pages(rows(2))
        peer = peer_of(server)
        with peer.sharing():
            self.ask(peer)
        self.ask(peer)
        self.ask(peer)
        assert len(server.asked) == 3

    @pytest.mark.parametrize("status", [201, 500])
    @pytest.mark.parametrize("write", ["write", "change"])
    def test_after_a_write_every_list_is_read_anew_whether_it_succeeded_or_not(self, write, status):
        server = Pages(rows(2))
        reads = []

        def serve(request):
            if request.method != "GET":
                return httpx.Response(status, json={})
            reads.append(request)
            return server(request)

        peer = peer_of(serve)
        with peer.sharing():
            self.ask(peer)
            with suppress(errors.ServerFault):
                getattr(peer, write)("x.y", "projects/", {})
            self.ask(peer)
        assert len(reads) == 2

    def test_a_list_that_is_not_proven_whole_is_read_anew(self):
        server = Pages(rows(2), counted=3)
        peer = peer_of(server)
        with peer.sharing():
            first, second = self.ask(peer), self.ask(peer)
        assert isinstance(first, Incomplete)
        assert isinstance(second, Incomplete)
        assert len(server.asked) == 2 * peer_module.LISTING_ATTEMPTS
