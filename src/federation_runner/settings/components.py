"""The components of one offering, and the mapping they make."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from federation_core.application.configure import ComponentMapping, ComponentWish, component_mapping
from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings.document import Written
from federation_runner.settings.keys import KEYS, Level
from federation_runner.settings.levels import Reading, shown
from federation_runner.settings.texts import shape

FACTORS = ("unit_factor", "unit_factor_reporting")
"""Factors that other backends apply."""


@attrs.frozen
class Component:
    """One A component: how it is mapped, how A bills it, and factors other than 1 that have no effect here."""

    wish: ComponentWish
    accounting: str
    unit_factors: Mapping[str, float] = attrs.field(factory=dict)


def read_components(reading: Reading, content: Mapping[Any, Any], path: str, *, tolerant: bool) -> dict[str, Component]:
    """Every component of *content*, by name; what is wrong with one is noted."""
    return {
        name: _component(reading, given, where, tolerant=tolerant)
        for name, given, where in named(reading, content, path)
    }


def mapping_of(
    reading: Reading, wishes: Mapping[str, Component], backend: Mapping[str, Any], path: str
) -> ComponentMapping | None:
    """The mapping, or None where it is wrong, which is noted.

    It is not tried where what it depends on is wrong already: what would then be found follows from that alone.
    """
    where = f"{path}.backend_components"
    if not _are_rules_known(reading, path) or any(_matters(finding) for finding in reading.below(where)):
        return None
    try:
        return component_mapping(
            {name: component.wish for name, component in wishes.items()},
            rounding=backend["limit_rounding"],
            shared=backend["shared_target_usage"],
            path=where,
        )
    except ConfigurationError as error:
        reading.add(error)
        return None


def _are_rules_known(reading: Reading, path: str) -> bool:
    settings, rules = f"{path}.backend_settings", ("limit_rounding", "shared_target_usage")
    wrong = {finding.path for finding in reading.below(settings)}
    return wrong.isdisjoint({settings, *(f"{settings}.{rule}" for rule in rules)}) and not any(
        reading.has_stray(path, rule) for rule in rules
    )


def _matters(finding: Finding) -> bool:
    """Whether a mistake leaves open what is mapped to what; a wrong factor, or a wrong label, does not."""
    last = finding.path.rpartition(".")[2]
    if last in KEYS[Level.TARGET]:
        return False
    return last not in KEYS[Level.COMPONENT] or not KEYS[Level.COMPONENT][last].idle


def _component(reading: Reading, given: object, path: str, *, tolerant: bool) -> Component:
    values = reading.level(Level.COMPONENT, given, path, tolerant=tolerant)
    targets = {
        name: reading.level(Level.TARGET, {} if inner is None else inner, where)["factor"]
        for name, inner, where in named(reading, values["target_components"] or {}, f"{path}.target_components")
    }
    wish = ComponentWish(targets, values["usage_attribution"], values["primary_target"])
    factors = {name: values[name] for name in FACTORS if values[name] not in {None, 1.0}}
    return Component(wish, values["accounting_type"], factors)


def named(reading: Reading, content: Mapping[Any, Any], path: str) -> Iterator[tuple[str, object, str]]:
    """Name, content and path of each entry; YAML reads names such as ``on`` or an empty one as no text, which is noted."""
    for key, inner in content.items():
        name = key.text if isinstance(key, Written) else key
        where = f"{path}.{shown(key)}"
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if isinstance(name, str) and name.strip():
            yield name, inner, where
        else:
            reading.wrong(where, f"{shape(key)} as the name of a component", "put the name in quotes")
