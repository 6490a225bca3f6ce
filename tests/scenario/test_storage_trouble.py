"""What clients are told while Waldur, the HPC User API or we ourselves are in trouble."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256

import pytest
from tests.scenario.storage import INTERVAL, LIFE, LISTING, free_port, proxied, storage_site, wait_until

from federation_adapters.sandbox import Fault
from federation_adapters.sandbox.troubles import replaced

RESOURCES = "/marketplace-provider-resources/"
UPSTREAM = {"error": "UpstreamServiceError", "message": "Failed to communicate with an upstream service."}
HUSH = "words of an exception"
BURST = 50
MOCK_OF_PERMAFROST = 30_000 + int.from_bytes(sha256(b"permafrost").digest()[:8], "big") % 10_000


def struck(kind, **how):
    """A site whose Waldur is in trouble from the beginning."""
    site = storage_site()
    site.sandbox.faults.add(Fault(kind=kind, path=RESOURCES, times=None, **how))
    return site


def down():
    return [replaced(500, "<html>no</html>", "text/html")] * 99


class TestWaldur:
    @pytest.mark.parametrize(
        ("fault", "detail"),
        [
            ({"kind": "status", "status": 500}, "Waldur failed on the server."),
            ({"kind": "status", "status": 503}, "Waldur failed on the server."),
            ({"kind": "status", "status": 401}, "Waldur does not accept the token."),
            ({"kind": "status", "status": 403}, "Waldur was refused: not permitted."),
            ({"kind": "html"}, None),
            ({"kind": "garbage"}, None),
            ({"kind": "truncated"}, None),
            ({"kind": "reset"}, "Waldur is unreachable."),
            ({"kind": "oversize"}, None),
            ({"kind": "wrong_count"}, None),
        ],
        ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
    )
    def test_what_fails_is_502_without_its_own_words(self, fault, detail):
        with proxied(struck(**fault)) as p:
            answer = p.get()
            ready = p.get("/readyz", token="")
        body = answer.json()
        assert answer.status_code == 502
        assert {key: body[key] for key in UPSTREAM} == UPSTREAM
        assert body["detail"].startswith("Waldur ")
        assert detail in {None, body["detail"]}
        assert set(body) == {"detail", *UPSTREAM}
        assert (ready.status_code, ready.json()) == (503, {"status": body["detail"]})
        assert p.lines.about("upstream")
        assert "Traceback" not in str(p.lines)

    def test_nobody_there_is_502(self):
        with proxied(waldur_api_url=f"http://127.0.0.1:{free_port()}/api/") as p:
            answer = p.get()
            assert (answer.status_code, answer.json()) == (502, {"detail": "Waldur is unreachable.", **UPSTREAM})
            assert p.get("/healthz", token="").status_code == 200

    @pytest.mark.parametrize("limits", [{"timeout": 0.2}, {"patience": 0.2}])
    def test_one_that_takes_too_long_is_504(self, limits):
        with proxied(struck("slow", seconds=1.0), **limits) as p:
            answer = p.get()
        assert (answer.status_code, answer.json()) == (504, {"detail": "Waldur timed out.", **UPSTREAM})

    def test_what_was_read_is_served_for_its_life_and_not_longer(self):
        with proxied() as p:
            items = p.listed()
            p.waldur.faults.add(Fault(kind="status", status=500, path=RESOURCES, times=None))
            p.later(INTERVAL + 1)
            assert p.listed() == items
            p.later(LIFE)
            p.settled_or_failed()
            p.later(LIFE)
            assert p.get().status_code == 502
            p.waldur.faults.clear()
            assert p.listed() == items

    def test_a_row_that_cannot_be_understood_costs_that_row_alone(self):
        site = storage_site()
        site.sandbox.world.edit(site.resources[0], limits=["no", "object"])
        with proxied(site) as p:
            assert p.get().headers["X-Skipped-Resources"] == "1"
            assert p.leaf(site.resources[1]) is not None

    def test_every_page_is_read_again_where_a_count_does_not_fit_just_once(self):
        site = storage_site()
        site.sandbox.faults.add(Fault(kind="wrong_count", path=RESOURCES))
        with proxied(site) as p:
            assert len(p.listed()) == 9


class TestUserApi:
    def served(self, stack, fallback, **changes):
        site = storage_site()
        site.users.troubles = down()
        settings = {} if fallback is None else {"gid_fallback": fallback}
        return stack.enter_context(proxied(site, **settings, **changes))

    def recover(self, p):
        p.users.troubles = []
        p.later(INTERVAL + 1)
        p.get()
        p.settle()

    @pytest.mark.parametrize("fallback", [None, "skip"])
    def test_what_nobody_knows_is_skipped(self, fallback):
        with ExitStack() as stack:
            p = self.served(stack, fallback)
            answer = p.get()
            assert (answer.headers["X-Skipped-Resources"], answer.headers["X-Mock-Identities"]) == ("2", "0")
            assert p.leaf(p.site.resources[0]) is None
            assert p.leaf(p.site.resources[2]) is not None  # its provider noted who it is for
            assert p.status()["hpc_user_api"] == "failed on the server"
            self.recover(p)
            assert p.leaf(p.site.resources[0])["target"]["targetItem"]["unixGid"] == 31877
            assert (p.get().headers["X-Skipped-Resources"], p.status()["hpc_user_api"]) == ("0", "ok")

    def test_it_is_made_up_and_marked_where_that_is_wanted(self):
        with ExitStack() as stack:
            p = self.served(stack, "mock")
            item = p.leaf(p.site.resources[0])["target"]["targetItem"]
            assert (item["unixGid"], item["mock"]) == (MOCK_OF_PERMAFROST, True)
            assert p.get().headers["X-Mock-Identities"] == "2"
            assert len(p.lines.about("mock")) == 2
            self.recover(p)
            item = p.leaf(p.site.resources[0])["target"]["targetItem"]
            assert (item["unixGid"], "mock" in item) == (31877, False)

    def test_or_nobody_is_answered_until_it_is_known(self):
        with ExitStack() as stack:
            p = self.served(stack, "error")
            answer = p.get()
            detail = "The HPC User API: the Unix ids of 2 storage resources are not known."
            assert (answer.status_code, answer.json()) == (502, {"detail": detail, **UPSTREAM})
            self.recover(p)
            assert p.leaf(p.site.resources[0])["target"]["targetItem"]["unixGid"] == 31877

    def test_known_groups_outlive_its_trouble(self):
        with proxied() as p:
            items = p.listed()
            p.users.troubles = down()
            p.later()
            assert p.listed() == items
            assert p.status()["gid_cache"]["total_entries"] == 2

    def test_a_batch_that_fails_leaves_the_others(self):
        site = storage_site(resources=250)
        site.users.troubles = [replaced(500, "no")]
        with proxied(site) as p:
            assert p.get().headers["X-Skipped-Resources"] in {"52", "100"}
            self.recover(p)
            assert p.get().headers["X-Skipped-Resources"] == "0"
            slugs = [slug for asked in p.users.asked_for() for slug in asked]
            assert len(slugs) - len(set(slugs)) in {52, 100}


class TestBugs:
    def test_a_bug_is_500_with_a_number_under_which_the_log_has_it(self):
        def broken(*_, **__):
            raise LookupError(HUSH)

        with proxied() as p:
            p.listed()
            p.container.desk().page = broken
            answer = p.get()
            body = answer.json()
            assert (answer.status_code, body["detail"], body["error"]) == (
                500, "Internal server error", "InternalServerError"
            )  # fmt: skip
            assert set(body) == {"detail", "error", "request_id"}
            (line,) = p.lines.about("broken")
            assert f"request_id={body['request_id']}" in line
            assert f"LookupError: {HUSH}" in line
            assert p.get("/healthz", token="").status_code == 200

    def test_one_in_a_reading_that_nobody_waits_for_is_told_too(self):
        def broken():
            raise LookupError(HUSH)

        with proxied() as p:
            p.listed()
            p.container.tree().refresh = broken
            p.later(INTERVAL + 1)
            assert p.get().status_code == 200
            wait_until(lambda: p.lines.about("broken"), "nothing is told")
            p.later()
            assert p.get().status_code == 500


class TestCrowds:
    def test_fifty_clients_at_a_cold_start_cost_one_reading(self):
        site = storage_site()
        site.sandbox.latency = 0.3
        with proxied(site) as p, ThreadPoolExecutor(BURST) as pool:
            answers = list(pool.map(lambda _: p.get(), range(BURST)))
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.content for answer in answers}) == 1
            assert p.readings() == ["GET"]
            assert len(p.users.asked) == 1

    def test_one_who_goes_away_takes_nothing_along(self):
        site = storage_site()
        site.sandbox.latency = 0.3
        with proxied(site) as p:
            host, _, port = p.url.removeprefix("http://").partition(":")
            token = p.realm.mint()
            with socket.create_connection((host, int(port))) as gone:
                head = f"GET {LISTING} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
                gone.sendall(head.encode())
                time.sleep(0.05)
            assert len(p.listed()) == 9
            assert (p.readings(), p.lines.about("broken")) == (["GET"], [])

    def test_many_filters_do_not_keep_many_lists(self):
        with proxied() as p:
            p.listed()
            for number in range(70):
                assert p.listed(data_type=f"type-{number}") == []
            kept = p.container.desk().kept()
            assert kept <= 64
