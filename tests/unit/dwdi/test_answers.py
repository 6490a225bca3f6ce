import json
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from tests.fuzz.json_like import anything

from federation_adapters.dwdi.answers import Page, accounts, page, paths
from federation_adapters.dwdi.fields import COMPUTE, STORAGE
from federation_adapters.http.answers import Answer
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.metering.meters import AccountMeter, PathMeter, as_path

G1, G2 = AccountMeter("g1"), AccountMeter("g2")
STORE = PathMeter(as_path("/store/a"))
SPACE = {name: STORAGE[name] for name in ("storage_space", "storage_inodes")}


def answer(body, **changes):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(200, {}, content, **changes)


def parsed(key, rows):
    return page(answer({key: list(rows)}), key, "x.y").rows


def compute(*rows, asked=(G1, G2)):
    return accounts([parsed("compute", rows)], asked, COMPUTE)


def storage(*rows):
    return paths([parsed("storage", rows)], [STORE], SPACE)


ROW = {
    "account": "g1",
    "cluster": "alps",
    "totalNodeHours": 812.5,
    "totalCpuHours": 104000.0,
    "users": [
        {"username": "anna", "usageDate": "2026-03-02", "nodeHours": 250.1, "cpuHours": 32000},
        {"username": "anna", "usageDate": "2026-03-09", "nodeHours": 350.2, "cpuHours": 44800},
    ],
}


def test_the_total_is_the_accounts_and_people_are_summed_exactly():
    figures = compute(ROW).figures[G1]
    assert figures.totals == {"nodeHours": Fraction("812.5"), "cpuHours": 104000}
    assert figures.shares == {"anna": {"nodeHours": Fraction("600.3"), "cpuHours": 76800}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no JSON object"),
        ({}, "no list 'compute' in the answer, which has no fields"),
        ({"error": "x"}, "which has error"),
        ({"compute": None}, "no list"),
        ({"compute": [1]}, "something else than objects"),
        ({"compute": [], "next": {"href": "/2"}}, "a part of a longer answer, by its next"),
        ({"compute": [], "hasMore": True}, "a part of a longer answer, by its hasMore"),
    ],
)
def test_what_is_not_the_known_form_is_an_error_and_never_a_zero(body, words):
    with pytest.raises(UnexpectedShape, match=words):
        page(answer(body), "compute", "compute.month")


def test_a_partial_content_is_a_part():
    with pytest.raises(UnexpectedShape, match="by its status 206"):
        page(Answer(206, {}, b'{"compute": []}'), "compute", "compute.month")


@pytest.mark.parametrize(
    ("body", "changes", "expected"),
    [
        ({"next": None, "hasMore": False, "count": 0}, {}, Page((), (), 0)),
        ({}, {"next_link": "?page=2"}, Page((), ("?page=2",))),
        ({"next": "/2", "hasMore": True}, {}, Page((), ("/2",))),
        ({"next": "/3", "totalCount": 7}, {"next_link": "/2"}, Page((), ("/2", "/3"), 7)),
        ({"count": True, "totalElements": "9"}, {}, Page(())),
        ({"count": 3}, {"headers": {"x-total-count": "12", "x-result-count": "many"}}, Page((), (), 12)),
    ],
)
def test_what_an_answer_says_of_further_pages(body, changes, expected):
    given = attrs.evolve(answer({"compute": [], **body}), **changes)
    assert page(given, "compute", "compute.month") == expected


def test_rows_of_one_account_on_two_pages_are_added_only_if_they_name_clusters_of_their_own():
    daint, bare = {**ROW, "cluster": "daint"}, {key: value for key, value in ROW.items() if key != "cluster"}
    for pages in ([[ROW], [daint]], [[ROW, ROW]]):
        read = accounts([parsed("compute", rows) for rows in pages], [G1], COMPUTE)
        assert read.figures[G1].totals == {"nodeHours": 1625, "cpuHours": 208000}
    for pages in ([[ROW], [ROW]], [[bare], [bare]]):
        read = accounts([parsed("compute", rows) for rows in pages], [G1, G2], COMPUTE)
        assert read.failed == {G1: "it is listed on several pages, whose rows cannot be told apart"}


