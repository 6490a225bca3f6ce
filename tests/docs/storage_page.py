"""The reference page of the storage proxy, from the settings' own tables and from what the application says of itself."""

import asyncio
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from federation_adapters.hpc_storage import desk, errors, guard, schemas
from federation_adapters.hpc_storage.app import PATH
from federation_adapters.hpc_storage.errors import UpstreamFailed
from federation_adapters.hpc_storage.examples import LISTING, SYSTEM_ERRORS
from federation_adapters.hpc_storage.query import SYSTEMS
from federation_adapters.oidc import keys, tokens
from federation_core.domain.callers import Caller, CallerError, NotAuthenticated, NotPermitted, require_roles
from federation_core.domain.errors import ServerFault, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.storage import links, masking, quotas, status, targets
from federation_runner.settings.page import table
from federation_runner.settings.proxy import parse_proxy
from federation_runner.settings.proxy_keys import CONFIG_PATH, DEBUG, PROXY_KEYS, PROXY_VARIABLES, ProxyLevel
from federation_runner.storage_container import StorageProxy

_SETTINGS = {
    "waldur_api_url": "https://portal.example.org/api/",
    "waldur_api_token": "unused",
    "storage_systems": {name: name for name in ("capstor", "vast", "iopsstor")},
    "auth": {"disable_auth": True},
}
_TITLES = {
    ProxyLevel.TOP: "Top level",
    ProxyLevel.BACKEND: "`backend_settings`",
    ProxyLevel.COMPONENT: "`storage` in `backend_components`",
    ProxyLevel.AUTH: "`auth`",
    ProxyLevel.USER_API: "`hpc_user_api`",
}
_UNKNOWN_IDS = UpstreamFailed(f"{desk.USER_API}: the Unix ids of 2 storage resources are not known.")
_AT_LOOPBACK = "127.0.0.1", 50_000
_RULES = tokens.TokenRules("https://sso.example.org/realms/hpc", "storage-proxy", "storage-proxy")
_CLAIMS = {"iss": _RULES.issuer, "aud": "account", "exp": 60}
Rows = Sequence[tuple[str, ...]]


def application() -> Any:
    """The application as it is served; nothing is asked of anybody."""
    return StorageProxy(settings=parse_proxy(_SETTINGS, {}, Path())).app()


def description() -> dict[str, Any]:
    """What the application says of itself."""
    found: dict[str, Any] = application().openapi()
    return found


def bodies() -> Rows:
    """Every refusal: its status, when it is answered, and its body."""
    down, late = ServerFault(Side.A, "storage.read_all"), TimedOut(Side.A, "storage.read_all")
    refusals = [
        ("there is no token", errors.of_caller(NotAuthenticated(desk.NO_HEADER))),
        ("the header is of another form", errors.of_caller(NotAuthenticated(desk.NO_TOKEN))),
        ("the token is not valid; the words say why", errors.of_caller(_refused(tokens.head_of, "x"))),
        (
            "the token is valid, and for another service",
            errors.of_caller(_refused(tokens.caller_of, _CLAIMS, _RULES, 0.0)),
        ),
        (
            "the token has none of `required_roles`, or for debug mode of `debug_roles`",
            errors.of_caller(_refused(require_roles, Caller("somebody"), ["storage-reader"])),
        ),
        ("debug mode is switched off", errors.of_caller(NotPermitted(desk.NO_DEBUG))),
        ("authentication is off, and the address is not loopback", errors.of_caller(NotPermitted(guard.STRANGER))),
        ("there is no such address", asyncio.run(_asked("GET", "/api/"))),
        ("it takes no such method", asyncio.run(_asked("POST", PATH))),
        ("`storage_system` is not known", SYSTEM_ERRORS["unknown"]["value"]),
        ("`storage_system` is empty", SYSTEM_ERRORS["empty"]["value"]),
        ("another parameter is wrong", asyncio.run(_asked("GET", f"{PATH}?page_size=900"))),
        ("a bug; the log has the rest under this id", errors.of_bug("5ac2d6e81f3b47909b14e7c0a2d8f653")),
        ("Waldur failed; the words say how", errors.of_upstream(UpstreamFailed.of(desk.WALDUR, down))),
        ("`gid_fallback` is `error`, and a Unix id is not known", errors.of_upstream(_UNKNOWN_IDS)),
        ("the identity provider gives no keys", errors.of_keys()),
        ("Waldur took too long", errors.of_upstream(UpstreamFailed.of(desk.WALDUR, late))),
    ]
    return [_body(when, answer) for when, answer in refusals]


