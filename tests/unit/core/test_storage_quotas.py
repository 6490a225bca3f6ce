from fractions import Fraction

import attrs
import pytest
from tests.strategies.storage import ORDER_STATES, a_storage, an_order, branch

from federation_core.domain.storage.quotas import QuotaRules, Quotas, quotas_from, quotas_of

RULES = QuotaRules()
BAD_AMOUNTS: tuple[object, ...] = (-1, "many", True, [], {}, float("nan"))
LIMIT_IGNORED = "the limit of storage is no number from zero up, and taken for zero"


def quotas(*amounts):
    return Quotas(*(Fraction(str(amount)) for amount in amounts))


def clamped(what):
    return f"the soft quota of {what} would be above the hard one, and is made equal to it"


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (40, (40, 40, 53_200_000, 80_000_000)),
        (12, (12, 12, 15_960_000, 24_000_000)),
        (250, (250, 250, 332_500_000, 500_000_000)),
        (0.5, ("0.5", "0.5", 665_000, 1_000_000)),
        (0.29, ("0.29", "0.29", 385_700, 580_000)),
        ("0.29", ("0.29", "0.29", 385_700, 580_000)),
        (0.07, ("0.07", "0.07", 93_100, 140_000)),
        (1.1, ("1.1", "1.1", 1_463_000, 2_200_000)),
        ("0.0000001", ("0.0000001", "0.0000001", 0, 0)),
        ("0.0000009", ("0.0000009", "0.0000009", 1, 1)),
    ],
)
def test_quotas_follow_the_limit_exactly(limit, expected):
    assert quotas_from({"storage": limit}, {}, RULES) == (quotas(*expected), ())


@pytest.mark.parametrize(
    ("limits", "remarks"),
    [
        ({}, ()),
        ({"files": 40}, ()),
        ({"storage": None}, ()),
        ({"storage": 0}, ()),
        ({"storage": -1}, (LIMIT_IGNORED,)),
        ({"storage": "many"}, (LIMIT_IGNORED,)),
        ({"storage": True}, (LIMIT_IGNORED,)),
        ({"storage": float("nan")}, (LIMIT_IGNORED,)),
        ({"storage": float("inf")}, (LIMIT_IGNORED,)),
        ({"storage": [40]}, (LIMIT_IGNORED,)),
        ({"storage": "9" * 300}, (LIMIT_IGNORED,)),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_without_space_there_are_no_quotas(limits, remarks):
    assert quotas_from(limits, {}, RULES) == (None, remarks)


@pytest.mark.parametrize(
    ("options", "expected", "remarks"),
    [
        ({"soft_quota_space": 30}, (30, 40, 53_200_000, 80_000_000), ()),
        ({"hard_quota_space": 50}, (40, 50, 53_200_000, 80_000_000), ()),
        ({"hard_quota_space": "50.5"}, (40, "50.5", 53_200_000, 80_000_000), ()),
        ({"soft_quota_inodes": 7}, (40, 40, 7, 80_000_000), ()),
        ({"hard_quota_inodes": 90_000_000}, (40, 40, 53_200_000, 90_000_000), ()),
        ({"soft_quota_space": 0}, (0, 40, 53_200_000, 80_000_000), ()),
        ({"soft_quota_inodes": 0}, (40, 40, 0, 80_000_000), ()),
        ({"hard_quota_inodes": 0}, (40, 40, 0, 0), (clamped("inodes"),)),
        ({"hard_quota_space": 0}, (0, 0, 53_200_000, 80_000_000), (clamped("space"),)),
        ({"hard_quota_space": 30}, (30, 30, 53_200_000, 80_000_000), (clamped("space"),)),
        ({"soft_quota_space": 41}, (40, 40, 53_200_000, 80_000_000), (clamped("space"),)),
        ({"soft_quota_inodes": 80_000_001}, (40, 40, 80_000_000, 80_000_000), (clamped("inodes"),)),
        ({"soft_quota_space": None, "hard_quota_space": None}, (40, 40, 53_200_000, 80_000_000), ()),
        ({"something_else": 1}, (40, 40, 53_200_000, 80_000_000), ()),
        (
            {"soft_quota_indoes": 5, "hard_quota_indoes": 6},
            (40, 40, 5, 6),
            (
                "options.soft_quota_indoes is read, and should be called soft_quota_inodes",
                "options.hard_quota_indoes is read, and should be called hard_quota_inodes",
            ),
        ),
        ({"soft_quota_inodes": 7, "soft_quota_indoes": 5}, (40, 40, 7, 80_000_000), ()),
        (
            {"soft_quota_inodes": None, "soft_quota_indoes": 5},
            (40, 40, 5, 80_000_000),
            ("options.soft_quota_indoes is read, and should be called soft_quota_inodes",),
        ),
        ({"soft_quota_indoes": None}, (40, 40, 53_200_000, 80_000_000), ()),
        *(
            (
                {"hard_quota_space": bad},
                (40, 40, 53_200_000, 80_000_000),
                ("options.hard_quota_space is ignored: it is no number from zero up",),
            )
            for bad in BAD_AMOUNTS
        ),
    ],
    ids=ascii,
)
def test_an_administrators_quotas_count_before_the_limit_and_inodes_follow_the_limit(options, expected, remarks):
    assert quotas_from({"storage": 40}, options, RULES) == (quotas(*expected), remarks)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"hard_quota_space": 5}, quotas(0, 5, 0, 0)),
        ({"soft_quota_space": 5, "hard_quota_space": 9}, quotas(5, 9, 0, 0)),
        ({"soft_quota_inodes": 5, "hard_quota_inodes": 9}, None),
    ],
)
def test_space_may_come_from_an_administrator_alone(options, expected):
    assert quotas_from({}, options, RULES) == (expected, ())


