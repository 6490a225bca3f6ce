from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest

from federation_adapters.sandbox import CURRENT, ApiError, ComponentSpec, Fault

_TOTALS = "/marketplace-component-usages/"
_PARTS = "/marketplace-component-user-usages/"
_NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


def _report(market, used, client=None, /, *, usages=None, **changes):
    given = usages if usages is not None else [{"type": "gpu_hours", "amount": "12.5"}]
    body = {"resource": used.uuid, "usages": given, **changes}
    body = {key: value for key, value in body.items() if value is not None}
    return (client or market.seller).post(f"{_TOTALS}set_usage/", json=body)


def _totals(market, query=""):
    rows = market.buyer.get(f"{_TOTALS}?{query}").json()
    return [(row["type"], row["billing_period"], row["usage"]) for row in rows]


def test_a_report_is_the_months_total(market):
    resource = market.running()
    answer = _report(market, resource)
    assert (answer.status_code, answer.content) == (201, b"")
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": 3}, {"type": "storage_gb_hours", "amount": "1"}])
    assert _totals(market) == [("gpu_hours", "2026-03-01", "3.00"), ("storage_gb_hours", "2026-03-01", "1.00")]
    assert resource.current_usages == {"gpu_hours": "3.00", "storage_gb_hours": "1.00"}


def test_a_row_says_what_it_is_about(market):
    resource = market.running()
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": "1", "description": "d", "recurring": True}])
    row = market.buyer.get(_TOTALS).json()[0]
    assert row["resource_uuid"] == resource.uuid
    assert row["customer_uuid"] == market.side.customer.uuid
    assert (row["description"], row["recurring"], row["missing_usage_policy"]) == ("d", True, "reuse")
    assert row["modified_by"] == market.side.provider_user.number
    assert "modified" not in row
    assert market.buyer.get(f"{_TOTALS}{row['uuid']}/?field=type&field=odd").json() == {"type": "gpu_hours"}
    assert market.buyer.get(f"{_TOTALS}{resource.uuid}/").status_code == 404


def test_components_left_out_stay(market, old_market):
    for place, shown in ((market, {"gpu_hours": "12.50", "storage_gb_hours": "2.00"}), (old_market, None)):
        resource = place.running()
        _report(place, resource)
        _report(place, resource, usages=[{"type": "storage_gb_hours", "amount": "2"}])
        assert len(_totals(place)) == 2
        assert resource.current_usages == (shown or {"storage_gb_hours": "2.00"})


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("x", "A valid number is required."),
        ([1], "A valid number is required."),
        ("", "A valid number is required."),
        ("NaN", "A valid number is required."),
        ("Infinity", "A valid number is required."),
        (True, "A valid number is required."),
        (None, "This field may not be null."),
        ("1.234", "Ensure that there are no more than 2 decimal places."),
        (0.1 + 0.2, "Ensure that there are no more than 2 decimal places."),
        ("1" * 21, "Ensure that there are no more than 20 digits in total."),
        ("1" * 19, "Ensure that there are no more than 18 digits before the decimal point."),
    ],
)
def test_unfit_amounts_are_refused_in_their_place(market, amount, complaint):
    usages = [{"type": "gpu_hours", "amount": "1"}, {"type": "storage_gb_hours", "amount": amount}]
    answer = _report(market, market.running(), usages=usages)
    assert (answer.status_code, answer.json()) == (400, {"usages": [{}, {"amount": [complaint]}]})
    assert _totals(market) == []


