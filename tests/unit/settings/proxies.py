"""A document of the storage proxy that is fine, and changes to it by path."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings.proxy import ProxySettings, parse_proxy

DROP = object()
FOR_WALDUR = "kaikki-salaista-w"
FOR_CLIENT = "kaikki-salaista-k"
FOR_USERS = "kaikki-salaista-u"
FOR_PROXIES = "kaikki-salaista-p"
SECRETS = (FOR_WALDUR, FOR_CLIENT, FOR_USERS, FOR_PROXIES)

_GOOD: dict[str, Any] = {
    "waldur_api_url": "https://portal.example.org/api/",
    "waldur_api_token": FOR_WALDUR,
    "storage_systems": {"capstor": "capstor", "vast": "vast"},
    "auth": {
        "keycloak_url": "https://sso.example.org/auth/",
        "keycloak_client_id": "storage-proxy",
        "keycloak_client_secret": FOR_CLIENT,
    },
    "hpc_user_api": {
        "api_url": "https://hpc-users.example.org",
        "client_id": "storage-proxy",
        "client_secret": FOR_USERS,
        "oidc_token_url": "https://sso.example.org/auth/realms/cscs/protocol/openid-connect/token",
    },
}
OFF = ("auth", {"disable_auth": True})
NO_API = ("hpc_user_api", DROP)


def good(*changes: tuple[str, object]) -> dict[str, Any]:
    """A document that is fine, with *changes*: path and new value, or `DROP`."""
    document = copy.deepcopy(_GOOD)
    for path, value in changes:
        *way, last = path.split(".")
        place: Any = document
        for step in way:
            place = place.setdefault(step, {})
        if value is DROP:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return document


def read(*changes: tuple[str, object], environ: Mapping[str, str] | None = None, base: Path = Path()) -> ProxySettings:
    """The settings of the changed document."""
    return parse_proxy(good(*changes), environ or {}, base)


def mistakes(*changes: tuple[str, object], environ: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """All findings in the changed document."""
    return mistakes_in(good(*changes), environ)


def mistakes_in(document: Any, environ: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """All findings in *document*."""
    try:
        parse_proxy(document, environ or {}, Path())
    except ConfigurationError as error:
        return error.findings
    return ()
