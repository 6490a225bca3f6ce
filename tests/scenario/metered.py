"""A metered site over real HTTP, for scenarios to play on."""

from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import yaml

from federation_adapters.sandbox import Server, Site, seed_site
from federation_runner.container import Federation, close
from federation_runner.sandbox_site import configuration
from federation_runner.settings.load import parse

QUICK = {"max_retries": 0, "read_timeout": 5}


@attrs.define
class Metered:
    """A site, and the engine for both of its offerings."""

    site: Site
    compute: Federation
    storage: Federation
    config: str

    @property
    def warehouse(self):
        return self.site.warehouse

    @property
    def a(self):
        return self.site.sandbox.world

    def report(self):
        return self.compute.sync_usage().run()

    def report_storage(self):
        return self.storage.sync_usage().run()

    def told(self, resource, month=""):
        """What A has of a resource: component -> amount, in all months or in one."""
        return {
            row.component.type: f"{row.usage.normalize():f}"
            for row in self.a.usages_of(resource)
            if str(row.billing_period).startswith(month)
        }

    def writes(self):
        return sum(1 for one in self.site.sandbox.requests if one.method not in {"GET", "HEAD"})


@contextmanager
def metered(*, resources=2, clock=None, top=None, **settings):
    """Serve a site, and wire the engine; *settings* are of the backend, *top* of the file."""
    site = seed_site(resources=resources, **({} if clock is None else {"clock": clock}))
    with ExitStack() as stack:
        a, warehouse = (stack.enter_context(Server(app)) for app in (site.sandbox, site.warehouse))
        document = {**yaml.safe_load(configuration(site, a.url, warehouse.url, QUICK)), **(top or {})}
        for offering in document["offerings"]:
            is_compute = offering["backend_type"].endswith("compute")
            wanted = {key: value for key, value in settings.items() if not (is_compute and key.startswith("storage_"))}
            offering["backend_settings"].update(wanted)
        compute, storage = (Federation(settings=one) for one in parse(document, {}, Path()).offerings)
        for federation in (compute, storage):
            stack.callback(close, federation)
        yield Metered(site, compute, storage, yaml.safe_dump(document, sort_keys=False))
