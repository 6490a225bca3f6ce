"""The reference page of the settings, from the same table that the reader works by."""

from collections.abc import Iterable

from federation_runner.settings.keys import KEYS, VARIABLES, Key, Level

_TITLES = {
    Level.TOP: "Top level",
    Level.LOG_SHIPPING: "`log_shipping`",
    Level.OFFERING: "Each entry of `offerings`",
    Level.BACKEND: "`backend_settings` of an offering",
    Level.COMPONENT: "Each component in `backend_components`",
    Level.TARGET: "Each target in `target_components`",
}
_INTRODUCTION = """# Settings

<!-- written by `make docs`; do not edit -->

The file is the YAML of the official Waldur Site Agent, read as it is; keys marked *ours* are additions with safe defaults. Keys
marked *idle* are read and checked but have no effect in this release. All mistakes are reported together, each with its path, its
cause and a fix.

Any text may be given as `${NAME}` or `env:NAME` (an environment variable) or `file:PATH` (a file's content, relative to the
settings), which is how secrets stay out of the file. Numbers are taken exactly as written.

An offering whose `backend_type` is not `waldur` belongs to another backend; it is skipped, and named in the log.
"""


def render() -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION]
    parts += [f"## {_TITLES[level]}\n\n{_table(keys.values())}" for level, keys in KEYS.items()]
    parts.append(f"## Environment variables\n\n{_variables()}")
    return "\n".join(parts)


def _table(keys: Iterable[Key]) -> str:
    rows = [f"| `{key.name}` | {key.kind.words} | {_default(key)} | {_marks(key)}{key.purpose} |" for key in keys]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""])


def _default(key: Key) -> str:
    if key.required:
        return "required"
    match key.default:
        case None | "" | () | {}:
            return "–"
        case bool():
            return f"`{str(key.default).lower()}`"
        case float():
            return f"`{key.default:g}`"
        case _:
            return f"`{key.default}`"


def _marks(key: Key) -> str:
    marks = [word for word, held in (("ours", key.ours), ("idle", key.idle)) if held]
    return f"*{', '.join(marks)}*: " if marks else ""


def _variables() -> str:
    rows = [f"| `{v.name}` | `{v.default:g}` | {'*idle*: ' if v.idle else ''}{v.purpose} |" for v in VARIABLES]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows, ""])
