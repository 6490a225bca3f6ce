from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.builders import a_resource, a_resource_id

from federation_core.application.configure import ComponentWish, component_mapping
from federation_core.domain.metering.figures import Figures, MonthRead, Row, read_together, with_zeros
from federation_core.domain.metering.meters import (
    AccountMeter,
    AccountRules,
    MeterBook,
    PathMeter,
    PathRules,
    as_path,
    batches,
    meter_of,
)
from federation_core.domain.units import BComponent, to_hundredths
from federation_core.domain.usage.metered import in_a_units

G1, G2 = AccountMeter("g1"), AccountMeter("g2")
NODE, SPACE = BComponent("node"), BComponent("space")


def row(flaw="", people=(), **amounts):
    return Row({BComponent(name): Fraction(str(value)) for name, value in amounts.items()}, tuple(people), flaw)


def person(name, **amounts):
    return name, {key: Fraction(str(value)) for key, value in amounts.items()}


class TestMeters:
    @pytest.mark.parametrize(
        ("on_a", "configured", "meter"),
        [
            ("", "", AccountMeter("g1")),
            ("", "Alps", AccountMeter("g1", "alps")),
            ("Daint", "alps", AccountMeter("g1", "daint")),
        ],
    )
    def test_the_cluster_is_what_a_shows_else_the_operators(self, on_a, configured, meter):
        assert meter_of(a_resource(backend_id=" g1 ", cluster=on_a), AccountRules(configured)) == meter

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"backend_id": "/store/a"}, "/store/a"),
            ({"backend_id": "/store//a/"}, "/store/a"),
            ({"backend_id": "/store/a", "effective_id": "/scratch/a"}, "/scratch/a"),
            ({"backend_id": "mapped", "effective_id": "/scratch/a"}, "/mapped/a"),
        ],
    )
    def test_the_path_is_the_operators_else_the_effective_id_else_the_backend_id(self, changes, path):
        assert meter_of(a_resource(**changes), PathRules({"mapped": "/mapped/a/"})) == PathMeter(as_path(path))

    def test_what_is_no_path_is_told_and_not_asked_for(self):
        why = meter_of(a_resource(backend_id="g1"), PathRules())
        assert isinstance(why, str)
        assert "'g1' is no path" in why

    def test_what_is_not_delivered_yet_is_not_metered(self):
        assert meter_of(a_resource(backend_id=""), AccountRules()) is None

    def test_an_account_of_two_is_one_meter_and_a_path_of_two_is_two(self):
        twins = [a_resource(id=a_resource_id(number), backend_id="/x") for number in (1, 2)]
        accounts, paths = MeterBook.of(twins, AccountRules()), MeterBook.of(twins, PathRules())
        assert len({accounts.link_of(twin.id) for twin in twins}) == 1
        assert len({paths.link_of(twin.id) for twin in twins}) == 2
        assert [len(book.shared) for book in (accounts, paths)] == [1, 1]

    def test_the_ended_claim_nothing_and_need_no_path(self):
        living, ended = (
            a_resource(id=a_resource_id(1), backend_id="/x"),
            a_resource(id=a_resource_id(2), backend_id="/x", state="Terminated"),
        )
        lost = a_resource(id=a_resource_id(3), backend_id="x", state="Terminated")
        book = MeterBook.of([living, ended, lost], PathRules())
        assert set(book.meters) == {living.id, ended.id}
        assert not book.shared
        assert not book.unmetered

    def test_a_resource_without_a_meter_is_told(self):
        book = MeterBook.of([a_resource(backend_id="x")], PathRules())
        assert list(book.unmetered) == [a_resource_id(1)]

    def test_meters_read_as_people_call_them(self):
        assert [str(one) for one in (G1, AccountMeter("g1", "alps"), PathMeter(as_path("/x/")))] == [
            "account g1",
            "account g1 on alps",
            "path /x",
        ]


METERS = st.frozensets(
    st.builds(AccountMeter, st.text(min_size=1, max_size=8), st.sampled_from(["", "alps", "daint"]))
    | st.builds(PathMeter, st.text(max_size=8).map(lambda text: as_path(f"/{text}")))
)