def _body(when: str, answer: Any) -> tuple[str, str, str]:
    if isinstance(answer, dict):
        return "422", when, json.dumps(answer)
    text = bytes(getattr(answer, "body", b"") or answer.content).decode()
    return str(answer.status_code), when, json.dumps(json.loads(text), ensure_ascii=False)


def _refused(function: Any, *arguments: object) -> Any:
    try:
        function(*arguments)
    except CallerError as error:
        return error
    raise AssertionError("it was let in")


async def _asked(method: str, url: str) -> httpx.Response:
    transport = httpx.ASGITransport(application(), client=_AT_LOOPBACK)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return await client.request(method, url)


def render() -> str:
    """The page in Markdown."""
    served = description()
    settings = "\n".join(f"### {title}\n\n{table(PROXY_KEYS[level].values())}" for level, title in _TITLES.items())
    refusals = "\n".join(f"| {code} | {when} | `{body}` |" for code, when, body in bodies())
    return f"""# The storage proxy

<!-- written by `make docs`; do not edit -->

What [the storage proxy](../how-to/serve-the-storage-proxy.md) reads, takes and answers. Its options stand with [the other
commands](commands.md#storage-proxy), its log lines with [the logs](logs.md), the reasons in [how it
works](../explanation/how-the-storage-proxy-works.md).

## Settings

A file of YAML of its own, in the form that `waldur-site-agent-cscs-hpc-storage` reads. Keys marked *ours* are additions with safe
defaults, keys marked *idle* are read and checked and have no effect; debug mode shows them. All mistakes are reported together,
each with its path, its cause and a fix; none repeats a secret. Any text but those *taken as they are* may be given as `${{NAME}}`,
`env:NAME` or `file:PATH`, as in [the other settings](configuration.md#secrets-and-references).

{settings}
## Environment variables

A variable that is set and not blank counts before the file. Truths are `true`, `yes`, `1` and `on`, in any case.

{_table(("variable", "stands for"), _variables())}
## Exit statuses

{_table(("status", "means"), _STATUSES)}
## Endpoints

All of them take `GET`. `/openapi.json` describes them for programs, and `/docs` for people, whose browser fetches scripts of the
internet for it; neither needs a token.

{_table(("endpoint", "gives", "token", "refusals"), _endpoints(served))}
`{PATH.rstrip("/")}` redirects to the form with the last slash.

## Query parameters

Of `{PATH}`. All are optional; several have to hold together; texts are compared exactly. What nothing matches is an empty list.

{_table(("parameter", "value", "default", "meaning"), _parameters(served))}
`storage_system` takes the names of `storage_systems`, and beside them always {_words(SYSTEMS)}:
one of these that is not configured has nothing. `status` looks at the item, `state` at Waldur's own word for the resource, and for
tenants and customers at the words for the resources below them.

## Headers

{_table(("header", "of", "says"), _headers(served))}
## The answer

```json
{json.dumps(LISTING["one"]["value"], indent=2)}
```

Tenants come first, then customers, then storages, each by system, data type, mount point and id. `pagination.total` counts the
items that match, of all levels; a page beyond the end is empty and has the same total. An item is unique by `itemId`,
`storageSystem.key` and `storageDataType.key` together.

{_table(("field", "is"), _fields(schemas.StorageItem))}
### Status

{_tables(status)}

{_table(("shown as", "`status`"), _statuses())}
A state that is not known is `pending`. `active` in `targetItem` is true where the status is `active`.

### Who uses it

{_table(("`targetType`", "fields of `targetItem`"), _TARGETS)}
{_tables(targets)}

An item with a made-up id has the field `mock`, which is true. Whose id nobody knows is treated by `gid_fallback`.

### Quotas

`limits.storage` times `unit_factor` is the space in TB; that times `inode_base_multiplier` and a coefficient, rounded down, is the
number of inodes. Options of the resource count in their place: `soft_quota_space`, `hard_quota_space`, `soft_quota_inodes`,
`hard_quota_inodes`, the last two also as an older release read them: {_words(quotas.MISSPELT.values())}.
A soft quota above the hard one is made equal to it. What was ignored or mended is among the remarks of `/api/storage-status/`.

### Where a provisioner tells Waldur

Fields of an item with an order in progress. All addresses are below `waldur_api_url`.

{_tables(links)}

A storage that is pending, updating, being removed or erred has `set_state_ok_url` as well, where an order is in progress.

## Debug mode

`debug=true` gives Waldur's own data, untranslated and read at that moment: the settings of the storage systems, the offering, and
the resources, filtered and in pages. With several systems `waldur_offering_details` has one entry for each; an offering that cannot
be read is an `error` there. `{masking.LEFT_OUT}` is left out. The value of every key is `{masking.MASK}`, at any depth, that has
one of these in its name: {_words(masking.WORDS)}.

{_table(("field", "is"), _DEBUG)}
## Service status

`/api/storage-status/` gives:

{_table(("field", "is"), _fields(schemas.ServiceStatus))}
## Errors

| status | when | body |
| --- | --- | --- |
{refusals}

401 and 403 carry `WWW-Authenticate: Bearer`, but for callers of other machines where authentication is off. No body repeats what an
exception says.

## Tokens

{_tables(tokens)}

Who is not authenticated is told 401, who is not permitted 403. Roles stand where Keycloak writes them: `realm_access.roles`,
`resource_access.CLIENT.roles`, and `roles`. Signatures are accepted by {_words(sorted(keys.ALGORITHMS))}.
Of what the realm publishes:

{_tables(keys)}
"""


