"""The worlds of the warehouse's race: a Waldur A, a warehouse, and one file of settings that all understand in the same way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import yaml

from federation_adapters.sandbox import Hours, Level, Server, Site, seed_site
from federation_runner.sandbox_site import configuration

KNOWN_TO_ALL = {"cscs_dwdi_cluster": "alps"}
"""The official plug-in asks for past months without the cluster that A names."""

KNOWN_TO_ALL_OF_STORAGE = {"storage_endpoint_style": "query", "unit_conversion": "divide"}
"""What the official plug-in does, whatever is set; it reads over these two."""

BYTES_OF_A_GB = 1_000_000_000
PEOPLE = ("anna", "bert")
CHANGED_SHARE = 10
CENT = Decimal("0.01")
Figure = tuple[str, str, str]
"""The name of a resource, a component, a month."""


class Gate:
    """A WSGI application whose requests are counted and watched as a sandbox's are."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self.requests = SimpleNamespace(total=0)
        self.observers: list[Any] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        self._tell("received")
        try:
            return self._application(environ, start_response)
        finally:
            self.requests.total += 1
            self._tell("answered")

    def _tell(self, phase: str) -> None:
        for observer in list(self.observers):
            observer(0, "", "", phase)


@attrs.frozen
class MeteredWorld:
    """A site, the door of its warehouse, and the file of settings."""

    site: Site
    gate: Gate
    config: Path

    @property
    def watched(self) -> tuple[Any, Any]:
        """A and the warehouse."""
        return self.site.sandbox, self.gate

    @property
    def size(self) -> int:
        """Resources of each of the two offerings."""
        return len(self.site.accounts)

    def use(self, changing: int = 0) -> None:
        """Let people and paths use something in both months; with *changing*, so many of them more than before."""
        for number in range(1, (changing or self.size) + 1):
            for month in months():
                self._use(f"g{number:03}", month, number)

    def _use(self, name: str, month: str, amount: int) -> None:
        warehouse, path = self.site.warehouse, f"/capstor/store/{name}"
        warehouse.hours += [Hours(name, "alps", f"{month}-01", amount, 128 * amount, person) for person in PEOPLE]
        before = sum(row.space for row in warehouse.levels if (row.path, row.month) == (path, month))
        warehouse.levels[:] = [row for row in warehouse.levels if (row.path, row.month) != (path, month)]
        warehouse.levels.append(Level("capstor", "store", path, month, before + amount * BYTES_OF_A_GB, amount))

    @property
    def changing(self) -> int:
        """How many resources change: one in ten, at least one."""
        return max(1, self.size // CHANGED_SHARE)

    def truth(self) -> dict[Figure, Decimal]:
        """What the warehouse knows, in A's units."""
        found: dict[Figure, Decimal] = {}
        for row in self.site.warehouse.hours:
            for component, amount in (("nodeHours", row.node_hours), ("cpuHours", row.cpu_hours)):
                key = row.account, component, row.day[:7]
                found[key] = found.get(key, Decimal(0)) + Decimal(str(amount))
        for level in self.site.warehouse.levels:
            name = f"store-{level.path.rpartition('/')[2]}"
            found[name, "storage_space", level.month] = Decimal(level.space) / BYTES_OF_A_GB
            found[name, "storage_inodes", level.month] = Decimal(level.inodes)
        return {key: amount.quantize(CENT) for key, amount in found.items()}

    def told(self) -> dict[Figure, Decimal]:
        """What A shows."""
        world = self.site.sandbox.world
        return {
            (resource.name, row.component.type, str(row.billing_period)[:7]): row.usage
            for resource in (*self.site.accounts, *self.site.paths)
            for row in world.usages_of(resource)
        }

    def right(self) -> int:
        """How many figures of A are those of the warehouse."""
        told = self.told()
        return sum(told.get(key) == amount for key, amount in self.truth().items())

    def writes(self) -> int:
        """How many requests to A changed something."""
        return sum(1 for one in self.site.sandbox.requests if one.method not in {"GET", "HEAD"})

    def set_latency(self, seconds: float) -> None:
        """Let every request to either side wait."""
        self.site.sandbox.latency = self.site.warehouse.latency = seconds


def months() -> tuple[str, str]:
    """The last month and the present one, as the warehouse writes them."""
    now = datetime.now(UTC)
    before = now.year * 12 + now.month - 2
    return f"{before // 12:04}-{before % 12 + 1:02}", f"{now:%Y-%m}"


@contextmanager
def metered_world(size: int, folder: Path) -> Iterator[MeteredWorld]:
    """A served world whose warehouse knows both months, and of which A knows nothing yet."""
    site = seed_site(resources=size)
    site.sandbox.world.settings.invoice_days = 40  # so that providers may tell the last month
    gate = Gate(site.warehouse)
    with Server(site.sandbox) as a, Server(gate) as warehouse:
        config = folder / "known-to-all.yaml"
        config.write_text(_settings(site, a.url, warehouse.url), encoding="utf-8")
        world = MeteredWorld(site, gate, config)
        world.use()
        yield world


def _settings(site: Site, a_url: str, warehouse_url: str) -> str:
    content = yaml.safe_load(configuration(site, a_url, warehouse_url, KNOWN_TO_ALL))
    for offering in content["offerings"]:
        settings = offering["backend_settings"]
        settings["cscs_dwdi_api_url"] = f"{warehouse_url}/api/v1"  # the official plug-in adds nothing to it
        if offering["backend_type"].endswith("storage"):
            del settings["cscs_dwdi_cluster"]
            settings.update(KNOWN_TO_ALL_OF_STORAGE)
            _dividing(offering["backend_components"])
    return yaml.safe_dump(content, sort_keys=False)


def _dividing(components: Mapping[str, dict[str, Any]]) -> None:
    components["storage_space"]["unit_factor"] = BYTES_OF_A_GB
    components["storage_inodes"]["unit_factor"] = 1
