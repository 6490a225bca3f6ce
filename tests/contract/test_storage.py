"""What every `StorageInventory` and `StorageSource` promises."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest
from tests.scenario.harness import Mounted

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.storage import WaldurStorage
from federation_core.domain.errors import NotFound, ServerFault, UnexpectedShape
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.storage.records import OrderSeen, Organisation, Skipped, StorageResource
from federation_core.ports.storage import Noted, Stirred

NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")
SLUGS = ("capstor", "vast")
NO_ORDERS: tuple[object, ...] = (
    "x",
    [],
    {},
    {"uuid": NOBODY.hex, "type": "Create"},
    {"uuid": "x", "type": "", "state": ""},
)


def uid(row):
    return UUID(row.uuid)


@attrs.define
class Site:
    """A's provider has two storage systems and one more offering; who uses them has two projects."""

    market: Any
    capstor: Any = None
    vast: Any = None
    other: Any = None

    def __attrs_post_init__(self):
        world, provider = self.market.a, self.market.pair.a.provider
        self.capstor, self.vast, self.other = (
            world.add_offering(provider, name, components=["storage"], secret_options={"api_token": "s3cret"})
            for name in ("Capstor", "Vast", "Tape")
        )

    @property
    def port(self):
        return WaldurStorage(self.market.peer(Side.A), SLUGS)

    def add(self, offering=None, **changes):
        project = self.market.pair.a.projects[0]
        made = self.market.a.add_resource(offering or self.capstor, project, limits={"storage": 40})
        if changes:
            self.market.a.edit(made, **changes)
        return made

    def ordered(self, offering=None):
        """An order of a new resource, which waits for its provider."""
        side = self.market.pair.a
        return self.market.a.place_create(
            side.orderer, offering or self.capstor, side.projects[0], limits={"storage": 40}, name="data"
        )

    def an_hour_later(self):
        self.market.clock.advance(timedelta(hours=1))
        return self.market.clock()


@pytest.fixture
def site(market):
    return Site(market)


@pytest.fixture
def either_site(either_market):
    return Site(either_market)


@pytest.fixture
def old_site(old_market):
    return Site(old_market)


def noted(read):
    assert isinstance(read, Complete), read
    assert len({one.id for one in read.value}) == len(read.value)
    return {one.id: one for one in read.value}