@pytest.mark.parametrize(
    ("amount", "shown"), [("-1", "-1.00"), ("1e2", "100.00"), (0, "0.00"), ("9" * 18, "9" * 18 + ".00")]
)
def test_odd_amounts_are_taken(market, amount, shown):
    assert _report(market, market.running(), usages=[{"type": "gpu_hours", "amount": amount}]).status_code == 201
    assert _totals(market)[0][2] == shown


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"resource": None}, {"non_field_errors": ["Either plan_period or resource should be provided."]}),
        ({"resource": "odd"}, {"resource": ["“odd” is not a valid UUID."]}),
        ({"resource": "0" * 32}, {"resource": [f"Object with uuid={'0' * 32} does not exist."]}),
        ({"plan_period": "0" * 32}, {"plan_period": [f"Object with uuid={'0' * 32} does not exist."]}),
        ({"usages": [{"type": "x", "amount": 1}, {"type": "w", "amount": 1}]}, ["These components are invalid: w, x."]),
        ({"usages": {}}, {"usages": {"non_field_errors": ['Expected a list of items but got type "dict".']}}),
        ({"usages": [1]}, {"usages": [{"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}]}),
        ({"usages": [{"type": "gpu_hours"}]}, {"usages": [{"amount": ["This field is required."]}]}),
        (
            {"usages": [{"type": "gpu_hours", "amount": 1, "recurring": True, "missing_usage_policy": "zero"}]},
            {"usages": [{"recurring": ["Conflicts with missing_usage_policy."]}]},
        ),
        ({"date": "2026-03-04T10:00:01Z"}, {"date": ["Date cannot be in the future."]}),
    ],
)
def test_unfit_reports_are_refused(market, changes, body):
    answer = _report(market, market.running(), **changes)
    assert (answer.status_code, answer.json()) == (400, body)


@pytest.mark.parametrize(
    ("state", "status"),
    [("OK", 201), ("Updating", 201), ("Terminating", 201), ("Creating", 400), ("Erred", 400), ("Terminated", 400)],
)
def test_only_resources_in_service_are_reported(market, state, status):
    resource = market.running()
    resource.state = state
    assert _report(market, resource).status_code == status


def test_a_plan_is_needed(market):
    resource = market.running()
    resource.plan = None
    assert _report(market, resource).json() == {"plan": ["Resource must have a plan to report usage."]}


@pytest.mark.parametrize(("who", "status"), [("buyer", 403), ("seller", 201), ("staff", 201)])
def test_providers_report(market, who, status):
    assert _report(market, market.running(), getattr(market, who)).status_code == status


@pytest.mark.parametrize(
    ("kind", "profile", "status"), [("one", "market", 201), ("one", "old_market", 400), ("fixed", "market", 400)]
)
def test_some_components_are_not_reported(request, kind, profile, status):
    place = request.getfixturevalue(profile)
    offering = place.world.add_offering(place.side.provider, "Other", components=[ComponentSpec("x", kind)])
    resource = place.world.add_resource(offering, place.project)
    assert _report(place, resource, usages=[{"type": "x", "amount": 1}]).status_code == status


@pytest.mark.parametrize(
    ("who", "kind", "date", "invoice_days", "status"),
    [
        ("seller", "usage", "2026-03-01T00:00:00Z", 0, 201),
        ("manager", "usage", None, 0, 201),
        ("manager", "limit", "2026-03-01T00:00:00Z", 0, 400),
        ("staff", "usage", "2025-01-15T12:00:00Z", 0, 201),
        ("seller", "limit", "2025-01-15T12:00:00Z", 0, 201),
        ("seller", "usage", "2026-02-15T12:00:00Z", 0, 400),
        ("seller", "usage", "2026-02-15T12:00:00Z", 3, 400),
        ("seller", "usage", "2026-02-15T12:00:00Z", 4, 201),
        ("seller", "usage", "2026-01-31T23:59:59Z", 4, 400),
    ],
)
def test_dates_are_for_the_trusted_while_the_invoice_is_open(market, who, kind, date, invoice_days, status):
    world, side = market.world, market.side
    offering = world.add_offering(side.provider, "Other", components=[ComponentSpec("x", kind)])
    manager = world.add_user("manager")
    world.grant(manager, "OFFERING.MANAGER", offering)
    world.settings.invoice_days = invoice_days
    resource = world.add_resource(offering, market.project)
    client = market.client(manager.token) if who == "manager" else getattr(market, who)
    answer = _report(market, resource, client, usages=[{"type": "x", "amount": 1}], date=date)
    assert answer.status_code == status
    if status == 400:
        assert list(answer.json()) == ["date"]
    elif date:
        assert _totals(market) == [("x", f"{date[:7]}-01", "1.00")]


def test_old_servers_do_not_know_dates(old_market):
    _report(old_market, old_market.running(), date="2030-01-15T12:00:00Z")
    assert _totals(old_market) == [("gpu_hours", "2026-03-01", "12.50")]


def test_one_server_may_differ_in_one_thing(make):
    market = make(profile=attrs.evolve(CURRENT, honours_date=False))
    _report(market, market.running(), date="2025-01-15T12:00:00Z")
    assert _totals(market)[0][1] == "2026-03-01"
    bulk = "/marketplace-component-usages/<uuid>/set_user_usages/"
    market = make(profile=attrs.evolve(CURRENT, absent=frozenset({bulk})))
    assert market.seller.post(f"{_TOTALS}{'0' * 32}/set_user_usages/").headers["Content-Type"].startswith("text/html")
    assert market.seller.post(f"{_TOTALS}{'0' * 32}/set_user_usage/").json() == {
        "detail": "No ComponentUsage matches the given query."
    }


def test_months_are_those_of_the_servers_clock(market):
    market.world.settings.time_zone = timezone(timedelta(hours=3))
    resource = market.running()
    market.world.report_usage(resource, {"gpu_hours": 1}, date=datetime(2026, 2, 28, 22, tzinfo=UTC))
    assert _totals(market)[0][1] == "2026-03-01"


def test_each_month_has_its_row(market):
    resource = market.running()
    _report(market, resource)
    market.clock.advance(timedelta(days=30))
    assert _totals(market, "billing_period=2026-04-01") == []
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": 1}])
    assert _totals(market) == [("gpu_hours", "2026-04-01", "1.00"), ("gpu_hours", "2026-03-01", "12.50")]


def test_each_pricing_plan_has_its_row(rich_market):
    market = rich_market
    resource = market.running()
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": 10}])
    order = market.world.place_switch(market.side.consumer_user, resource, market.side.offering.plans[1])
    market.world.complete(order)
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": 25}])
    _report(market, resource, usages=[{"type": "gpu_hours", "amount": 26}])
    assert sorted(_totals(market)) == [("gpu_hours", "2026-03-01", "10.00"), ("gpu_hours", "2026-03-01", "16.00")]
    path = f"/marketplace-resources/{resource.uuid}/plan_periods/"
    first, second = market.buyer.get(path).json()
    assert (first["plan_name"], first["end"] is None) == ("Standard", False)
    assert (second["plan_name"], second["end"]) == ("Large", None)
    assert [row["usage"] for row in second["components"]] == ["16.00"]
    closed = {"resource": None, "plan_period": first["uuid"]}
    assert _report(market, resource, **closed).status_code == 201
    market.clock.advance(timedelta(days=30))
    assert _report(market, resource, **closed).json() == {"plan_period": ["Billing period is closed."]}


@pytest.mark.parametrize(
    ("period", "second", "status"),
    [
        ("month", 50, 400),
        ("month", 40, 201),
        ("annual", 41, 400),
        ("annual", 40, 201),
        (None, 41, 400),
        (None, 40, 201),
    ],
)
def test_a_ceiling_counts_what_it_overwrites(market, period, second, status):
    component = market.side.offering.components[0]
    component.billing_type, component.limit_amount, component.limit_period = "usage", 100, period
    resource = market.world.add_resource(market.side.offering, market.project)
    assert _report(market, resource, usages=[{"type": "gpu_hours", "amount": 60}]).status_code == 201
    assert _report(market, resource, usages=[{"type": "gpu_hours", "amount": second}]).status_code == status


@pytest.fixture
def metered(market):
    """Two resources, two months, two components; the other resource belongs to another project."""
    world = market.world
    one = world.add_resource(market.side.offering, market.project)
    other = world.add_resource(market.side.offering, world.add_project(world.add_customer("Other"), "Ice"))
    for day, scale in ((datetime(2026, 2, 10, tzinfo=UTC), 1), (datetime(2026, 3, 3, tzinfo=UTC), 2)):
        for number, resource in enumerate((one, other), start=1):
            world.report_usage(
                resource,
                {"gpu_hours": 10 * scale * number, "storage_gb_hours": scale},
                date=day,
                users={"gpu_hours": {"Anna": scale, "bo": "0.5"}},
            )
    return market, one, other


_ASKED = [
    ("", 8),
    ("billing_period=2026-03-01", 4),
    ("billing_period=2026-03-02", 0),
    ("offering_uuid={offering}", 8),
    ("offering_uuid={offering}&billing_period=2026-02-01", 4),
    ("offering_uuid={offering}&customer_uuid={customer}&billing_period=2026-02-01", 2),
    ("resource_uuid={resource}", 4),
    ("resource_uuid={dashed}&type=gpu_hours", 2),
    ("resource=http://x/api/marketplace-resources/{resource}/", 4),
    ("project_uuid={project}", 4),
    ("customer_uuid={customer}", 4),
    ("customer={other_customer}", 8),
    ("billing_period_year=2026&billing_period_month=2", 4),
    ("billing_period_year=2025", 0),
    ("date_after=2026-03-03", 4),
    ("date_after=2026-03-04", 0),
    ("date_before=2026-02-10", 4),
    ("type=gpu_hours", 4),
    ("type=GPU_hours", 0),
    ("missing_usage_policy=none&missing_usage_policy=zero", 8),
    ("missing_usage_policy=zero", 0),
    ("unknown=1", 8),
]


def _filled(query, market, one, other):
    dashed = "-".join((one.uuid[:8], one.uuid[8:12], one.uuid[12:16], one.uuid[16:20], one.uuid[20:]))
    return query.format(
        offering=one.offering.uuid,
        resource=one.uuid,
        dashed=dashed,
        project=one.project.uuid,
        customer=market.side.customer.uuid,
        other_customer=other.project.customer.uuid,
    )


@pytest.mark.parametrize(("query", "count"), _ASKED)
def test_totals_are_narrowed(metered, query, count):
    market = metered[0]
    answer = market.buyer.get(f"{_TOTALS}?{_filled(query, *metered)}")
    assert (answer.headers["X-Result-Count"], len(answer.json())) == (str(count), count)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 8),
        ("billing_period=2026-03-01", 8),
        ("component_usage__billing_period=2026-03-01", 4),
        ("offering_uuid={offering}&customer_uuid={customer}&component_usage__billing_period=2026-03-01", 2),
        ("resource_uuid={resource}", 4),
        ("type=gpu_hours", 8),
        ("type=storage_gb_hours", 0),
        ("username=ann", 4),
        ("username=B", 4),
        ("date_after=2026-03-01", 4),
        ("billing_period_month=2", 4),
    ],
)
def test_parts_are_narrowed(metered, query, count):
    market = metered[0]
    assert len(market.buyer.get(f"{_PARTS}?{_filled(query, *metered)}").json()) == count


