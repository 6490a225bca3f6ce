"""The generated pages of the manual, and the one way to write them: `make docs`."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import click
from tests.docs import storage_page
from tests.docs.public_names import PUBLIC

from federation_adapters.sandbox import coverage_table
from federation_core.domain import errors
from federation_core.domain.health.checks import CHECKS
from federation_core.domain.health.table import Check
from federation_core.domain.orders import forwarding
from federation_core.domain.orders.states import A_ORDER_PHASES, B_ORDER_PHASES, APhase, BPhase
from federation_runner.cli import COMMANDS, cli
from federation_runner.settings import page

DOCS = Path(__file__).parents[2] / "docs"
MARK = "<!-- written by `make docs`; do not edit -->"


def order_table() -> str:
    """The joint table, its words, and the diagram."""
    steps = "\n".join(f"| {step.name.lower()} | {step.value} |" for step in forwarding.Step)
    words = "\n".join(
        f"| `{word}` | {A_ORDER_PHASES[word].name} | {B_ORDER_PHASES[word].name} |" for word in A_ORDER_PHASES
    )
    columns = "\n".join(f"| B | {phase.name} | {phase.value} |" for phase in BPhase)
    lines = "\n".join(f"| A | {phase.name} | {phase.value} |" for phase in APhase)
    return f"""# The order table

{MARK}

Both sides' order states are folded into phases, and the pair of phases names the next step. The table is total. Why the less
obvious cells are as they are stands beside the table in `federation_core.domain.orders.forwarding`.

{forwarding.table()}

| step | means |
| --- | --- |
{steps}

| side | phase | the order |
| --- | --- | --- |
{lines}
{columns}

| Waldur's word | on A | on B |
| --- | --- | --- |
{words}

B's order counts as ABSENT only where that is proven, as UNKNOWN where it could not be told, and as AMBIGUOUS where a person has
to look.

```mermaid
{forwarding.diagram()}
```
"""


def error_page() -> str:
    """Every error of a call, how it reads, and what it asks for."""
    rows = "\n".join(
        f"| `{kind.__name__}` | {words} | {kind.disposition.value} |" for kind, words in errors.VERDICTS.items()
    )
    return f"""# Errors

{MARK}

Everything that is raised on purpose is a `federation_core.domain.errors.FederationError`. `ConfigurationError` holds every mistake
found in the settings; a command then ends with status 2. The errors of single calls to a Waldur read *side, operation, verdict,
status, the server's words*, and ask for one of these:

| disposition | the order or resource |
| --- | --- |
| again-after | is looked at again in the next cycle |
| parked | waits for a person; it goes on by itself once mended |
| broken | met something outside the contract, or a bug of ours |
| stop | does not apply: the settings are wrong |

| error | reads | disposition |
| --- | --- | --- |
{rows}
"""


def command_page() -> str:
    """Every command with its options."""
    context = click.Context(cli)
    parts = []
    for name, purpose in COMMANDS.items():
        command = cli.get_command(context, name)
        if command is not None:
            parts.append("\n\n".join([f"## {name}", purpose, *_remarks(command), _options(command)]))
    return f"""# Commands

{MARK}

`waldur-federation COMMAND [OPTIONS]`; `--help` after any command shows its options, `--version` the version. Results go to standard
output, log lines and mistakes to standard error. Colour and live progress appear only on a terminal. Where a table
would be too wide for the terminal, each row becomes a paragraph, so that no id is ever broken.

| exit status | means |
| --- | --- |
| 0 | fine, or nothing to do; orders may wait |
| 1 | something failed, needs a person, or could not be told; also where standard output is closed or its disk is full |
| 2 | usage or configuration; nothing was done |
| 3 | `plan` or `drift` found something, or the chain that `why` shows is broken |
| 130 | interrupted by SIGINT, SIGTERM or SIGHUP |

A reader of standard output that leaves early, such as `head`, changes nothing: the command goes on and ends with the status that it
would have had. A standard error that is closed, or cannot be written, loses the lines and nothing else.

{chr(10).join(parts)}"""


def _remarks(command: click.Command) -> list[str]:
    """What the command's help says beyond its first paragraph."""
    return inspect.cleandoc(command.help or "").split("\n\n")[1:]


