"""One real broker for the whole test run, however many processes take part; every test has a virtual host of its own."""

import fcntl
import json
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.broker.listening import Heard, Post, Proxy

from federation_adapters.sandbox import RabbitMq
from federation_runner.broker_process import BrokerProcess

TO_LEAVE = 120.0


class Party:
    """Who uses the broker; kept in a file, which is locked while it is looked at."""

    def __init__(self, folder: Path):
        self._file = folder / "broker.json"
        self._lock = folder / "broker.lock"

    @contextmanager
    def changing(self):
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = json.loads(self._file.read_text()) if self._file.exists() else {"url": "", "guests": 0}
            yield known
            self._file.write_text(json.dumps(known))

    def is_over(self, *, whatever):
        """Whether nobody uses the broker any more, so that whoever comes now starts another; in any case if that is wanted."""
        with self.changing() as known:
            if known["guests"] and not whatever:
                return False
            known["url"] = ""
            return True


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory, worker_id):
    """The management API of the run's broker; whoever comes first starts it, and ends it when all others have left."""
    base = tmp_path_factory.getbasetemp()
    party, mine = Party(base if worker_id == "master" else base.parent), None
    with party.changing() as known:
        if not known["url"]:
            mine = BrokerProcess().__enter__()
            known["url"] = mine.management_url.replace("http://", "http://guest:guest@")
        known["guests"] += 1
        url = known["url"]
    yield url
    with party.changing() as known:
        known["guests"] -= 1
    if mine is not None:
        deadline = time.monotonic() + TO_LEAVE
        while not party.is_over(whatever=time.monotonic() > deadline):
            time.sleep(0.2)
        mine.__exit__(None, None, None)


@pytest.fixture
def link(broker_url):
    link = RabbitMq(broker_url)
    yield link
    link.close()


@pytest.fixture
def post(link):
    """A queue of this test alone."""
    return Post(link, uuid4().hex)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def proxy(link):
    with Proxy(link.web_stomp_port) as proxy:
        yield proxy