@pytest.mark.parametrize(
    ("path", "query", "complaint"),
    [
        (_TOTALS, "billing_period=2026-03", "Enter a valid date."),
        (_TOTALS, "date_after=x", "Enter a valid date."),
        (_TOTALS, "billing_period_year=x", "Enter a number."),
        (_TOTALS, "offering_uuid=x", "Enter a valid UUID."),
        (_TOTALS, "missing_usage_policy=x", "Select a valid choice. x is not one of the available choices."),
        (_TOTALS, "o=date", "Select a valid choice. date is not one of the available choices."),
        (_PARTS, "component_usage__billing_period=x", "Enter a valid date."),
        (_PARTS, "o=billing_period", "Select a valid choice. billing_period is not one of the available choices."),
    ],
)
def test_unreadable_questions_are_refused(metered, path, query, complaint):
    answer = metered[0].buyer.get(f"{path}?{query}")
    assert (answer.status_code, next(iter(answer.json().values()))) == (400, [complaint])


def test_lists_are_ordered(metered):
    market = metered[0]
    assert [row[:2] for row in _totals(market)][::4] == [("gpu_hours", "2026-03-01"), ("gpu_hours", "2026-02-01")]
    assert [row[2] for row in _totals(market, "o=-usage&type=gpu_hours")] == ["40.00", "20.00", "20.00", "10.00"]
    names = [row["username"] for row in market.buyer.get(f"{_PARTS}?o=-username").json()]
    assert names == ["bo"] * 4 + ["Anna"] * 4


