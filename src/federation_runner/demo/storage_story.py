"""The storage proxy's story: what a storage management system reads, an order that it carries out, and bad times."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import httpx

from federation_adapters.sandbox import Server, StorageSite, seed_storage_site
from federation_adapters.sandbox.troubles import replaced
from federation_core.domain.words import counted
from federation_runner.demo.narrator import Narrator
from federation_runner.sandbox_storage import configuration
from federation_runner.settings.proxy import load_proxy

PATH = "/api/storage-resources/"
STARTING = 0.02
_OK, _UNAUTHORISED, _BAD_GATEWAY = 200, 401, 502


@attrs.frozen
class Stage:
    """A site, the proxy before it, and a storage management system that asks."""

    site: StorageSite
    client: httpx.Client
    provisioner: httpx.Client
    stop: threading.Event

    def ask(self, **query: str) -> list[dict[str, Any]]:
        """What the proxy answers.

        Raises:
            KeyboardInterrupt: the story is to end.
        """
        if self.stop.is_set():
            raise KeyboardInterrupt
        found: list[dict[str, Any]] = self.client.get(PATH, params=query).raise_for_status().json()["resources"]
        return found

    def act(self, url: str, body: dict[str, Any] | None = None) -> None:
        """Have Waldur told something, at an address that the proxy published."""
        self.provisioner.post(url, json=body or {}).raise_for_status()


def tell(narrator: Narrator, stop: threading.Event) -> dict[str, Any]:
    """Play the story; the result is the summary with ``ok`` and the names of the checks that failed.

    Raises:
        KeyboardInterrupt: *stop* was set.
    """
    with _set_up(stop) as stage:
        failed = [
            *_hierarchy(stage, narrator),
            *_order(stage, narrator),
            *_strangers(stage, narrator),
            *_bad_times(stage, narrator),
        ]
        items = {item["mountPoint"]["default"]: item["status"] for item in stage.ask()}
        return {
            "ok": not failed,
            "failed": failed,
            "mount_points": items,
            "requests_to_waldur": stage.site.sandbox.requests.total,
        }


@contextmanager
def _set_up(stop: threading.Event) -> Iterator[Stage]:
    from federation_runner import asgi  # noqa: PLC0415 - needs an extra

    site = seed_storage_site()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="waldur-federation-")))
        waldur, users = stack.enter_context(Server(site.sandbox)), stack.enter_context(Server(site.users))
        site.realm.url = users.url
        config = folder / "storage-proxy.yaml"
        extra = {"waldur_refresh_interval": 0, "log_level": "CRITICAL", "request_timeout": 5}
        config.write_text(configuration(site, waldur.url, users.url, extra), encoding="utf-8")
        url = stack.enter_context(serving(asgi.app_of(load_proxy(config, {}))))
        bearer = {"Authorization": f"Bearer {site.realm.mint(preferred_username='storage-manager')}"}
        token = {"Authorization": f"Token {site.reader.token}"}
        client = stack.enter_context(httpx.Client(base_url=url, headers=bearer, trust_env=False))
        provisioner = stack.enter_context(httpx.Client(headers=token, trust_env=False))
        yield Stage(site, client, provisioner, stop)


@contextmanager
def serving(app: Any) -> Iterator[str]:  # noqa: ANN401 - an ASGI application
    """Serve *app* on loopback while inside; gives its address."""
    import uvicorn  # noqa: PLC0415 - an extra

    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="storage-proxy", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _wrong(checks: dict[str, bool]) -> list[str]:
    return [name for name, held in checks.items() if not held]


def _hierarchy(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter("1. A storage management system asks for everything, with a token of the identity provider.")
    items = stage.ask()
    for item in items:
        narrator.tell(f"{item['mountPoint']['default']:42} {item['target']['targetType']:9} {item['status']}")
    core = next(item for item in items if item["mountPoint"]["default"] == "/capstor/store/cscs/alpine/permafrost")
    narrator.chapter("2. The same, for the archive of one system alone.")
    for item in stage.ask(storage_system="vast", data_type="archive", status="active"):
        narrator.tell(f"{item['mountPoint']['default']}, group {item['target']['targetItem']['unixGid']}")
    return _wrong(
        {
            "tenants, customers and their storage": len(items) == 9,  # noqa: PLR2004 - three of each
            "the group is that of the user service": core["target"]["targetItem"]["unixGid"] == 31877,  # noqa: PLR2004
            "inodes follow the limit": core["quotas"][2]["quota"] == 53_200_000.0,  # noqa: PLR2004
        }
    )


def _order(stage: Stage, narrator: Narrator) -> list[str]:
    site, world = stage.site, stage.site.sandbox.world
    narrator.chapter("3. A user orders 20 TB; the storage management system finds the order, and carries it out.")
    attributes = {"storage_data_type": "store", "permissions": "2770"}
    order = world.place_create(
        site.member,
        site.systems["iopsstor"],
        site.projects["avalanche"],
        limits={"storage": 20},
        attributes=attributes,
        name="bulletin-scratch",
    )
    (ordered,) = stage.ask(storage_system="iopsstor", status="pending", state="Creating", data_type="store")[2:]
    narrator.tell(f"{ordered['mountPoint']['default']} is {ordered['status']}, and may be approved")
    stage.act(ordered["approve_by_provider_url"])
    (approved,) = stage.ask(storage_system="iopsstor", state="Creating")[2:]
    stage.act(approved["set_backend_id_url"], {"backend_id": approved["mountPoint"]["default"]})
    stage.act(approved["set_state_done_url"])
    (done,) = stage.ask(storage_system="iopsstor", status="active")
    narrator.tell(f"{done['mountPoint']['default']} is {done['status']}")
    return _wrong(
        {
            "the order is done on Waldur": world.order(order.uuid).state == "done",
            "the storage is where it was told to be": world.resource(order.resource.uuid).backend_id
            == "/iopsstor/store/cscs/alpine/avalanche",
        }
    )


def _strangers(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter("4. Somebody asks without a token, and somebody with one that has ended.")
    ended = stage.site.realm.mint(exp=1)
    statuses = []
    for headers in ({"Authorization": ""}, {"Authorization": f"Bearer {ended}"}):
        answer = stage.client.get(PATH, headers=headers)
        statuses.append(answer.status_code)
        narrator.tell(f"{answer.status_code} {answer.json()['detail']}")
    return _wrong({"strangers are not let in": statuses == [_UNAUTHORISED, _UNAUTHORISED]})


def _bad_times(stage: Stage, narrator: Narrator) -> list[str]:
    site = stage.site
    narrator.chapter("5. The service of Unix groups fails while a new project comes up.")
    project = site.sandbox.world.add_project(site.customer, "Glacier balance", slug="glacier")
    site.users.projects["glacier"] = 31950
    site.sandbox.world.add_resource(
        site.systems["capstor"], project, limits={"storage": 5}, attributes={"name": "glacier-store"}
    )
    site.users.troubles = [replaced(500, "")] * 3
    answer = stage.client.get(PATH, params={"storage_system": "capstor"})
    before, skipped = len(answer.json()["resources"]), int(answer.headers["X-Skipped-Resources"])
    narrator.tell(f"{counted(skipped, 'resource')} left out: nobody may guess a group")
    site.users.troubles = []
    after = len(stage.ask(storage_system="capstor"))
    narrator.tell("The service is back, and so is the resource.")
    return _wrong({"nothing is made up": (before, skipped) == (3, 1), "what was left out is back": after == 4})  # noqa: PLR2004
