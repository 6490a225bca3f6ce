"""The composition root of the storage proxy: pairs its ports with adapters. Every provider can be replaced.

```python
proxy = StorageProxy(settings=load_proxy(path, os.environ))
app = proxy.app()  # an ASGI application
```
"""

import time
from concurrent.futures import Executor, ThreadPoolExecutor

import httpx
from dependency_injector import containers, providers
from fastapi import FastAPI

from federation_adapters.hpc_storage.app import create_app
from federation_adapters.hpc_storage.desk import Desk, Offered
from federation_adapters.hpc_users.groups import UserApiGroups
from federation_adapters.http.access import DEFAULT_CONCURRENCY, Access
from federation_adapters.http.client import HttpClient
from federation_adapters.local.pool import ThreadPool
from federation_adapters.oidc.tokens import TokenRules
from federation_adapters.oidc.verifier import KeycloakVerifier
from federation_adapters.waldur.peer import Ahead, Peer
from federation_adapters.waldur.storage import WaldurStorage
from federation_core.application.storage_tree import StorageTree
from federation_core.ports.callers import TokenVerifier
from federation_core.ports.posix import ProjectGroups
from federation_runner.logs import StorageLines
from federation_runner.settings.proxy import ProxySettings


def _groups(http: HttpClient | None) -> ProjectGroups | None:
    """Who knows Unix groups; None where nobody is configured."""
    return None if http is None else UserApiGroups(http)


def _verifier(settings: ProxySettings, http: HttpClient | None) -> TokenVerifier | None:
    """Who reads tokens; None where anybody may ask."""
    auth = settings.auth
    if auth is None or http is None:
        return None
    return KeycloakVerifier(
        http, TokenRules(auth.issuer, auth.audience, auth.client_id, auth.required_roles, auth.leeway)
    )


def _client(access: Access | None, transport: httpx.BaseTransport | None) -> HttpClient | None:
    return None if access is None else HttpClient(access, transport=transport)


def _keys_access(settings: ProxySettings) -> Access | None:
    return None if settings.auth is None else settings.auth.access


def _offered(settings: ProxySettings) -> Offered:
    return Offered(
        systems=settings.systems,
        file_system=settings.tree.rules.file_system,
        config=settings.shown,
        debug_enabled=settings.debug_enabled,
        debug_roles=settings.debug_roles,
        patience=settings.patience,
        stays_local=settings.stays_local,
    )


def _ahead(reader: Executor) -> Ahead:
    """The next page of a list comes while one is being understood."""
    return lambda call: reader.submit(call).result


def _app(desk: Desk, pool: ThreadPool, reader: Executor, *clients: HttpClient | None) -> FastAPI:
    def close() -> None:
        for client in clients:
            if client is not None:
                client.close()
        pool.close()
        reader.shutdown(cancel_futures=True)

    return create_app(desk, closing=close)


class StorageProxy(containers.DeclarativeContainer):
    """One storage proxy."""

    settings = providers.Dependency(instance_of=ProxySettings)
    waldur_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)
    users_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)
    keys_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)

    http = providers.ThreadSafeSingleton(HttpClient, settings.provided.waldur, transport=waldur_transport)
    reader = providers.ThreadSafeSingleton(ThreadPoolExecutor, 1, "federation-ahead")
    peer = providers.ThreadSafeSingleton(Peer, http, providers.Callable(_ahead, reader))
    waldur = providers.ThreadSafeSingleton(WaldurStorage, peer, settings.provided.systems.values.call())
    users_http = providers.ThreadSafeSingleton(_client, settings.provided.user_api, users_transport)
    groups = providers.ThreadSafeSingleton(_groups, users_http)
    keys_http = providers.ThreadSafeSingleton(_client, providers.Callable(_keys_access, settings), keys_transport)
    verifier = providers.ThreadSafeSingleton(_verifier, settings, keys_http)
    monotonic = providers.Object(time.monotonic)
    pool = providers.ThreadSafeSingleton(ThreadPool, DEFAULT_CONCURRENCY)
    tree = providers.ThreadSafeSingleton(StorageTree, waldur, groups, settings.provided.tree, monotonic, pool)
    watcher = providers.ThreadSafeSingleton(StorageLines)
    desk = providers.ThreadSafeSingleton(Desk, providers.Callable(_offered, settings), tree, waldur, verifier, watcher)
    app = providers.ThreadSafeSingleton(_app, desk, pool, reader, http, users_http, keys_http)
