"""The services behind the storage proxy, as a process of their own: tells what the proxy needs, and serves until its input ends."""

import gc
import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import attrs
from tests.scenario.storage import sites

from federation_adapters.sandbox import IdentityProvider, seed_storage_site
from federation_adapters.sandbox.clock import Clock, ManualClock, real_clock
from federation_runner.sandbox_storage import configuration

STEP = timedelta(seconds=1)
"""Between two things that happened before the bench, so that they are days old and not all of one moment."""

AGE = timedelta(days=5)

LIFE = 15
"""Seconds after which everything is read again: once while clients ask."""


@attrs.define
class Moving:
    """A clock that can be made to follow another one."""

    follows: Clock

    def __call__(self) -> datetime:
        return self.follows()


def main(resources: int, latency: float) -> None:
    """Serve a site of so many resources, each request waiting so many seconds."""
    clock = Moving(ManualClock(datetime.now(UTC) - AGE, STEP))
    site = seed_storage_site(resources=resources - 3, clock=clock)
    clock.follows = real_clock
    gc.freeze()
    gc.disable()
    site.users.provider = IdentityProvider()
    with ExitStack() as stack:
        waldur, users = stack.enter_context(sites(site))
        site.sandbox.latency = site.users.latency = latency
        extra = {"log_level": "WARNING", "waldur_cache_ttl": LIFE}
        told = {
            "configuration": configuration(site, waldur.url, users.url, extra),
            "token": site.realm.mint(exp=4_000_000_000),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            asked = len(
                [one for one in site.sandbox.requests if one.path.endswith("-resources/") and one.method == "GET"]
            )
            sys.stdout.write(
                json.dumps({"pages": asked, "groups": len(site.users.asked), "after": line.strip()}) + "\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
