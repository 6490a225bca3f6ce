"""Fields over two sandboxes: what users, providers and older servers do to them, and what it costs to look."""

from datetime import date

import pytest
from tests.scenario.harness import A_DAY, play

from federation_core.application.configure import Part

DAY = date(2099, 2, 28)


def mapped(factors):
    """An edit of the configuration: other factors for A's only component."""

    def edit(document):
        targets = {name: {"factor": factor} for name, factor in factors.items()}
        document["offerings"][0]["backend_components"]["node_hours"]["target_components"] = targets

    return edit


def named(document):
    document["offerings"][0]["username_reconciliation_enabled"] = True


def sync(p, *parts):
    fields = p.federation.sync_fields()
    return fields.run(parts) if parts else fields.run()


def quiet(p):
    """Run a cycle that must write nothing."""
    before = p.writes()
    report = sync(p)
    assert p.writes() == before
    return report


@pytest.mark.parametrize("factors", [{"gpu_hours": 5, "storage_gb_hours": 10}, {"gpu_hours": 0.29}, {"gpu_hours": 0.3}])
def test_limits_of_a_hundred_stay_for_ten_cycles(factors):
    with play(served=False, document=mapped(factors)) as p:
        on_a, _ = p.living()
        for _ in range(10):
            quiet(p)
        assert on_a.limits == {"node_hours": 100}


def test_limits_of_a_hundred_stay_where_the_official_agent_truncated_them():
    with play(served=False, document=mapped({"gpu_hours": 0.29})) as p:
        on_a, on_b = p.living()
        p.b.edit(on_b, limits={"gpu_hours": 28})
        for _ in range(10):
            quiet(p)
        assert on_a.limits == {"node_hours": 100}


def test_limits_that_bs_provider_changed_come_to_a_once():
    with play(document=mapped({"gpu_hours": 5})) as p:
        on_a, on_b = p.living()
        p.b.edit(on_b, limits={"gpu_hours": 402})
        assert not sync(p).is_trouble
        assert on_a.limits == {"node_hours": 80}
        quiet(p)


def test_nothing_is_pulled_while_an_order_is_open():
    with play(served=False, document=mapped({"gpu_hours": 0.3})) as p:
        on_a, _ = p.living()
        order = p.place_update(on_a, {"node_hours": 1})
        for _ in range(2):
            sync(p)
            p.cycle()
            assert on_a.limits == {"node_hours": 100}
        p.b_finishes()
        sync(p)
        assert on_a.limits == {"node_hours": 100}
        p.cycle()
        assert (p.order(order).state, on_a.limits) == ("done", {"node_hours": 1})
        quiet(p)
        assert on_a.limits == {"node_hours": 1}


def test_ids_dates_and_states_follow():
    with play() as p:
        on_a, on_b = p.living()
        p.b.edit(on_b, backend_id="GLAC_snow-depth", end_date=DAY, end_date_updated_at=p.pair.b.sandbox.store.now())
        sync(p)
        assert (on_a.effective_id, on_a.end_date) == ("GLAC_snow-depth", DAY)
        assert on_b.backend_id == "GLAC_snow-depth"
        p.b.edit(on_b, state="Erred", error_message="disk full")
        sync(p)
        assert (on_a.state, on_a.error_message) == ("Erred", "disk full")
        p.b.edit(on_b, state="OK")
        sync(p)
        assert (on_a.state, on_a.error_message) == ("OK", "")
        quiet(p)


def test_an_update_that_failed_on_b_leaves_a_well_resource_ok_on_a():
    with play(served=False) as p:
        on_a, on_b = p.living()
        p.place_update(on_a, {"node_hours": 200})
        p.cycle()
        (open_order,) = [order for order in p.b.orders if order.state == "pending-provider"]
        p.b.reject(open_order, "no stock")
        p.cycle()
        assert (on_a.state, on_b.state) == ("Erred", "OK")
        sync(p)
        assert on_a.state == "OK"
        quiet(p)


def test_profiles_of_projects_are_carried_and_stay():
    with play() as p:
        on_a, on_b = p.living()
        for world, code_of_others in ((p.a, "1.1"), (p.b, "1.2")):
            world.add_sub_domain(code_of_others, "Others")
        geology = p.a.add_sub_domain("1.5", "Geology")
        p.b.add_sub_domain("1.5", "Geowissenschaften")
        p.a.edit(
            on_a.project,
            description="<p>Snow &amp; ice</p>",
            oecd_fos_2007_code="1.5",
            is_industry=True,
            science_sub_domain=geology,
            end_date=DAY,
            end_date_updated_at=p.pair.a.sandbox.store.now(),
        )
        assert not sync(p, Part.PROJECTS).is_trouble
        mirror = on_b.project
        assert (mirror.description, mirror.oecd_fos_2007_code) == ("<p>Snow &amp; ice</p>", "1.5")
        assert (mirror.is_industry, mirror.end_date) == (True, DAY)
        assert mirror.science_sub_domain is not None
        assert mirror.science_sub_domain.code == "1.5"
        quiet(p)


def test_user_names_come_from_b():
    with play(document=named) as p:
        p.living()
        a, b = p.pair.a, p.pair.b
        p.b.edit(b.consumer_user, username=a.orderer.username)
        p.b.add_offering_user(b.offering, b.consumer_user, "glac-heidi")
        account = p.a.add_offering_user(a.offering, a.orderer)
        sync(p, Part.USERNAMES)
        assert (account.username, account.state) == ("glac-heidi", "OK")
        quiet(p)


def test_an_unchanged_world_is_only_listed_whatever_its_size():
    with play(served=False, document=named) as p:
        for _ in range(12):
            p.living()
        sync(p)
        p.pair.a.sandbox.requests.clear()
        p.pair.b.sandbox.requests.clear()
        quiet(p)
        assert (p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total) == (3, 3)


def test_an_older_server_is_asked_once_for_what_it_does_not_know():
    with play(served=False, profile="2024-10") as p:
        on_a, on_b = p.living()
        p.b.edit(on_b, backend_id="GLAC_snow-depth", limits={"gpu_hours": 5, "storage_gb_hours": 10})
        report = sync(p)
        assert not report.is_trouble
        assert any("is left out from now on" in note for note in report.notes)
        assert not quiet(p).is_trouble
        assert on_a.effective_id == ""


def test_confirmations_are_off_unless_asked_for():
    with play(served=False) as p:
        on_a, _ = p.living()
        stamp = on_a.last_sync
        quiet(p)
        assert on_a.last_sync == stamp


def test_a_confirmation_is_given_when_the_last_one_is_old():
    with play(served=False, extra={"last_sync_interval": 3600}) as p:
        on_a, _ = p.living()
        stamp = p.pair.a.sandbox.store.now() - A_DAY
        p.a.edit(on_a, last_sync=stamp)
        sync(p, Part.RESOURCES)
        assert on_a.last_sync > stamp + A_DAY
        quiet(p)
