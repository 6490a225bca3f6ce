"""Quotas of space and of inodes, from the limit that was ordered and what an administrator set in its place. Exact."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

import attrs

from federation_core.domain.storage.records import OrderSeen, StorageResource, Values
from federation_core.domain.storage.status import AT_PROVIDER
from federation_core.domain.units import exact, floor

COMPONENT = "storage"
MOST_KEPT = 1024
MISSPELT = {"soft_quota_inodes": "soft_quota_indoes", "hard_quota_inodes": "hard_quota_indoes"}
"""Option -> how an older release read it."""


@attrs.frozen(cache_hash=True)
class QuotaRules:
    """How limits become quotas.

    Attributes:
        to_terabytes: what one unit of the limit is in TB.
        inodes_per_terabyte: before the coefficients.
        soft: coefficient of the soft quota of inodes.
        hard: the same of the hard one; at least *soft*.
    """

    to_terabytes: Fraction = Fraction(1)
    inodes_per_terabyte: Fraction = Fraction(1_000_000)
    soft: Fraction = Fraction(133, 100)
    hard: Fraction = Fraction(2)


@attrs.frozen
class Quotas:
    """Space in TB, and numbers of inodes; nothing soft is above what is hard."""

    space_soft: Fraction
    space_hard: Fraction
    inodes_soft: Fraction
    inodes_hard: Fraction


@attrs.frozen
class QuotasFound:
    """The quotas of a resource: now, and before and after the update that is under way; None where there are none."""

    now: Quotas | None
    old: Quotas | None = None
    new: Quotas | None = None
    remarks: tuple[str, ...] = ()


def quotas_of(resource: StorageResource, rules: QuotaRules) -> QuotasFound:
    """The quotas of *resource*, and remarks on what was ignored."""
    now, remarks = quotas_from(resource.limits, resource.options, rules)
    order = resource.order
    if order is None or order.type != "Update" or order.state not in AT_PROVIDER:
        return QuotasFound(now, remarks=remarks)
    old, _ = _asked(resource, order, order.attributes.get("old_limits"), "old_options", rules)
    new, more = _asked(resource, order, order.limits or None, "new_options", rules)
    return QuotasFound(now, old, new, tuple(dict.fromkeys((*remarks, *more))))


def _asked(
    resource: StorageResource, order: OrderSeen, limits: object, options_key: str, rules: QuotaRules
) -> tuple[Quotas | None, tuple[str, ...]]:
    """The quotas by what an order says of limits and options; what it does not say is as it is now."""
    options = order.attributes.get(options_key)
    if not isinstance(limits, Mapping) and not isinstance(options, Mapping):
        return None, ()
    return quotas_from(
        limits if isinstance(limits, Mapping) else resource.limits,
        {**resource.options, **(options if isinstance(options, Mapping) else {})},
        rules,
    )


def quotas_from(limits: Values, options: Values, rules: QuotaRules) -> tuple[Quotas | None, tuple[str, ...]]:
    """The quotas, and remarks; None where neither space is above zero.

    Inodes always follow the limit, also where the space is overridden. What is soft is made equal to a lower hard one last of all:
    a hard quota of zero beside a limit is what an administrator wrote, and is shown.

    Args:
        limits: component -> amount.
        options: overrides: ``soft_quota_space`` and ``hard_quota_space`` in TB, ``soft_quota_inodes`` and ``hard_quota_inodes``.
        rules: how limits become quotas.
    """
    remarks: list[str] = []
    usual = _usual(_limit(limits, remarks), rules)
    space_soft, space_hard, inodes_soft, inodes_hard = (
        _first(_override(options, name, remarks), amount) for name, amount in zip(_OVERRIDES, usual, strict=True)
    )
    if space_soft <= 0 and space_hard <= 0:
        return None, tuple(remarks)
    space = _ordered("space", space_soft, space_hard, remarks)
    return Quotas(*space, *_ordered("inodes", inodes_soft, inodes_hard, remarks)), tuple(remarks)


@lru_cache(MOST_KEPT)
def _usual(limit: Fraction, rules: QuotaRules) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """The quotas of a limit where nothing overrides them, as `_OVERRIDES` are listed; few limits are ordered again and again."""
    terabytes = limit * rules.to_terabytes
    inodes = terabytes * rules.inodes_per_terabyte
    return terabytes, terabytes, Fraction(floor(inodes * rules.soft)), Fraction(floor(inodes * rules.hard))


_OVERRIDES = ("soft_quota_space", "hard_quota_space", "soft_quota_inodes", "hard_quota_inodes")


def _limit(limits: Values, remarks: list[str]) -> Fraction:
    value = limits.get(COMPONENT)
    amount = exact(value)
    if value is not None and (amount is None or amount < 0):
        remarks.append(f"the limit of {COMPONENT} is no number from zero up, and taken for zero")
    return amount if amount is not None and amount > 0 else Fraction(0)


def _override(options: Values, name: str, remarks: list[str]) -> Fraction | None:
    """What an administrator set; None where nothing of use."""
    value = options.get(name)
    old_name = MISSPELT.get(name, name)
    if value is None and options.get(old_name) is not None:
        value = options[old_name]
        remarks.append(f"options.{old_name} is read, and should be called {name}")
    if value is None:
        return None
    amount = exact(value)
    if amount is None or amount < 0:
        remarks.append(f"options.{name} is ignored: it is no number from zero up")
        return None
    return amount


def _first(override: Fraction | None, usual: Fraction) -> Fraction:
    return usual if override is None else override


def _ordered(what: str, soft: Fraction, hard: Fraction, remarks: list[str]) -> tuple[Fraction, Fraction]:
    if soft <= hard:
        return soft, hard
    remarks.append(f"the soft quota of {what} would be above the hard one, and is made equal to it")
    return hard, hard
