"""`map`: the component mapping explained with amounts, forwards and back."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from federation_runner.cli.options import config_option, json_option, load_settings, log_options
from federation_runner.cli.render import emit_json, table
from federation_runner.cli.status import FINE

if TYPE_CHECKING:
    from federation_runner.settings.model import OfferingSettings


class _Amount(click.ParamType):
    """``component=amount``."""

    name = "COMPONENT=AMOUNT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Fraction]:
        from federation_core.domain.units import exact

        component, _, text = str(value).partition("=")
        amount = exact(text)
        if not component or amount is None or amount < 0:
            self.fail(f"{value!r} is not of the form component=amount, such as node_hours=100", param, ctx)
        return component, amount


@click.command("map")
@config_option
@click.option("--limits", "limits", type=_Amount(), multiple=True, help="Limits bought on A; may be repeated.")
@click.option("--usage", "usage", type=_Amount(), multiple=True, help="Usage metered on B; may be repeated.")
@json_option
@log_options
def command(
    config: Path,
    limits: Sequence[tuple[str, Fraction]],
    usage: Sequence[tuple[str, Fraction]],
    as_json: bool,
    log_level: str | None,
    verbose: bool,
) -> int:
    """Explain the component mapping of each offering, forwards and back; asks no server."""
    settings = load_settings(config, log_level, verbose=verbose)
    explained = {offering.name: _explain(offering, dict(limits), dict(usage)) for offering in settings.offerings}
    if as_json:
        emit_json(explained)
        return FINE
    for name, content in explained.items():
        lines = [tuple(line.values()) for line in content["mapping"]]
        table(f"{name}: mapping", ("on A", "on B", "factor", "usage rule"), lines)
        for title, rows in _sections(content):
            table(f"{name}: {title}", ("", "amounts"), rows)
    return FINE


def _explain(
    offering: "OfferingSettings", limits: dict[str, Fraction], usage: dict[str, Fraction]
) -> dict[str, object]:
    from federation_core.application import explain_mapping as explain

    mapping = offering.mapping
    content: dict[str, object] = {"mapping": [attrs.asdict(line) for line in explain.lines_of(mapping)]}
    if limits:
        content["limits"] = attrs.asdict(explain.explain_limits(mapping, limits))
    if usage:
        content["usage"] = attrs.asdict(explain.explain_usage(mapping, usage))
    return content


def _sections(content: dict[str, object]) -> list[tuple[str, list[tuple[str, str]]]]:
    words = {
        "given": "given",
        "exact": "exact amount on B",
        "ordered": "ordered on B",
        "back": "worth on A",
        "reported": "reported on A",
        "left_out": "left out, not mapped",
    }
    sections = []
    for title in ("limits", "usage"):
        part = content.get(title)
        if isinstance(part, dict):
            rows = [(words[key], _amounts(value)) for key, value in part.items() if value]
            sections.append((title, rows))
    return sections


def _amounts(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {amount}" for name, amount in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, tuple | list) else str(value)
