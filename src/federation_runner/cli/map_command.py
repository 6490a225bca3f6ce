"""`map`: the component mapping explained with amounts, forwards and back."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from federation_core.domain.errors import Finding, UnknownComponent
from federation_runner.cli.options import config_option, json_option, load_settings, log_options
from federation_runner.cli.render import emit_json, facts, table
from federation_runner.cli.status import FINE

if TYPE_CHECKING:
    from federation_runner.settings.model import OfferingSettings


F = TypeVar("F", bound=Callable[..., Any])


def _amounts_given(_ctx: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> dict[str, Fraction]:
    """Read ``component=amount`` texts."""
    from federation_core.domain.units import exact

    found = {}
    for value in values:
        component, _, text = value.partition("=")
        amount = exact(text)
        if not component or amount is None:
            raise click.BadParameter(f"{value!r} is not of the form component=amount, such as node_hours=100")
        if amount < 0:
            raise click.BadParameter(f"{value!r} is below zero; write an amount such as {component}=100")
        found[component] = amount
    return found


def _amount_option(name: str, text: str) -> Callable[[F], F]:
    return click.option(
        f"--{name}",
        name,
        multiple=True,
        metavar="COMPONENT=AMOUNT",
        callback=_amounts_given,
        help=f"{text}; may be repeated.",
    )


@click.command("map")
@config_option
@_amount_option("limits", "Limits bought on A")
@_amount_option("usage", "Usage metered on B")
@json_option
@log_options
def command(
    config: Path,
    limits: dict[str, Fraction],
    usage: dict[str, Fraction],
    as_json: bool,
    log_level: str | None,
    verbose: bool,
) -> int:
    """Explain the component mapping of each offering, forwards and back; asks no server."""
    settings = load_settings(config, log_level, verbose=verbose)
    _refuse_unknown(settings.offerings, limits, usage)
    explained = {offering.name: _explain(offering, limits, usage) for offering in settings.offerings}
    if as_json:
        emit_json(explained)
        return FINE
    for name, content in explained.items():
        lines = [[str(cell) for cell in line.values()] for line in content["mapping"]]
        if lines:
            table(f"{name}: mapping", ("on A", "on B", "factor", "usage rule"), lines)
        else:
            click.echo(f"{name}: no component is mapped")
        for title, rows in _sections(content):
            facts(f"{name}: {title}", rows)
    return FINE


def _refuse_unknown(
    offerings: Sequence["OfferingSettings"], limits: Mapping[str, Fraction], usage: Mapping[str, Fraction]
) -> None:
    """Note components that no offering's mapping names.

    Raises:
        UnknownComponent: with each of them.
    """
    findings: list[Finding] = []
    for option, side, given in (("--limits", "A", limits), ("--usage", "B", usage)):
        known = sorted(set().union(*(_components(offering)[side] for offering in offerings)))
        cause = f"no offering maps this component of {side}"
        fix = f"use one of: {', '.join(known)}" if known else "write it into backend_components"
        findings += [Finding(f"{option} {name}", cause, fix) for name in given if name not in known]
    if findings:
        raise UnknownComponent(*findings)


def _components(offering: "OfferingSettings") -> dict[str, set[str]]:
    from federation_core.application.explain_mapping import lines_of

    lines = lines_of(offering.mapping)
    return {"A": {line.a_component for line in lines}, "B": {line.b_component for line in lines}}


def _explain(offering: "OfferingSettings", limits: dict[str, Fraction], usage: dict[str, Fraction]) -> dict[str, Any]:
    """The mapping, and what becomes of those amounts whose components it names."""
    from federation_core.application import explain_mapping as explain

    mapping, known = offering.mapping, _components(offering)
    bought = {name: amount for name, amount in limits.items() if name in known["A"]}
    metered = {name: amount for name, amount in usage.items() if name in known["B"]}
    content: dict[str, Any] = {"mapping": [attrs.asdict(line) for line in explain.lines_of(mapping)]}
    if bought:
        content["limits"] = attrs.asdict(explain.explain_limits(mapping, bought))
    if metered:
        content["usage"] = attrs.asdict(explain.explain_usage(mapping, metered))
    return content


def _sections(content: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    words = {
        "given": "given",
        "exact": "exact amount on B",
        "ordered": "ordered on B",
        "back": "worth on A",
        "reported": "reported on A",
    }
    sections = []
    for title in ("limits", "usage"):
        part = content.get(title)
        if isinstance(part, dict):
            rows = [(words[key], _amounts(value)) for key, value in part.items() if key in words and value]
            sections.append((title, rows))
    return sections


def _amounts(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {amount}" for name, amount in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, tuple | list) else str(value)