@given(METERS, st.integers(1, 5), st.integers(1, 60))
def test_batches_part_the_meters_by_cluster_and_length(meters, size, characters):
    found = list(batches(meters, size, characters))
    assert sorted((meter for group in found for meter in group), key=repr) == sorted(meters, key=repr)
    for group in found:
        assert len(group) <= size
        assert len({getattr(meter, "cluster", "") for meter in group}) == 1
        assert len(group) == 1 or sum(len(str(meter)) for meter in group) <= characters


@given(st.text())
def test_a_path_is_compared_in_one_form(text):
    path = as_path(f"/{text}")
    assert as_path(path) == path
    assert as_path(f"{path}/") == path
    assert "//" not in path


class TestFigures:
    def test_rows_of_an_account_add_up(self):
        read = read_together({G1: [row(node="1.5"), row(node=7)]})
        assert read.figures[G1].totals == {"node": Fraction(17, 2)}

    def test_people_add_up_over_days_and_clusters(self):
        rows = [
            row(node=6, people=[person("a", node=1), person("a", node=2)]),
            row(node=1, people=[person("a", node=1)]),
        ]
        assert read_together({G1: rows}).figures[G1].shares == {"a": {"node": 4}}

    def test_a_component_that_one_row_lacks_is_left_out(self):
        read = read_together({G1: [row(node=1, cpu=2), row(node=3)]})
        assert read.figures[G1].totals == {"node": 4}

    def test_one_flawed_row_makes_the_sum_unknown(self):
        read = read_together({G1: [row(node=1), row("its users are no list")], G2: [row(node=2)]})
        assert read.failed == {G1: "its users are no list"}
        assert list(read.figures) == [G2]

    def test_a_path_that_is_listed_twice_is_unknown(self):
        read = read_together({G1: [row(space=1), row(space=2)], G2: [row(space=3)]}, single=True)
        assert read.failed == {G1: "it is listed 2 times"}
        assert read.figures[G2].totals == {"space": 3}

    @pytest.mark.parametrize(("people", "told"), [("10.02", 0), ("10.021", 1), ("9", 0)])
    def test_people_who_used_more_than_the_total_are_told(self, people, told):
        read = read_together({G1: [row(node=10, people=[person("a", node=people)])]})
        assert len(read.remarks) == told
        assert read.figures

    def test_a_person_of_a_component_without_a_total_is_no_matter(self):
        assert not read_together({G1: [row(people=[person("a", node=1)])]}).remarks

    def test_readings_are_put_together(self):
        parts = [MonthRead({G1: Figures({})}, {}, ("odd",)), MonthRead({}, {G2: "down"}, ("odd",))]
        whole = MonthRead.together(parts)
        assert (list(whole.figures), dict(whole.failed), whole.remarks) == ([G1], {G2: "down"}, ("odd",))


class TestZeros:
    def test_what_is_not_shown_beside_others_that_are_is_zero_if_wanted(self):
        read = with_zeros(MonthRead({G1: Figures({NODE: Fraction(1)})}), [G1, G2], [NODE])
        assert read.figures[G2].totals == {"node": 0}

    def test_nothing_shown_proves_nothing(self):
        assert with_zeros(MonthRead(), [G1], [NODE]) == MonthRead()

    def test_what_failed_is_no_zero(self):
        read = with_zeros(MonthRead({G1: Figures({})}, {G2: "down"}), [G1, G2], [NODE])
        assert list(read.figures) == [G1]


UNITS = {"bytes": Fraction(1), "GB": Fraction(1, 10**9), "TB": Fraction(1, 10**12)}


@given(st.integers(0, 10**18), st.sampled_from(sorted(UNITS)))
def test_bytes_are_multiplied_exactly_and_rounded_once(size, unit):
    factor = UNITS[unit]
    mapping = component_mapping({"space": ComponentWish({"space": 1 / factor})})
    assert in_a_units({SPACE: Fraction(size)}, mapping) == {"space": to_hundredths(size * factor)}


@given(st.integers(0, 10**10))
def test_whole_hundredths_of_terabytes_survive_the_way_to_bytes_and_back(hundredths):
    mapping = component_mapping({"space": ComponentWish({"space": 10**12})})
    amount = Fraction(hundredths, 100)
    assert in_a_units({SPACE: amount * 10**12}, mapping) == {"space": amount}


def test_five_billion_bytes_are_five_gigabytes():
    mapping = component_mapping({"space": ComponentWish({"space": 1 / Fraction("0.000000001")})})
    assert in_a_units({SPACE: Fraction(5 * 10**9)}, mapping) == {"space": 5}
