"""A ready configuration for a metered sandbox site."""

from collections.abc import Mapping

import yaml

from federation_adapters.sandbox import Site
from federation_adapters.sandbox.site import DATA_TYPE, FILESYSTEM

HEAD = (
    "# A sandbox Waldur and a sandbox warehouse. The secrets are the same in every such site, and open nothing else.\n"
)
USAGE = {"accounting_type": "usage"}
COMPUTE = {
    "nodeHours": {"measured_unit": "node-hours", "label": "Node hours", **USAGE},
    "cpuHours": {"measured_unit": "cpu-hours", "label": "CPU hours", **USAGE},
}
STORAGE = {
    "storage_space": {"measured_unit": "GB", "unit_factor": 0.000000001, "label": "Space", **USAGE},
    "storage_inodes": {"measured_unit": "count", "label": "Files", **USAGE},
}


def configuration(site: Site, a_url: str, warehouse_url: str, extra: Mapping[str, object] | None = None) -> str:
    """The YAML by which both offerings of *site* are metered.

    Args:
        site: the world.
        a_url: where its Waldur is served.
        warehouse_url: where its warehouse is served.
        extra: further keys of ``backend_settings``, replacing those written here.
    """
    access = {
        "cscs_dwdi_api_url": warehouse_url,
        "cscs_dwdi_client_id": site.warehouse.client_id,
        "cscs_dwdi_client_secret": site.warehouse.client_secret,
        "cscs_dwdi_oidc_token_url": f"{warehouse_url}/token",
    }
    of = {"storage_filesystem": FILESYSTEM, "storage_data_type": DATA_TYPE}
    offerings = [
        _offering(site, a_url, "Alps node hours", "cscs-dwdi-compute", {**access, **(extra or {})}, COMPUTE),
        _offering(site, a_url, "Capstor", "cscs-dwdi-storage", {**access, **of, **(extra or {})}, STORAGE),
    ]
    return HEAD + yaml.safe_dump({"offerings": offerings}, sort_keys=False)


def _offering(
    site: Site, a_url: str, name: str, backend: str, settings: Mapping[str, object], components: Mapping[str, object]
) -> dict[str, object]:
    uuid = site.compute.uuid if name == site.compute.name else site.storage.uuid
    return {
        "name": name,
        "waldur_api_url": f"{a_url}/api/",
        "waldur_api_token": site.token,
        "waldur_offering_uuid": uuid,
        "backend_type": backend,
        "reporting_backend": backend,
        "backend_settings": dict(settings),
        "backend_components": dict(components),
    }
