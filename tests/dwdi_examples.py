"""The warehouse's example configurations, put to use: nothing in them is replaced but addresses, secrets and UUIDs."""

from datetime import UTC, datetime

import yaml
from tests.examples import text_of

from federation_adapters.sandbox import Hours, Level, Site, seed_site

COMPUTE, STORAGE, COMBINED = (f"cscs-dwdi-{name}-config" for name in ("compute", "storage", "combined"))
NAMES = (COMPUTE, STORAGE, COMBINED)


def months() -> tuple[str, str]:
    """The last month and the present one, as the warehouse writes them."""
    now = datetime.now(UTC)
    before = now.year * 12 + now.month - 2
    return f"{before // 12:04}-{before % 12 + 1:02}", f"{now:%Y-%m}"


def used_site() -> Site:
    """A site whose warehouse knows both months; one path is known by the operator's map alone."""
    site = seed_site()
    site.sandbox.world.edit(site.paths[1], backend_id="climate-archive")
    for scale, month in enumerate(months(), 1):
        site.warehouse.hours += [
            Hours("g001", "alps", f"{month}-01", 250.25 * scale, 32_000 * scale, "anna"),
            Hours("g001", "alps", f"{month}-01", 100 * scale, 12_800 * scale, "anna"),
            Hours("g001", "daint", f"{month}-01", 7, 7, "anna"),
            Hours("g002", "alps", f"{month}-01", 1.005 * scale, 1),
        ]
        site.warehouse.levels += [
            Level("capstor", "store", "/capstor/store/g001", month, 48_318_382_080_123 * scale, 9_120_443),
            Level("capstor", "store", "/capstor/store/g002", month, 5_000_000_000 * scale, 17),
            Level("capstor", "scratch", "/capstor/store/g002", month, 1, 1),
        ]
    return site


def told(scale: int) -> dict[str, dict[str, str]]:
    """What A has to be told of a month."""
    return {
        "g001": {"nodeHours": f"{350.25 * scale:.2f}", "cpuHours": f"{44_800 * scale}.00"},
        "g002": {"nodeHours": {1: "1.01", 2: "2.01"}[scale], "cpuHours": "1.00"},
        "store-g001": {"storage_space": {1: "48318.38", 2: "96636.76"}[scale], "storage_inodes": "9120443.00"},
        "store-g002": {"storage_space": f"{5 * scale}.00", "storage_inodes": "17.00"},
    }


def on_a(site: Site, month: str) -> dict[str, dict[str, str]]:
    """What A has of *month*, by resource."""
    world = site.sandbox.world
    return {
        resource.name: {
            row.component.type: str(row.usage)
            for row in world.usages_of(resource)
            if str(row.billing_period).startswith(month)
        }
        for resource in (*site.accounts, *site.paths)
    }


def people_on_a(site: Site) -> set[tuple[str, str]]:
    """Who used how much, in all months and components."""
    world = site.sandbox.world
    return {(row.username, str(row.usage)) for r in site.accounts for row in world.user_usages_of(r)}


def example(name: str, site: Site, a_url: str, warehouse_url: str, **settings: object) -> str:
    """An example with its places filled in, and with further *settings* of the backend."""
    document = yaml.safe_load(text_of(name))
    for offering in document["offerings"]:
        of = site.compute if offering["backend_type"].endswith("compute") else site.storage
        offering |= {
            "waldur_api_url": f"{a_url}/api/",
            "waldur_api_token": site.token,
            "waldur_offering_uuid": of.uuid,
        }
        offering["backend_settings"] |= {
            "cscs_dwdi_api_url": warehouse_url,
            "cscs_dwdi_client_id": site.warehouse.client_id,
            "cscs_dwdi_client_secret": site.warehouse.client_secret,
            "cscs_dwdi_oidc_token_url": f"{warehouse_url}/token",
            **settings,
        }
    return yaml.safe_dump(document, sort_keys=False)
