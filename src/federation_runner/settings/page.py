"""The reference page of the settings, from the same table that the reader works by."""

import sys
from collections.abc import Iterable

from federation_runner.settings.keys import KEYS, MOST_MINUTES, VARIABLES, Key, Level

_TITLES = {
    Level.TOP: "Top level",
    Level.LOG_SHIPPING: "`log_shipping`",
    Level.OFFERING: "Each entry of `offerings`",
    Level.BACKEND: "`backend_settings` of an offering",
    Level.PERIODIC: "`periodic_limits` in `backend_settings`",
    Level.COMPONENT: "Each component in `backend_components`",
    Level.TARGET: "Each target in `target_components`",
    Level.COMPUTE: "`backend_settings` of `cscs-dwdi-compute`",
    Level.STORAGE: "`backend_settings` of `cscs-dwdi-storage`",
    Level.METERED: "Each component of these",
    Level.FIELDS: "Each entry of `component_fields`",
}
_INTRODUCTION = """# Settings

<!-- written by `make docs`; do not edit -->

The file is the YAML of the official Waldur Site Agent, read as it is. Keys marked *ours* are additions with safe defaults. Keys
marked *idle* are read and checked but have no effect in this release. All mistakes are reported together, each with its path, its
cause and a fix; none repeats a secret.

## Secrets and references

Any text but those *taken as they are* may be given as one of these, which is how secrets stay out of the file:

| written | stands for |
| --- | --- |
| `${NAME}` or `env:NAME` | the environment variable `NAME` |
| `file:PATH` | the content of a file without its last line break; relative paths start at the settings |

A reference that leads nowhere, or to nothing, is a mistake. Without a token all three `oidc_` keys of that side are needed; with
both, the token is used. Addresses may end in `/api`, `/api/`, `/` or none of them, and hold no credentials.

## Numbers

Numbers are taken exactly as written: a factor of 0.29 is 29/100. A number or a truth value may be given as text.

## Whose an offering is

An offering is ours if `order_processing_backend`, `membership_sync_backend` or `reporting_backend` is `waldur`, if its
`username_management_backend` is `waldur-identity-bridge`, or if its `backend_type` is `waldur` and it names no other backend.
Any other offering is skipped, and named in the log; its settings are not judged. Where another backend shares an offering with
us, keys that we do not know are left to it.

An offering is metered, by the CSCS data warehouse, if `reporting_backend` is `cscs-dwdi-compute` or `cscs-dwdi-storage`, or if its
`backend_type` is one of these and it names no other backend. It may not be federated in the same entry: write two entries with the
same `waldur_offering_uuid`.

Where `username_management_backend` is `waldur-identity-bridge` and `membership_sync_backend` is not `waldur`, mode
`membership_sync` pushes the profiles of the people who have an account in A's offering, and carries no roles, projects or user
names. An offering that asks for nothing else needs no `backend_components`.
"""


def render() -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION]
    parts += [f"## {title}\n\n{table(KEYS[level].values())}" for level, title in _TITLES.items()]
    parts.append(f"## Environment variables\n\n{_variables()}")
    return "\n".join(parts)


def table(keys: Iterable[Key]) -> str:
    """The keys with their kinds, defaults and purposes, as a table in Markdown."""
    rows = [f"| `{key.name}` | {key.kind.words} | {_default(key)} | {_marks(key)}{key.purpose} |" for key in keys]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows, ""])


def _default(key: Key) -> str:
    if key.required:
        return "required"
    match key.default:
        case bool():
            return f"`{str(key.default).lower()}`"
        case int():
            return f"`{key.default}`"
        case float():
            return f"`{key.default:g}`"
        case str() if key.default:
            return f"`{key.default}`"
        case _:
            return "–"


def _marks(key: Key) -> str:
    marks = [word for word, held in (("ours", key.ours), ("idle", key.idle)) if held]
    return f"*{', '.join(marks)}*: " if marks else ""


def _variables() -> str:
    rows = [f"| `{v.name}` | `{v.default:g}` | {'*idle*: ' if v.idle else ''}{v.purpose} |" for v in VARIABLES]
    bounds = f"Each is a number above 0, at most {MOST_MINUTES}; fractions are fine."
    note = f"{bounds} `WALDUR_VERIFY_SSL` has no effect: use `verify_ssl`."
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows, "", note, ""])


if __name__ == "__main__":
    sys.stdout.write(render())