class TestReading:
    def test_all_that_is_known_of_a_resource_is_read(self, either_site):
        made = either_site.add(
            attributes={"permissions": "2770", "storage_data_type": "store"},
            options={"hard_quota_space": 50},
            backend_metadata={"project_item": {"unixGid": 5}},
            backend_id="/capstor/a",
            effective_id="/capstor/b",
        )
        project, provider = made.project, made.offering.customer
        (one,) = noted(either_site.port.read_all()).values()
        assert one == Noted(
            uid(made),
            StorageResource(
                id=uid(made),
                slug=made.slug,
                name=made.name,
                state="OK",
                system="capstor",
                tenant=Organisation(uid(made.offering), provider.slug, provider.name),
                customer=Organisation(uid(project.customer), project.customer.slug, project.customer.name),
                project=Organisation(uid(project), project.slug, project.name),
                backend_id="/capstor/a",
                effective_id="/capstor/b",
                limits={"storage": 40},
                attributes={"permissions": "2770", "storage_data_type": "store"},
                options={"hard_quota_space": 50},
                backend_metadata={"project_item": {"unixGid": 5}},
            ),
            made.modified,
        )
        assert either_site.port.read(uid(made)) == one

    def test_the_order_in_progress_comes_with_it(self, either_site):
        order = either_site.ordered()
        found = either_site.port.read(uid(order.resource)).seen
        assert isinstance(found, StorageResource)
        assert (found.state, found.order) == (
            "Creating",
            OrderSeen(uid(order), "Create", "pending-provider", {"storage": 40}, {"name": "data"}),
        )
        either_site.market.a.complete(order)
        found = either_site.port.read(uid(order.resource)).seen
        assert isinstance(found, StorageResource)
        assert (found.state, found.order) == ("OK", None)

    def test_an_update_says_what_the_limits_were(self, site):
        made = site.add()
        site.market.a.place_update(site.market.pair.a.orderer, made, {"storage": 80})
        found = site.port.read(uid(made)).seen
        assert isinstance(found, StorageResource)
        assert found.order is not None
        assert (found.order.type, found.order.limits) == ("Update", {"storage": 80})
        assert found.order.attributes["old_limits"] == {"storage": 40}

    def test_many_come_in_pages_and_are_all_there(self, either_site):
        made = {uid(either_site.add()) for _ in range(310)}
        found = noted(either_site.port.read_all())
        assert set(found) == made
        assert either_site.port.count() == 310

    def test_several_systems_are_one_list_and_others_are_not_in_it(self, either_site):
        wanted = {uid(either_site.add()), uid(either_site.add(either_site.vast))}
        wanted.add(uid(either_site.add(state="Terminated")))
        stranger = either_site.add(either_site.other)
        assert set(noted(either_site.port.read_all())) == wanted
        assert either_site.port.count() == 3
        with pytest.raises(NotFound):
            either_site.port.read(uid(stranger))

    def test_none_is_none(self, either_site):
        assert either_site.port.read_all() == Complete(())
        assert either_site.port.count() == 0
        with pytest.raises(NotFound):
            either_site.port.read(NOBODY)

    @pytest.mark.parametrize("kind", ["wrong_count", "page_shift"])
    def test_what_is_not_proven_to_be_all_says_so(self, site, kind):
        for _ in range(301):
            site.add()
        site.market.trouble(Side.A, kind=kind, times=None)
        assert isinstance(site.port.read_all(), Incomplete)

    @pytest.mark.parametrize("ask", ["read_all", "count"])
    def test_a_server_that_fails_says_so(self, site, ask):
        site.market.trouble(Side.A, kind="status", status=500, times=None)
        with pytest.raises(ServerFault):
            getattr(site.port, ask)()


class TestChanges:
    def test_what_changed_since_is_read_and_nothing_else(self, either_site):
        first = either_site.add()
        either_site.market.clock.advance(timedelta(hours=1))
        second = either_site.add()
        port = either_site.port
        assert set(noted(port.read_changed(first.modified))) == {uid(first), uid(second)}
        assert noted(port.read_changed(second.modified)) == {uid(second): port.read(uid(second))}
        assert noted(port.read_changed(second.modified + timedelta(microseconds=1))) == {}
        either_site.market.a.edit(first, state="Erred")
        assert set(noted(port.read_changed(second.modified))) == {uid(first), uid(second)}

    def test_orders_that_changed_since_are_told_with_their_resources(self, either_site):
        first = either_site.ordered()
        either_site.ordered(either_site.other)
        since = either_site.an_hour_later()
        port = either_site.port
        assert port.stirred(first.modified) == Complete((Stirred(uid(first), uid(first.resource), first.modified),))
        assert port.stirred(since) == Complete(())
        either_site.market.a.approve(first)
        assert port.stirred(since) == Complete((Stirred(uid(first), uid(first.resource), first.modified),))

    def test_a_server_that_looks_at_days_tells_too_much_of_resources_and_not_of_orders(self, old_site):
        made, order = old_site.add(), old_site.ordered()
        since = old_site.an_hour_later()
        assert set(noted(old_site.port.read_changed(since))) == {uid(made), uid(order.resource)}
        assert old_site.port.stirred(since) == Complete(())