def test_pages_stay_true_when_something_is_written_between_them(metered):
    market, one, _ = metered
    assert len(market.buyer.get(f"{_TOTALS}?page_size=3").json()) == 3
    market.world.report_usage(one, {"gpu_hours": 1}, date=datetime(2026, 1, 5, tzinfo=UTC))
    assert market.buyer.get(f"{_TOTALS}?page_size=3&page=3").headers["X-Result-Count"] == "9"
    one.project.name = "Renamed"
    assert market.buyer.get(f"{_TOTALS}?project_uuid={one.project.uuid}").json()[0]["project_name"] == "Renamed"


def test_parts_show_their_total(metered, old_market):
    market, one, _ = metered
    row = market.buyer.get(f"{_PARTS}?resource_uuid={one.uuid}&username=anna").json()[0]
    total = market.buyer.get(row["component_usage"]).json()
    assert (total["type"], total["usage"], row["usage"]) == (row["component_type"], "20.00", "2.00")
    assert row["billing_period"] == total["billing_period"] == "2026-03-01"
    assert row["date"] == total["date"]
    assert market.buyer.get(f"{_PARTS}{row['uuid']}/?field=username").json() == {"username": "Anna"}
    assert market.buyer.get(f"{_PARTS}{one.uuid}/").status_code == 404
    old_market.world.report_usage(old_market.running(), {"gpu_hours": 1}, users={"gpu_hours": {"a": 1}})
    assert "billing_period" not in old_market.buyer.get(_PARTS).json()[0]