def test_coefficients_units_and_inodes_are_the_operators():
    rules = QuotaRules(
        to_terabytes=Fraction(1, 1000), inodes_per_terabyte=Fraction(10), soft=Fraction("1.5"), hard=Fraction(3)
    )
    assert quotas_from({"storage": 500}, {"hard_quota_space": 2}, rules) == (quotas("0.5", 2, 7, 15), ())


UPDATE = {"old_limits": {"storage": 0.5}}
NOW, NEW = quotas("0.5", "0.5", 665_000, 1_000_000), quotas(1, 1, 1_330_000, 2_000_000)


def updated(state="pending-provider", kind="Update", limits=None, options=None, **attributes):
    order = an_order(state, kind, limits={"storage": 1} if limits is None else limits, attributes=attributes)
    return quotas_of(a_storage(limits={"storage": 0.5}, options=options or {}, order=order), RULES)


@pytest.mark.parametrize("state", ["pending-provider", "executing"])
def test_an_update_at_the_provider_shows_what_was_and_what_will_be(state):
    found = updated(state, **UPDATE)
    assert (found.now, found.old, found.new, found.remarks) == (NOW, NOW, NEW, ())


@pytest.mark.parametrize("state", sorted({*ORDER_STATES, "done"} - {"pending-provider", "executing"}))
def test_an_update_that_nobody_approved_is_not_seen(state):
    found = updated(state, **UPDATE)
    assert (found.now, found.old, found.new) == (NOW, None, None)


@pytest.mark.parametrize("kind", ["Create", "Terminate", "Restore"])
def test_other_orders_change_no_quotas(kind):
    found = updated(kind=kind, **UPDATE)
    assert (found.now, found.old, found.new) == (NOW, None, None)


def test_what_an_order_does_not_say_is_not_shown():
    assert updated(limits={}) == attrs.evolve(updated("done"), now=NOW)
    assert updated(**UPDATE, limits={}).new is None
    assert updated().old is None
    assert updated(old_limits="0.5", new_options=7, old_options=[]).old is None


def test_options_of_an_order_stand_over_those_of_now():
    found = updated(
        options={"hard_quota_space": 3, "soft_quota_inodes": 9},
        old_options={"hard_quota_space": 2},
        new_options={"hard_quota_space": 4, "hard_quota_inodes": 10},
    )
    assert found.now == quotas("0.5", 3, 9, 1_000_000)
    assert found.old == quotas("0.5", 2, 9, 1_000_000)
    assert found.new == quotas(1, 4, 9, 10)


def test_an_order_may_take_an_option_back():
    assert updated(options={"hard_quota_space": 3}, new_options={"hard_quota_space": None}).new == NEW


def test_options_alone_change_the_quotas_of_the_limits_of_now():
    assert updated(limits={}, new_options={"hard_quota_space": 4}).new == attrs.evolve(NOW, space_hard=Fraction(4))


def test_what_is_odd_now_and_later_is_told_once():
    found = updated(options={"hard_quota_space": "x"}, new_options={"soft_quota_space": 9})
    assert found.remarks == (
        "options.hard_quota_space is ignored: it is no number from zero up",
        clamped("space"),
    )


def test_a_leaf_has_them_and_those_above_it_have_none():
    found = branch(a_storage(options={"hard_quota_space": 0}))
    assert found.leaf.quotas.now == quotas(0, 0, 53_200_000, 80_000_000)
    assert found.remarks == (clamped("space"),)
    assert (found.tenant.quotas.now, found.customer.quotas.now) == (None, None)
