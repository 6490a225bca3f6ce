"""A ready configuration for a pair of sandbox Waldurs."""

from collections.abc import Mapping

import yaml

from federation_adapters.sandbox import Pair

HEAD = "# A pair of sandbox Waldurs. The tokens are the same in every such pair, and open nothing else.\n"


def configuration(
    pair: Pair, a_url: str, b_url: str, extra: Mapping[str, object] | None = None, *, web_stomp_port: int | None = None
) -> str:
    """The YAML that federates *pair*: node_hours of A stand for five gpu_hours and ten storage_gb_hours of B.

    Args:
        pair: the two worlds.
        a_url: where A is served.
        b_url: where B is served.
        extra: further keys of ``backend_settings``, replacing those written here.
        web_stomp_port: where both publish their messages on loopback; None for nowhere, then everything is polled.
    """
    events = {} if web_stomp_port is None else _broker_keys(web_stomp_port)
    settings: dict[str, object] = {
        "target_api_url": f"{b_url}/api/",
        "target_api_token": pair.b_token,
        "target_offering_uuid": pair.b.offering.uuid,
        "target_customer_uuid": pair.b.customer.uuid,
        **{f"target_{key}": value for key, value in events.items()},
        **(extra or {}),
    }
    offering = {
        "name": "Federated HPC",
        "waldur_api_url": f"{a_url}/api/",
        "waldur_api_token": pair.a_token,
        "waldur_offering_uuid": pair.a.offering.uuid,
        "backend_type": "waldur",
        "order_processing_backend": "waldur",
        "membership_sync_backend": "waldur",
        "reporting_backend": "waldur",
        **events,
        "backend_settings": settings,
        "backend_components": {
            "node_hours": {
                "measured_unit": "Hours",
                "accounting_type": "limit",
                "label": "Node hours",
                "target_components": {"gpu_hours": {"factor": 5}, "storage_gb_hours": {"factor": 10}},
            }
        },
    }
    return HEAD + yaml.safe_dump({"offerings": [offering]}, sort_keys=False)


def _broker_keys(port: int) -> dict[str, object]:
    """How A's broker is reached; B's keys have ``target_`` before them."""
    return {
        "stomp_enabled": True,
        "stomp_ws_host": "127.0.0.1",
        "stomp_ws_port": port,
        "stomp_ws_path": "/ws",
        "websocket_use_tls": False,
    }


def variables(pair: Pair, a_url: str, b_url: str) -> str:
    """What a user of A needs to place an order, as shell variables."""
    offering = f"{a_url}/api/marketplace-public-offerings/{pair.a.offering.uuid}/"
    values = {
        "A_URL": a_url,
        "B_URL": b_url,
        "A_USER_TOKEN": pair.a.orderer.token,
        "A_OFFERING": offering,
        "A_PLAN": f"{offering}plans/{pair.a.offering.plans[0].uuid}/",
        "A_PROJECT": f"{a_url}/api/projects/{pair.a.projects[0].uuid}/",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())