@pytest.mark.parametrize("value", [-1, "NaN", "12", True, [], {}, "1e400"])
def test_a_figure_that_makes_no_sense_leaves_its_account_unknown_and_no_other(value):
    read = compute({**ROW, "totalNodeHours": value}, {**ROW, "account": "g2"})
    assert read.failed == {G1: "its totalNodeHours is no number from zero up"}
    assert list(read.figures) == [G2]


def test_numbers_that_only_python_calls_numbers_are_none():
    body = b'{"compute": [{"account": "g1", "totalNodeHours": NaN, "users": []}]}'
    assert G1 in accounts([page(answer(body), "compute", "compute.month").rows], [G1], COMPUTE).failed


@pytest.mark.parametrize("person", [{"username": "anna", "nodeHours": -1}, {"username": "anna", "cpuHours": "x"}])
def test_a_senseless_part_of_a_person_leaves_the_account_unknown(person):
    assert G1 in compute({**ROW, "users": [person]}).failed


def test_users_that_are_no_list_leave_the_account_unknown():
    assert compute({**ROW, "users": "anna"}).failed == {G1: "its users are no list"}


@pytest.mark.parametrize("absent", [{}, {"totalNodeHours": None}])
def test_a_field_that_is_missing_is_left_out_and_told(absent):
    row = {key: value for key, value in ROW.items() if key != "totalNodeHours"} | absent
    read = compute(row)
    assert read.figures[G1].totals == {"cpuHours": 104000}
    assert read.remarks == ("1 row without totalNodeHours",)


@pytest.mark.parametrize(
    ("row", "remark"),
    [
        ({**ROW, "account": ""}, "1 row without an account"),
        ({**ROW, "account": "other"}, "1 row of accounts that were not asked for"),
        ({**ROW, "users": None}, "1 row without a list of users"),
        ({**ROW, "users": [{"nodeHours": 1}, 7]}, "2 rows of users without a name"),
        ({**ROW, "users": [{"username": "anna", "nodeHours": 1}] * 2}, "2 rows without cpuHours"),
    ],
)
def test_what_is_odd_is_counted(row, remark):
    assert remark in compute(row).remarks


def test_a_row_of_another_cluster_is_not_ours():
    read = compute({**ROW, "cluster": "Daint"}, {**ROW, "cluster": "ALPS"}, asked=[AccountMeter("g1", "alps")])
    assert read.remarks == ("1 row of clusters that were not asked for",)
    assert len(read.figures) == 1


def test_paths_are_compared_in_one_form():
    read = storage({"path": "/store//a/", "spaceUsed": 48318382080123, "inodesUsed": 7})
    assert read.figures[STORE].totals == {"storage_space": 48318382080123, "storage_inodes": 7}


@pytest.mark.parametrize(
    ("row", "remark"),
    [({"spaceUsed": 1}, "1 row without a path"), ({"path": "/x"}, "1 row of paths that were not asked for")],
)
def test_odd_paths_are_counted(row, remark):
    assert storage(row).remarks == (remark,)


def test_a_path_that_is_listed_twice_is_unknown():
    row = {"path": "/store/a", "spaceUsed": 1}
    assert storage(row, row).failed == {STORE: "it is listed 2 times"}


def test_a_level_that_is_missing_is_no_zero():
    read = storage({"path": "/store/a", "inodesUsed": 3})
    assert read.figures[STORE].totals == {"storage_inodes": 3}
    assert read.remarks == ("1 row without spaceUsed",)


@given(anything)
def test_whatever_comes_is_figures_or_one_error(body):
    row = {"account": "g1", "path": "/store/a", "users": body, "totalNodeHours": body, "spaceUsed": body}
    for shape in (body, {"compute": body, "storage": body}, {"compute": [row], "storage": [row]}):
        for read in (known_accounts, known_paths):
            try:
                found = read(answer(shape))
            except UnexpectedShape:
                continue
            assert set(found.figures) | set(found.failed) <= {G1, STORE}


def known_accounts(given):
    return accounts([page(given, "compute", "x.y").rows], [G1], COMPUTE)


def known_paths(given):
    return paths([page(given, "storage", "x.y").rows], [STORE], SPACE)