def _total(market, amount=0):
    return market.world.report_usage(market.running(), {"gpu_hours": amount})[0]


def _parts(market):
    return {(row["username"], row["usage"]) for row in market.buyer.get(_PARTS).json()}


def test_accounts_are_reported_one_by_one_or_together(market):
    total = _total(market, 5)
    path = f"{_TOTALS}{total.uuid}"
    assert market.seller.post(f"{path}/set_user_usage/", json={"username": "a", "usage": "1"}).content == b""
    body = {"usages": [{"username": "a", "usage": 2}, {"username": "b"}]}
    assert market.seller.post(f"{path}/set_user_usages/", json=body).status_code == 201
    assert _parts(market) == {("a", "2.00"), ("b", "0.00")}
    assert total.usage == 5
    assert market.seller.post(f"{path}/set_user_usage/", json={"username": "a"}).status_code == 500
    assert market.buyer.post(f"{path}/set_user_usages/", json=body).status_code == 403


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, {"usages": ["This field is required."]}),
        ({"usages": []}, {"usages": {"non_field_errors": ["This list may not be empty."]}}),
        ({"usages": [{"username": "ok", "usage": 1}, {}]}, {"usages": [{}, {"username": ["This field is required."]}]}),
        (
            {"usages": [{"username": "x" * 101}]},
            {"usages": [{"username": ["Ensure this field has no more than 100 characters."]}]},
        ),
        (
            {"usages": [{"username": "x", "user": "/api/users/x/"}]},
            {"usages": [{"user": ["Invalid hyperlink - No URL match."]}]},
        ),
        (
            {"usages": [{"username": "x", "user": f"/api/marketplace-offering-users/{'0' * 32}/"}]},
            {"usages": [{"user": ["Invalid hyperlink - Object does not exist."]}]},
        ),
    ],
)
def test_unfit_parts_are_refused_together(market, body, answer):
    given = market.seller.post(f"{_TOTALS}{_total(market).uuid}/set_user_usages/", json=body)
    assert (given.status_code, given.json()) == (400, answer)
    assert _parts(market) == set()


