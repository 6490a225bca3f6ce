"""The storage proxy over real HTTP, for scenarios to play on: a sandbox site, and the proxy on a port of its own."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import httpx
import uvicorn
import yaml
from dependency_injector import providers

from federation_adapters.sandbox import IdentityProvider, Server, StorageSite, seed_storage_site
from federation_runner import logs
from federation_runner.sandbox_storage import configuration
from federation_runner.settings.proxy import parse_proxy
from federation_runner.storage_container import StorageProxy

LISTING = "/api/storage-resources/"
STATUS = "/api/storage-status/"
PATIENCE = 60.0
LIFE, INTERVAL = 30.0, 5.0


class Clock:
    """Seconds that go by, and more of them where a scenario says so."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


class Lines(logging.Handler):
    """The lines that the proxy's operator reads, tracebacks included."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))

    def about(self, event):
        return [text for text in self.texts if text.split()[1:2] == [event]]

    def last(self, event):
        """The latest line of a kind; a request's is written after its answer."""
        wait_until(lambda: self.about(event), "no line is written")
        return self.about(event)[-1]

    def __str__(self):
        return "\n".join(self.texts)


@attrs.define
class Proxied:
    """A site, the proxy that serves it, and a client with a token."""

    site: StorageSite
    url: str
    clock: Clock
    lines: Lines
    client: httpx.Client
    container: StorageProxy

    @property
    def waldur(self):
        return self.site.sandbox

    @property
    def world(self):
        return self.site.sandbox.world

    @property
    def users(self):
        return self.site.users

    @property
    def realm(self):
        return self.site.realm

    def get(self, path=LISTING, token=None, headers=None, **query):
        """Ask with a valid token, or with *token*, or with none where that is empty."""
        if token is None:
            token = self.realm.mint()
        given = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.get(path, params=query or None, headers={**given, **(headers or {})})

    def listed(self, **query):
        """All items of one page."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return answer.json()["resources"]

    def leaf(self, resource, **query):
        """The item of one resource; None where it is not shown."""
        found = [
            item for item in self.listed(page_size=500, **query) if item["itemId"].replace("-", "") == resource.uuid
        ]
        return found[0] if found else None

    def status(self):
        answer = self.get(STATUS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def later(self, seconds=2 * LIFE + 1):
        """Let time go by; the default is so long that everything has to be read before anything is answered."""
        self.clock.ahead += seconds

    def settle(self):
        """Wait until nothing is being read."""
        tree = self.container.tree()
        wait_until(lambda: tree.due().look is None, "the reading does not end")

    def settled_or_failed(self):
        """Ask once, and wait until the reading that this began has ended, well or not."""
        failed = len(self.lines.about("upstream"))
        self.get()
        tree = self.container.tree()
        wait_until(lambda: tree.due().look is None or len(self.lines.about("upstream")) > failed, "it does not end")

    def readings(self):
        """Requests that Waldur had for the list of resources, by method."""
        asked = [one for one in self.waldur.requests if one.path == "/api/marketplace-provider-resources/"]
        return [one.method for one in asked]


def storage_site(**settings):
    """A site whose tokens are quick to sign."""
    site = seed_storage_site(**settings)
    site.users.provider = IdentityProvider(algorithm="ES256")
    return site


def edited(site, waldur_url, users_url, changes):
    """The document of a site, with *changes*: sections are merged, and what is None is left out."""
    document = yaml.safe_load(configuration(site, waldur_url, users_url))
    for key, value in changes.items():
        merges = isinstance(value, dict) and key != "storage_systems"
        document[key] = {**document.get(key, {}), **value} if merges else value
    return {key: value for key, value in document.items() if value is not None}


@contextmanager
def serving(app):
    """Serve an ASGI application in a thread; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="on", server_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "the proxy does not start")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()


@contextmanager
def sites(site, waldur=None):
    """Serve a site's Waldur, or what stands in for it, and its service of groups; gives both servers."""
    with Server(waldur or site.sandbox) as first, Server(site.users) as second:
        site.realm.url = second.url
        yield first, second


@contextmanager
def proxied(
    site=None,
    *,
    waldur=None,
    waldur_transport=None,
    attempts=1,
    timeout=20.0,
    patience=60.0,
    resources=0,
    environ=None,
    **changes,
):
    """A proxy of a site.

    Args:
        site: what it serves; a new one by default.
        waldur: a WSGI application that stands in for the site's Waldur.
        waldur_transport: takes the place of the network on the way there.
        attempts: how often each of its calls is made at most.
        timeout: seconds that each may take.
        patience: seconds that a client waits.
        resources: how many a new site has beside the first three.
        environ: variables that count before the settings.
        changes: to the settings, by keys of the top level.
    """
    site = site or storage_site(resources=resources)
    lines, clock = Lines(), Clock()
    with ExitStack() as stack:
        first, second = stack.enter_context(sites(site, waldur))
        usual = {"waldur_cache_ttl": LIFE, "waldur_refresh_interval": INTERVAL, "answer_timeout": patience}
        document = edited(site, first.url, second.url, {**usual, "request_timeout": timeout, **changes})
        settings = once(parse_proxy(document, environ or {}, Path()), attempts)
        container = StorageProxy(
            settings=settings,
            monotonic=providers.Object(clock),
            waldur_transport=providers.Object(waldur_transport),
        )
        stack.enter_context(written_to(lines))
        url = stack.enter_context(serving(container.app()))
        client = stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE))
        yield Proxied(site, url, clock, lines, client, container)


@contextmanager
def written_to(lines):
    """Have the lines of the storage proxy, and no others, be kept."""
    logger, level = logs.STORAGE, logs.STORAGE.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)


def once(settings, attempts=1):
    """The same settings with calls that are not repeated, so that scenarios of trouble are short."""
    changed = {
        name: attrs.evolve(access, attempts=attempts)
        for name in ("waldur", "user_api")
        if (access := getattr(settings, name)) is not None
    }
    auth = settings.auth and attrs.evolve(settings.auth, access=attrs.evolve(settings.auth.access, attempts=attempts))
    return attrs.evolve(settings, auth=auth, **changed)


def wait_until(holds, words, seconds=PATIENCE):
    """Wait for what comes about in another thread or process."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(words)
        time.sleep(0.01)


@attrs.define
class Process:
    """The proxy as a process of its own."""

    popen: subprocess.Popen[bytes]
    path: Path
    status: int | None = None

    @property
    def told(self):
        return self.path.read_text()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self):
        wait_until(lambda: "listening" in self.told or self.popen.poll() is not None, "it does not listen")
        return int(self.told.split("url=http://", 1)[1].split()[0].rpartition(":")[2])

    def wait_until_healthy(self, url):
        def is_healthy():
            assert self.popen.poll() is None, self.told
            try:
                return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_healthy, "it is not healthy")

    def end(self, by=signal.SIGTERM):
        """The exit status after a signal."""
        self.popen.send_signal(by)
        return self.popen.wait(PATIENCE)


@contextmanager
def process(directory, *arguments, environ=None, module="federation_runner"):
    """Start *module* with *arguments*; what it tells goes into a file in *directory*."""
    path = directory / "told.txt"
    given = {key: value for key, value in os.environ.items() if key not in {"DEBUG", "DISABLE_AUTH"}}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with (
        path.open("w") as told,
        subprocess.Popen(command, stdout=told, stderr=told, env={**given, **(environ or {})}) as popen,
    ):
        try:
            yield Process(popen, path)
        finally:
            popen.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