class TestSource:
    def test_an_offering_comes_with_all_that_is_shown(self, either_site):
        found = either_site.port.offering("vast")
        assert (found["uuid"], found["name"], found["slug"]) == (either_site.vast.uuid, "Vast", "vast")
        assert {"state", "components", "plugin_options", "customer_name"} <= set(found)
        with pytest.raises(NotFound):
            either_site.port.offering("iopsstor")

    def test_resources_come_whole_and_of_the_systems_that_are_asked_for(self, either_site):
        made = [either_site.add() for _ in range(101)]
        vast = either_site.add(either_site.vast)
        found = either_site.port.resources(["capstor"])
        assert [row["uuid"] for row in found] == [row.uuid for row in made]
        assert {"created", "description", "offering_type", "plan_name"} <= set(found[0])
        both = either_site.port.resources(["vast", "capstor"])
        assert {row["uuid"] for row in both} == {row.uuid for row in (*made, vast)}

    def test_a_part_of_them_is_not_given_for_all(self, site):
        site.add()
        site.market.trouble(Side.A, kind="wrong_count", times=None)
        with pytest.raises(UnexpectedShape):
            site.port.resources(["capstor"])


class Edited(httpx.BaseTransport):
    """The sandbox behind something that edits what it answers, and may drop parts of the question."""

    def __init__(self, sandbox, edit, deaf=()):
        self._inner, self._edit, self._deaf = Mounted(sandbox), edit, deaf
        self.asked = []

    def handle_request(self, request):
        self.asked.append((request.method, dict(request.url.params)))
        for name in self._deaf:
            request.url = request.url.copy_remove_param(name)
        answer = self._inner.handle_request(request)
        body = answer.read()
        headers = {name: answer.headers[name] for name in ("X-Result-Count", "Link") if name in answer.headers}
        if request.method == "HEAD":
            return httpx.Response(answer.status_code, headers=self._edit(headers) or headers)
        rows = httpx.Response(200, content=body).json()
        for row in rows if isinstance(rows, list) else [rows]:
            self._edit(row)
        return httpx.Response(answer.status_code, json=rows, headers=headers)


def edited(site, edit=lambda _row: None, deaf=()):
    transport = Edited(site.market.pair.a.sandbox, edit, deaf)
    access = Access(Side.A, "http://a.example", StaticToken(site.market.a_token))
    http = HttpClient(access, transport=transport, sleep=lambda _seconds: None)
    return WaldurStorage(Peer(http), SLUGS), transport


