"""What a value does not name is nothing, but for the few things that are usual; no value changes, and none shows people."""

import importlib
import inspect
import pkgutil
from datetime import timedelta

import attrs
import pytest

import federation_core

PLAIN = (str, bool, int, float, tuple, list, dict, set, frozenset, timedelta)
USUAL = {
    ("BPerson", "is_active"): True,
    ("ComponentWish", "attribution"): "sum",
    ("FieldRules", "tell_reasons"): True,
    ("Freshness", "interval"): 5.0,
    ("Freshness", "life"): 30.0,
    ("HistoryWish", "shares"): True,
    ("Learned", "links_orders"): True,
    ("Learned", "stamps_resources"): True,
    ("MemberRules", "carries_roles"): True,
    ("MemberSettings", "withdraws"): True,
    ("OrderSettings", "tell_reasons"): True,
    ("PeerKeys", "verifies"): True,
    ("PeerSeen", "verifies"): True,
    ("PricingPlan", "active"): True,
    ("Rules", "settle"): timedelta(seconds=35),
    ("Rules", "skew"): timedelta(minutes=1),
    ("Scene", "links_orders"): True,
    ("StorageRules", "file_system"): "lustre",
    ("StorageSettings", "unknown_life"): 60.0,
    ("UsageRules", "shares"): True,
    ("UsageRules", "takers"): frozenset({"OK", "Updating", "Terminating"}),
    ("UsageSettings", "periods"): 2,
    ("Wishes", "orders"): True,
    ("Wishes", "skew"): timedelta(minutes=1),
}
"""What is so on any Waldur of today, and what the manual gives as the default of a setting."""


def modules():
    found = pkgutil.walk_packages(federation_core.__path__, "federation_core.")
    return [importlib.import_module(module.name) for module in found]


def defaults():
    """Every plain default there is, with the class and the field that have it."""
    for module in modules():
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and attrs.has(kind):
                for field in attrs.fields(kind):
                    factory = getattr(field.default, "factory", None)
                    value = factory() if factory else field.default
                    if isinstance(value, PLAIN):
                        yield name, field.name, value


DEFAULTS = sorted(defaults(), key=lambda one: one[:2])


@pytest.mark.parametrize(("kind", "field", "value"), DEFAULTS, ids=[".".join(one[:2]) for one in DEFAULTS])
def test_what_is_not_named_is_nothing_or_usual(kind, field, value):
    assert value == USUAL.get((kind, field), type(value)())


def test_nothing_else_is_called_usual():
    assert USUAL.keys() <= {one[:2] for one in DEFAULTS}


MOVING = {
    "FieldsLearned", "Learned", "MembersLearned", "OrderIndex", "OrderRun", "UsageLearned", "_Asking", "_Chain",
}  # fmt: skip
"""What a process learns, and how far something under way is; all else is a value."""

VALUES = sorted(
    {
        kind
        for module in modules()
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if attrs.has(kind) and name not in MOVING
    },
    key=lambda kind: (kind.__module__, kind.__qualname__),
)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__qualname__)
def test_a_value_is_never_changed(kind):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        object.__new__(kind).anything = 1


PERSONAL = {
    "AAccount.name", "AAccount.person", "APerson.email", "APerson.username", "BAccount.name", "BAccount.person",
    "BMember.email", "BMember.username", "BPerson.email", "BPerson.profile", "BPerson.username", "Disclosure.profile",
    "Disclosure.username", "Figures.shares", "Machines.names", "Metered.shares", "NameBook.foreign", "NameBook.names",
    "RenameAccount.name", "Told.attributes", "Told.username",
}  # fmt: skip


def test_what_is_of_people_is_in_no_representation():
    """A traceback, or a log that somebody adds one day, would have it."""
    assert {
        f"{kind.__name__}.{field.name}" for kind in VALUES for field in attrs.fields(kind) if not field.repr
    } >= PERSONAL