_STATUSES: Rows = [
    ("0", "interrupted by SIGINT or SIGTERM, once the requests under way have their answers"),
    ("1", "the server could not be started"),
    ("2", "usage or settings; nothing was served. Under a server that imports `federation_runner.asgi`, too"),
]
_TARGETS: Rows = [
    ("`tenant`, `customer`", "`itemId`, `key`, `name`"),
    ("`project`", "`itemId`, `key`, `name`, `status`, `unixGid`, `active`"),
    ("`user`", "`itemId`, `status`, `email`, `unixUid`, `primaryProject` (`name`, `unixGid`, `active`), `active`"),
]
_DEBUG: Rows = [
    ("`status`, `debug_mode`", "`success`, and true"),
    (
        "`agent_offering_config`",
        "`uuid` of the offering where there is one, `api_url`, `backend_type`, and both `backend_` levels of the settings",
    ),
    ("`waldur_offering_details`", "the offering, all fields"),
    ("`raw_resources`", "`resources`, `pagination`, `filters_applied`"),
]


def _table(head: tuple[str, ...], rows: Rows) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)]
    return "\n".join([*lines, ""])


def _words(names: Any, last: str = " and ") -> str:
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted[:-1]) + last + quoted[-1]


def _tables(module: ModuleType) -> str:
    """The tables in a module's docstring."""
    lines = (inspect.getdoc(module) or "").replace("``", "`").split("\n")
    return "\n".join(line for line in lines if line.startswith("|"))


def _variables() -> Rows:
    own = [
        (
            f"`{CONFIG_PATH}`",
            "the path of the file, where `--config` is not given, and for servers that import the application",
        ),
        (f"`{DEBUG}`", "`log_level: DEBUG`; nothing to do with the parameter `debug`"),
    ]
    of_keys = [
        (
            f"`{variable}`",
            f"`{f'{level.value}.{key}'.removeprefix('.')}`"
            + (", as a JSON object" if key == "storage_systems" else ""),
        )
        for level, names in PROXY_VARIABLES.items()
        for key, variable in names.items()
    ]
    return [*own, *of_keys]


def _endpoints(served: dict[str, Any]) -> Rows:
    rows = []
    for path, of in served["paths"].items():
        call = of["get"]
        refused = ", ".join(code for code in sorted(call["responses"]) if code != "200") or "–"
        rows.append((f"`{path}`", call["summary"], "yes" if call.get("security") else "no", refused))
    return rows


def _parameters(served: dict[str, Any]) -> Rows:
    rows = []
    for one in served["paths"][PATH]["get"]["parameters"]:
        schema = one["schema"]
        usual = f"`{json.dumps(schema['default'])}`" if "default" in schema else "–"
        rows.append((f"`{one['name']}`", _kind(schema), usual, one["description"]))
    return rows


def _kind(schema: dict[str, Any]) -> str:
    schema = next((way for way in schema.get("anyOf", []) if way["type"] != "null"), schema)
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "boolean":
        return "`true` or `false`"
    if schema["type"] == "integer":
        most = f" to {schema['maximum']}" if "maximum" in schema else " up"
        return f"whole number from {schema['minimum']}{most}"
    return "text"


def _headers(served: dict[str, Any]) -> Rows:
    told = served["paths"][PATH]["get"]["responses"]["200"]["headers"]
    return [
        (
            "`Authorization`",
            "requests",
            "`Bearer` and an access token of the realm; needed unless authentication is off.",
        ),
        *((f"`{name}`", "answers", header["description"]) for name, header in told.items()),
        ("`WWW-Authenticate`", "answers", "`Bearer`, where the token is missing, not valid, or not enough."),
    ]


def _fields(model: Any) -> Rows:
    return [(f"`{name}`", field.description.rstrip(".")) for name, field in model.model_fields.items()]


def _statuses() -> Rows:
    return [(state, f"`{word}`") for state, word in status.STATUSES.items()]
