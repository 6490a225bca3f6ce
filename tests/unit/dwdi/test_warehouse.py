from datetime import date

import httpx
import pytest

from federation_adapters.dwdi.fields import COMPUTE, STORAGE
from federation_adapters.dwdi.warehouse import ComputeWarehouse, FileSystem, StorageWarehouse, Style
from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import Side
from federation_core.domain.metering.meters import AccountMeter, PathMeter, as_path
from federation_core.domain.months import Month

MARCH = Month(2026, 3)
STORE = FileSystem("cap/stor", "store data", "cscs")


class Server:
    """Answers by a function of the request, and remembers the requests."""

    def __init__(self, answer=lambda _: httpx.Response(200, json={"compute": [], "storage": []})):
        self.answer, self.requests = answer, []

    def __call__(self, request):
        self.requests.append(request)
        return self.answer(request)

    def http(self, **changes):
        access = Access(
            Side.B, "http://b.example/api/v1", StaticToken("not-a-real-token"), **{"attempts": 1, **changes}
        )
        return HttpClient(access, transport=httpx.MockTransport(self), sleep=lambda _: None)

    @property
    def asked(self):
        return [
            (request.url.raw_path.partition(b"?")[0].decode(), request.url.params.multi_items())
            for request in self.requests
        ]


def path_of(text):
    return PathMeter(as_path(text))


def test_a_month_of_accounts_is_asked_for_by_cluster():
    server = Server()
    meters = [AccountMeter("g2"), AccountMeter("g1", "alps"), AccountMeter("g3", "alps")]
    ComputeWarehouse(server.http(), COMPUTE).read(MARCH, meters)
    months = [("from", "2026-03"), ("to", "2026-03")]
    assert server.asked == [
        ("/api/v1/compute/usage-month/account", [*months, ("account", "g2")]),
        ("/api/v1/compute/usage-month/account", [*months, ("account", "g1"), ("account", "g3"), ("cluster", "alps")]),
    ]


def test_a_day_of_accounts_has_the_same_form():
    server = Server()
    ComputeWarehouse(server.http(), COMPUTE).ask(date(2026, 3, 2), [AccountMeter("g1")])
    assert server.asked == [
        ("/api/v1/compute/usage-day/account", [("from", "2026-03-02"), ("to", "2026-03-02"), ("account", "g1")])
    ]


@pytest.mark.parametrize(
    ("style", "address", "named"),
    [
        (Style.PATH, "/cap%2Fstor/store%20data", []),
        (Style.QUERY, "", [("filesystem", "cap/stor"), ("data_type", "store data")]),
    ],
)
@pytest.mark.parametrize(
    ("period", "word", "moment"),
    [(MARCH, "month", ("exact-month", "2026-03")), (date(2026, 3, 2), "day", ("exact-date", "2026-03-02"))],
)
def test_both_generations_of_storage_calls_are_spoken(style, address, named, period, word, moment):
    server = Server()
    filesystem = FileSystem(STORE.name, STORE.data_type, STORE.tenant, style)
    StorageWarehouse(server.http(), filesystem, STORAGE).ask(period, [path_of("/x y")])
    assert server.asked == [
        (f"/api/v1/storage/usage-{word}{address}", [moment, ("paths", "/x y"), *named, ("tenant", "cscs")])
    ]


def test_five_hundred_accounts_are_ten_requests_and_one_that_fails_leaves_the_rest():
    def answer(request):
        names = request.url.params.get_list("account")
        if "g007" in names:
            return httpx.Response(500)
        rows = [{"account": name, "totalNodeHours": 1, "users": []} for name in names]
        return httpx.Response(200, json={"compute": rows})

    server = Server(answer)
    meters = [AccountMeter(f"g{number:03}") for number in range(500)]
    read = ComputeWarehouse(server.http(), COMPUTE).read(MARCH, meters)
    assert len(server.requests) == 10
    assert (len(read.figures), len(read.failed)) == (450, 50)
    assert "failed on the server (500)" in next(iter(read.failed.values()))


def test_long_paths_are_asked_for_in_short_addresses():
    server = Server()
    meters = [path_of(f"/{'x' * 900}/{number}") for number in range(50)]
    StorageWarehouse(server.http(), STORE, STORAGE).read(MARCH, meters)
    assert max(len(str(request.url)) for request in server.requests) < 7000


@pytest.mark.parametrize(
    ("answer", "requests"),
    [(httpx.Response(401), 1), (httpx.ConnectError("no route"), 2), (httpx.Response(403), 5), (httpx.Response(500), 5)],
)
def test_where_the_next_request_would_fail_too_it_is_not_made(answer, requests):
    def answered(_request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    server = Server(answered)
    meters = [AccountMeter(f"g{number}") for number in range(5)]
    read = ComputeWarehouse(server.http(), COMPUTE, batch=1).read(MARCH, meters)
    assert len(server.requests) == requests
    assert set(read.failed) == set(meters)


def test_a_ping_asks_for_nobodys_figures():
    server = Server()
    ComputeWarehouse(server.http(), COMPUTE).ping(date(2026, 3, 2))
    StorageWarehouse(server.http(), STORE, STORAGE).ping(date(2026, 3, 2))
    assert [address for address, _ in server.asked] == [
        "/api/v1/compute/usage-day/account",
        "/api/v1/storage/usage-day/cap%2Fstor/store%20data",
    ]
    assert all(params.get("account") or params.get("paths") for _, asked in server.asked for params in [dict(asked)])


def test_a_ping_of_something_else_fails():
    server = Server(lambda _: httpx.Response(200, json={"hello": "world"}))
    with pytest.raises(UnexpectedShape, match="hello"):
        ComputeWarehouse(server.http(), COMPUTE).ping(date(2026, 3, 2))
