"""The storage proxy's example of the manual, put to use: nothing in it is replaced but addresses, the token and the secret."""

import asyncio
from pathlib import Path

import httpx
import yaml
from dependency_injector import providers
from tests.examples import text_of

from federation_adapters.sandbox import seed_storage_site
from federation_core.domain.storage.identities import GidFallback
from federation_runner.sandbox_storage import SECRET
from federation_runner.settings.proxy import parse_proxy
from federation_runner.storage_container import StorageProxy

PATH = "/api/storage-resources/"


def example():
    return yaml.safe_load(text_of("storage-proxy"))


def test_it_loads_as_it_stands():
    settings = parse_proxy(example(), {}, Path())
    assert settings.auth is not None
    assert settings.auth.issuer == "https://sso.example.org/realms/hpc"
    assert settings.tree.fallback is GidFallback.SKIP


def test_what_is_written_out_in_comments_loads_too():
    lines = text_of("storage-proxy").splitlines()
    document = yaml.safe_load(
        "\n".join(line.replace("  # ", "  ", 1) if line.startswith("  # ") else line for line in lines)
    )
    settings = parse_proxy(document, {}, Path())
    assert settings.auth is not None
    assert (settings.auth.audience, settings.auth.required_roles) == ("storage", frozenset({"storage-reader"}))
    assert settings.debug_roles == frozenset({"storage-admin"})
    assert settings.user_api is not None
    assert settings.user_api.proxy == "socks5://localhost:12345"


def test_it_serves_a_site():
    site = seed_storage_site()
    site.realm.url = "https://sso.example.org"
    document = example()
    document["waldur_api_token"] = site.reader.token
    document["hpc_user_api"]["client_secret"] = SECRET
    proxy = StorageProxy(settings=parse_proxy(document, {}, Path()))
    proxy.waldur_transport.override(providers.Object(httpx.WSGITransport(app=site.sandbox)))
    for transport in (proxy.users_transport, proxy.keys_transport):
        transport.override(providers.Object(httpx.WSGITransport(app=site.users)))

    async def asked():
        transport = httpx.ASGITransport(proxy.app())
        bearer = {"Authorization": f"Bearer {site.realm.mint()}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://proxy.example.org", headers=bearer
        ) as client:
            return await client.get(PATH, params={"status": "active"})

    answer = asyncio.run(asked())
    assert answer.status_code == 200
    groups = {item["target"]["targetItem"].get("unixGid") for item in answer.json()["resources"]}
    assert groups == {31877, 31902, None}
    assert answer.headers["X-Mock-Identities"] == "0"