class TestOddServers:
    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("slug", None, "no slug"),
            ("slug", "", "no slug"),
            ("slug", 7, "slug that is no text"),
            ("name", 7, "name that is no text"),
            ("state", 7, "state that is no text"),
            ("offering_uuid", None, "no offering_uuid"),
            ("offering_uuid", "x", "no offering_uuid"),
            ("provider_slug", None, "no provider_slug"),
            ("provider_name", [], "provider_name that is no text"),
            ("customer_uuid", 7, "no customer_uuid"),
            ("customer_slug", None, "no customer_slug"),
            ("customer_name", {}, "customer_name that is no text"),
            ("project_uuid", None, "no project_uuid"),
            ("project_slug", "", "no project_slug"),
            ("project_name", 7, "project_name that is no text"),
            ("backend_id", 7, "backend_id that is no text"),
            ("effective_id", [], "effective_id that is no text"),
            ("limits", [], "limits that is no object"),
            ("attributes", "x", "attributes that is no object"),
            ("options", 7, "options that is no object"),
            ("backend_metadata", [1], "backend_metadata that is no object"),
            *(("order_in_progress", value, "an order in progress without id, type or state") for value in NO_ORDERS),
        ],
    )
    def test_a_row_that_cannot_be_used_is_told_and_spoils_no_other(self, site, field, value, reason):
        bad, good = site.add(), site.add()

        def spoil(row):
            if row.get("uuid") == bad.uuid:
                row[field] = value

        port, _ = edited(site, spoil)
        found = noted(port.read_all())
        assert found[uid(bad)] == Noted(uid(bad), Skipped(uid(bad), "capstor", reason), bad.modified)
        assert isinstance(found[uid(good)].seen, StorageResource)
        assert port.read(uid(bad)) == found[uid(bad)]

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (None, "no offering_slug"),
            ("", "no offering_slug"),
            ("tape", None),
            (7, "offering_slug that is no text"),
            (["capstor"], "offering_slug that is no text"),
            ({}, "offering_slug that is no text"),
        ],
    )
    def test_a_row_without_its_system_is_told_and_one_of_another_is_not(self, site, value, reason):
        made = site.add()
        port, _ = edited(site, lambda row: row.update(offering_slug=value))
        expected = (
            {} if reason is None else {uid(made): Noted(uid(made), Skipped(uid(made), "", reason), made.modified)}
        )
        assert noted(port.read_all()) == expected
        assert port.resources(SLUGS) == []

    @pytest.mark.parametrize("value", [None, "", 7, "yesterday"])
    def test_a_change_of_unknown_time_is_one_all_the_same(self, site, value):
        made = site.add()
        port, _ = edited(site, lambda row: row.update(modified=value))
        (one,) = noted(port.read_all()).values()
        assert (one.id, one.modified) == (uid(made), None)
        assert isinstance(one.seen, StorageResource)

    @pytest.mark.parametrize(
        "field", ["name", "state", "backend_id", "provider_name", "limits", "options", "attributes"]
    )
    def test_what_may_be_missing_may_be_null(self, site, field):
        site.add()
        port, _ = edited(site, lambda row: row.update({field: None}))
        (one,) = noted(port.read_all()).values()
        assert isinstance(one.seen, StorageResource)

    def test_an_order_may_have_neither_limits_nor_attributes(self, site):
        order = site.ordered()
        bare = {"uuid": order.uuid, "type": "Create", "state": "executing", "limits": None, "attributes": []}
        port, _ = edited(site, lambda row: row.update(order_in_progress=bare))
        (one,) = noted(port.read_all()).values()
        assert isinstance(one.seen, StorageResource)
        assert one.seen.order == OrderSeen(uid(order), "Create", "executing")

    def test_a_row_without_an_id_makes_a_list_incomplete(self, site):
        site.add()
        port, _ = edited(site, lambda row: row.update(uuid=7))
        assert isinstance(port.read_all(), Incomplete)

    def test_a_server_that_does_not_know_the_filters_tells_no_more_than_was_asked_for(self, site):
        made, order = site.add(), site.ordered(site.vast)
        stranger = site.ordered(site.other)
        port, _ = edited(site, deaf=("offering_slug", "modified", "slug"))
        since = site.an_hour_later()
        assert set(noted(port.read_all())) == {uid(made), uid(order.resource)}
        assert [row["uuid"] for row in port.resources(["vast"])] == [order.resource.uuid]
        assert port.offering("vast")["uuid"] == site.vast.uuid
        assert port.stirred(since) == Complete(())
        told = port.stirred(stranger.modified)
        assert {one.order for one in told.value} == {uid(order), uid(stranger)}

    def test_an_order_without_a_resource_makes_their_list_incomplete(self, site):
        order = site.ordered()
        port, _ = edited(site, lambda row: row.update(marketplace_resource_uuid=None))
        assert isinstance(port.stirred(order.modified), Incomplete)

    @pytest.mark.parametrize("count", ["", "many", "-1"])
    def test_a_number_that_the_server_does_not_tell_is_not_guessed(self, site, count):
        port, _ = edited(site, lambda headers: {**headers, "X-Result-Count": count})
        with pytest.raises(UnexpectedShape):
            port.count()

    def test_a_reading_asks_for_the_fields_that_it_needs_and_the_largest_page(self, site):
        site.add()
        port, transport = edited(site)
        port.read_all()
        port.count()
        port.resources(["vast"])
        (listed, counted, whole) = transport.asked
        assert (listed[0], listed[1]["offering_slug"], listed[1]["page_size"]) == ("GET", "capstor,vast", "300")
        assert "field" in listed[1]
        assert counted == ("HEAD", {"offering_slug": "capstor,vast"})
        assert whole[1] == {"offering_slug": "vast", "page_size": "100"}
