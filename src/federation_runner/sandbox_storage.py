"""A ready configuration of the storage proxy for a sandbox site."""

from collections.abc import Mapping

import yaml

from federation_adapters.sandbox import StorageSite

HEAD = "# A sandbox site of storage systems. The secrets are the same in every such site, and open nothing else.\n"
CLIENT, SECRET = "storage-proxy", "identity-sandbox"  # opens a sandbox


def configuration(site: StorageSite, waldur_url: str, users_url: str, extra: Mapping[str, object] | None = None) -> str:
    """The YAML by which the storage systems of *site* are served.

    Args:
        site: the world.
        waldur_url: where its Waldur is served.
        users_url: where its service of Unix groups is served, and the identity provider beside it.
        extra: further keys of the top level, replacing those written here.
    """
    document: dict[str, object] = {
        "waldur_api_url": f"{waldur_url}/api/",
        "waldur_api_token": site.reader.token,
        "storage_systems": {slug: slug for slug in site.systems},
        "backend_settings": {"storage_file_system": "lustre"},
        "backend_components": {"storage": {"measured_unit": "TB", "accounting_type": "limit", "label": "Storage"}},
        "auth": {
            "keycloak_url": users_url,
            "keycloak_realm": site.realm.realm,
            "keycloak_client_id": CLIENT,
        },
        "hpc_user_api": {
            "api_url": users_url,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "oidc_token_url": site.realm.token_url,
        },
        **(extra or {}),
    }
    return HEAD + yaml.safe_dump(document, sort_keys=False)
