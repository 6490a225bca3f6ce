"""The storage proxy as an ASGI application, for servers that import one.

```sh
WALDUR_CSCS_STORAGE_PROXY_CONFIG_PATH=proxy.yaml uvicorn federation_runner.asgi:app --port 8080
WALDUR_CSCS_STORAGE_PROXY_CONFIG_PATH=proxy.yaml uvicorn --factory federation_runner.asgi:create_app --port 8080
```
"""

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.words import printable
from federation_runner import logs
from federation_runner.settings.proxy import ProxySettings, load_proxy
from federation_runner.settings.proxy_keys import CONFIG_PATH

if TYPE_CHECKING:
    from fastapi import FastAPI

MOCK = "WALDUR_FEDERATION_MOCK_IDENTITIES"
"""Set by ``storage-proxy --mock`` for the process that it starts."""

WRONG_SETTINGS = 2

SWITCH = 0.0005
"""Seconds that a reading goes on computing while an answer waits: Python's own 5 ms, several times an answer, are much."""

YOUNG = 50_000
"""Objects after which cycles of them are looked for: a reading makes a million that live, and none that are cycles."""


def create_app() -> "FastAPI":
    """The application by the settings that the environment names.

    Raises:
        SystemExit: they are wrong, which is told on standard error; the status is 2.
    """
    try:
        return app_of(_settings())
    except ConfigurationError as error:
        for finding in error.findings:
            sys.stderr.write(f"error: {printable(str(finding))}\n")
        raise SystemExit(WRONG_SETTINGS) from None


def app_of(settings: ProxySettings) -> "FastAPI":
    """The application by *settings*, with logs set up by them, and what they leave open told there.

    Raises:
        ConfigurationError: a library is not installed, or a file cannot be used.
    """
    try:
        from federation_runner.storage_container import StorageProxy  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise not_installed(error) from None
    logs.configure(settings.log_level, settings.secrets())
    attune()
    app = StorageProxy(settings=settings).app()
    for text in warnings_of(settings):
        logs.STORAGE.warning("%s", logs.line("open", {"reason": text}))
    return app


def not_installed(error: ImportError) -> ConfigurationError:
    """What to do about a library that is not there."""
    cause = f"the library {error.name} is not installed"
    return ConfigurationError(Finding("storage-proxy", cause, "install waldur-federation[storage-proxy]"))


def attune() -> None:
    """Make this process one that answers while it reads."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def warnings_of(settings: ProxySettings) -> tuple[str, ...]:
    """What an operator has to know of the settings at every start."""
    found = []
    if settings.auth is None:
        where = "at loopback addresses alone" if settings.stays_local else "at every address"
        found.append(f"authentication is off: whoever reaches this service reads everything; it answers {where}")
    if settings.invents_ids:
        found.append("Unix ids are made up where nobody knows them, and belong to whoever has that number")
    return tuple(found)


def _settings() -> ProxySettings:
    path = os.environ.get(CONFIG_PATH, "").strip()
    if not path:
        raise ConfigurationError(Finding(f"environment.{CONFIG_PATH}", "missing", "set it to the path of the settings"))
    settings = load_proxy(Path(path), os.environ)
    return settings.mocked() if os.environ.get(MOCK) else settings


def __getattr__(name: str) -> "FastAPI":
    """The application under the name that servers ask for; made when it is asked for, and not before."""
    if name == "app":
        return create_app()
    raise AttributeError(name)