def test_a_bulk_report_that_breaks_leaves_nothing(market):
    total = _total(market)
    market.world.report_usage(total.resource, {"gpu_hours": 1}, users={"gpu_hours": {"known": 1}})
    body = {"usages": [{"username": "new", "usage": 1}, {"username": "known"}]}
    assert market.seller.post(f"{_TOTALS}{total.uuid}/set_user_usages/", json=body).status_code == 500
    assert _parts(market) == {("known", "1.00")}


def test_an_empty_total_is_lifted_by_its_parts(market, old_market):
    body = {"username": "a", "usage": "1.5"}
    for place, amount, lifted in ((market, 0, "1.50"), (market, 1, "1.00"), (old_market, 0, "0.00")):
        total = _total(place, amount)
        place.seller.post(f"{_TOTALS}{total.uuid}/set_user_usage/", json=body)
        assert place.seller.get(f"{_TOTALS}{total.uuid}/").json()["usage"] == lifted


def test_parts_of_another_month_make_their_total(market):
    market.side.offering.components[0].billing_type = "limit"
    total = _total(market, 9)
    body = {"usages": [{"username": "a", "usage": 4, "date": "2026-02-15T12:00:00Z"}]}
    assert market.seller.post(f"{_TOTALS}{total.uuid}/set_user_usages/", json=body).status_code == 201
    assert _totals(market) == [("gpu_hours", "2026-03-01", "9.00"), ("gpu_hours", "2026-02-01", "4.00")]
    same = {"usages": [{"username": "b", "usage": 1, "date": "2026-03-01T12:00:00Z"}]}
    assert market.seller.post(f"{_TOTALS}{total.uuid}/set_user_usages/", json=same).status_code == 201
    assert {part.total for part in market.world.user_usages_of(total.resource) if part.username == "b"} == {total}
    future = {"usages": [{"username": "a", "usage": 4, "date": "2026-03-05T12:00:00Z"}]}
    assert market.seller.post(f"{_TOTALS}{total.uuid}/set_user_usages/", json=future).status_code == 400


def test_old_servers_take_one_account_at_a_time(old_market):
    path = f"{_TOTALS}{_total(old_market).uuid}"
    assert old_market.seller.post(f"{path}/set_user_usages/", json={}).headers["Content-Type"].startswith("text/html")
    assert old_market.seller.post(f"{path}/set_user_usage/", json={"username": "a", "usage": 1}).status_code == 201


def test_reports_are_written_by_python(market):
    resource = market.running()
    rows = market.world.report_usage(resource, {"gpu_hours": "1.005"}, users={"gpu_hours": {"a": 1}})
    assert market.world.usages_of(resource) == rows
    assert [part.username for part in market.world.user_usages_of(resource)] == ["a"]
    assert rows[0].date == _NOW
    assert rows[0].usage == Decimal("1.00")
    with pytest.raises(ApiError):
        market.world.report_usage(resource, {"x": 1})


def test_pages_of_totals_may_shift(metered):
    market = metered[0]
    market.sandbox.faults.add(Fault(kind="page_shift", path="component-usages", skip=1, delta=-1))
    pages = [market.buyer.get(f"{_TOTALS}?page_size=4&page={number}").json() for number in (1, 2)]
    assert pages[0][-1] == pages[1][0]