def _options(command: click.Command) -> str:
    rows = [_option(parameter) for parameter in command.params if isinstance(parameter, click.Option)]
    return "\n".join(["| option | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""])


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.is_flag:
        value = "–"
    elif isinstance(option.type, click.Choice):
        value = " \\| ".join(f"`{choice}`" for choice in option.type.choices)
    else:
        value = option.metavar or option.type.name
    shown = option.show_default and option.default not in {None, ""}
    return f"| {names} | {value} | {f'`{option.default}`' if shown else '–'} | {option.help} |"


def check_page() -> str:
    """Every check of the doctor; what is asked of both sides alike stands once."""
    alike: dict[tuple[object, ...], list[Check]] = {}
    for one in CHECKS:
        alike.setdefault((one.severity, one.holds, one.cause, one.fix), []).append(one)
    rows = "\n".join(_check_row(checks) for checks in alike.values())
    return f"""# Checks

{MARK}

`waldur-federation check` looks at the settings and at both servers, and tells what is wrong, with cause and fix. It only reads. A
check is made where those it needs have found nothing, so that one cause gives one finding; what was not checked for that reason is
told. Where people's profiles are pushed and nothing else is done, only the checks of the servers, their clocks, A's offering and
the bridge are made. Words in *italics* are filled in. A finding names the key, below the entry of the offering in the settings, or
the object on A or B.

| severity | means | exit status |
| --- | --- | --- |
| error | orders, usage or people will not be carried over as asked, or it could not be told whether they will | 1 |
| warning | it works, and somebody will be surprised | 0 |
| note | good to know | 0 |

| check | is fine where | otherwise | severity | fix | needs |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def _check_row(checks: list[Check]) -> str:
    names = ", ".join(f"`{one.name}`" for one in checks)
    needs = ", ".join(f"`{name}`" for name in dict.fromkeys(name for one in checks for name in one.needs)) or "–"
    one = checks[0]
    cells = (names, one.holds, _spoken(one.cause), one.severity.value, _spoken(one.fix), needs)
    return "| " + " | ".join(cells) + " |"


def _spoken(template: str) -> str:
    """A sentence with its blanks in italics."""
    return re.sub(r"\{(\w+)\}", r"*\1*", template).replace("|", "\\|")


def sandbox_page() -> str:
    """The sandbox's page with its table of routes brought up to date."""
    text = (DOCS / "reference/sandbox.md").read_text(encoding="utf-8")
    current = coverage_table()
    lines = text.split("\n")
    head = current.split("\n")[0]
    start = lines.index(head)
    end = next((n for n in range(start, len(lines)) if not lines[n].startswith("|")), len(lines))
    return "\n".join([*lines[:start], *current.rstrip("\n").split("\n"), *lines[end:]])


def api_page() -> str:
    """The public names with what each says of itself."""
    parts = []
    for module, names in PUBLIC.items():
        home = import_module(module)
        rows = [f"| `{name}` | {_first_line(getattr(home, name))} |" for name in names]
        parts.append(
            "\n".join([f"## {module}", "", _first_line(home), "", "| name | is |", "| --- | --- |", *rows, ""])
        )
    return f"""# Python API

{MARK}

These names stay where they are within a minor version; anything else may move. `federation_core` needs attrs alone. What each
takes, gives and raises stands in its docstring.

{chr(10).join(parts)}"""


def example_page() -> str:
    """The example configurations, each as it stands in its file."""
    parts = []
    for name, purpose in EXAMPLES.items():
        text = (DOCS / f"examples/{name}.yaml").read_text(encoding="utf-8")
        parts.append(
            f"## {name}.yaml\n\n{purpose}\n\nThe file: [{name}.yaml](../examples/{name}.yaml).\n\n```yaml\n{text}```\n"
        )
    return f"""# Example settings

{MARK}

Eight files to start from. Write your addresses, tokens and UUIDs; all else works as it stands. Every release is tried with them.
Seven are in the form that the official Waldur Site Agent reads too: each of the first two, and the first with either fragment laid
over it, brings an order of A to B, its usage back, and the people of its project to B; each of the next three, in our runner and in
the official agent, tells A the figures of a [data warehouse](../how-to/report-from-the-warehouse.md). The last one is a file of the
[storage proxy](../how-to/serve-the-storage-proxy.md).

```sh
waldur-federation check -c federation-polling.yaml            # what is wrong, and what to do about it
waldur-federation run --once -c federation-polling.yaml       # one cycle
waldur-federation run -c federation-events.yaml               # stays, and listens
waldur-federation storage-proxy -c storage-proxy.yaml         # serves the last one
```

`accounting_type` has to say how A bills the component; `check` compares it. In the examples it is `usage`: nothing is ordered by
amount. For components that are, write `limit`.

{chr(10).join(parts)}"""


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0].replace("|", "\\|")


EXAMPLES = {
    "federation-polling": "Orders, people and usage of one offering, looked after every few minutes.",
    "federation-events": "The same with [events](../how-to/listen-to-events.md) of both sides: what happens is carried on at once, "
    "and polling is the safety net.",
    "fragment-pass-through": "For two offerings with the same components: these lines in place of `backend_components` in either "
    "of the files above. [How components are converted](../explanation/component-mapping.md) is told elsewhere.",
    "fragment-identity-bridge": "By itself it [pushes profiles and nothing "
    "else](../how-to/carry-people-and-roles-over.md#push-profiles-and-nothing-else). To use the bridge for people who get roles, "
    "put its `username_management_backend` and its `identity_bridge_source` into either of the first two files; the token on B "
    "then has to be that of an identity manager with a role on the customer.",
    "cscs-dwdi-compute-config": "Node and CPU hours of one cluster, from the CSCS data warehouse.",
    "cscs-dwdi-storage-config": "Space and files below paths, from the same.",
    "cscs-dwdi-combined-config": "Both, with what they have in common said once.",
    "storage-proxy": "Storage resources as the CSCS hierarchy, for storage management systems.",
}
"""Example -> what it is for."""

PAGES = {
    "reference/examples.md": example_page,
    "reference/python-api.md": api_page,
    "reference/order-table.md": order_table,
    "reference/errors.md": error_page,
    "reference/commands.md": command_page,
    "reference/checks.md": check_page,
    "reference/configuration.md": page.render,
    "reference/sandbox.md": sandbox_page,
    "reference/storage-proxy.md": storage_page.render,
}


def main() -> None:
    """Write all of them."""
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
