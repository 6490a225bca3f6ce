"""The example configurations of the manual, put to use: nothing in them is replaced but addresses, tokens and UUIDs."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import attrs
import yaml

from federation_adapters.sandbox import Pair, Progress, seed_pair
from federation_adapters.sandbox.world import ComponentSpec

FOLDER = Path(__file__).parents[1] / "docs/examples"
POLLING, EVENTS = "federation-polling", "federation-events"
PASS_THROUGH, BRIDGE = "fragment-pass-through", "fragment-identity-bridge"
NAMES = (POLLING, EVENTS, PASS_THROUGH, BRIDGE)
UUIDS = ("waldur_offering_uuid", "target_offering_uuid", "target_customer_uuid", "target_stomp_offering_uuid")
SOURCE = "isd:efp"
MAPPED, ALIKE = ("node_hours",), ("cpu", "mem")
_PLACE = re.compile(r'^(?P<head> *(?P<key>\w+): )"(?P<value>[^"]*)"', re.MULTILINE)


def text_of(name):
    """The file as it stands."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def filled(text, values):
    """The text with the values of these keys; of an address the path stays, and everything else is as it was."""

    def fill(found):
        key = found["key"]
        if key not in values:
            return found[0]
        path = urlsplit(found["value"]).path if key.endswith("_url") else ""
        return f'{found["head"]}"{values[key]}{path}"'

    return _PLACE.sub(fill, text)


def overlaid(text, fragment):
    """The text with the keys of *fragment* in its only offering; those of ``backend_settings`` are added to what is there."""
    document, over = yaml.safe_load(text), yaml.safe_load(fragment)
    (offering,) = document["offerings"]
    keys = over["offerings"][0] if "offerings" in over else over
    settings = {**offering["backend_settings"], **keys.get("backend_settings", {})}
    document["offerings"] = [{**offering, **keys, "backend_settings": settings}]
    return yaml.safe_dump(document, sort_keys=False)


def example(name, *overlays, values):
    """An example with its places filled in, and with others laid over it."""
    text = filled(text_of(name), values)
    for overlay in overlays:
        text = overlaid(text, filled(text_of(overlay), values))
    return text


def values_of(pair, a_url, b_url):
    """What stands for addresses, tokens and UUIDs where *pair* is federated; both served without a path."""
    return {
        "waldur_api_url": a_url,
        "waldur_api_token": pair.a_token,
        "waldur_offering_uuid": pair.a.offering.uuid,
        "target_api_url": b_url,
        "target_api_token": pair.b_token,
        "target_offering_uuid": pair.b.offering.uuid,
        "target_customer_uuid": pair.b.customer.uuid,
        "target_stomp_offering_uuid": pair.b.offering.uuid,
    }


def at_broker(text, port):
    """The text with the addresses of a broker on loopback, as both sides' default is their own host."""
    document = yaml.safe_load(text)
    (offering,) = document["offerings"]
    keys = {"stomp_ws_host": "127.0.0.1", "stomp_ws_port": port, "stomp_ws_path": "/ws", "websocket_use_tls": False}
    offering.update(keys)
    offering["backend_settings"].update({f"target_{key}": value for key, value in keys.items()})
    return yaml.safe_dump(document, sort_keys=False)


@attrs.frozen
class Story:
    """What every example has to bring about: an order of A is delivered, used, and its project's member works on B."""

    pair: Pair

    @classmethod
    def of(cls, components=MAPPED):
        """A pair whose offerings are billed as the examples say; B's provider delivers at once."""
        on_b = ("gpu_hours", "storage_gb_hours") if components == MAPPED else components
        pair = seed_pair(
            a_components=[ComponentSpec(name, "usage") for name in components],
            b_components=[ComponentSpec(name, "usage") for name in on_b],
            b_progress=Progress.at_once("{slug}"),
        )
        story = cls(pair)
        story._open_b_to_people()
        story._staff()
        return story

    @property
    def a(self):
        return self.pair.a.sandbox.world

    @property
    def b(self):
        return self.pair.b.sandbox.world

    def place(self):
        side = self.pair.a
        return self.a.place_create(side.orderer, side.offering, side.projects[0], limits={}, name="climate")

    def use(self):
        """B counts what its resource used so far."""
        (resource,) = self.b.resources
        types = {component.type for component in self.pair.b.offering.components}
        self.b.report_usage(resource, {name: value for name, value in USED.items() if name in types})

    def end(self, order):
        """What both sides show in the end."""
        ours, hosted = self.a.resource(order.resource.uuid), self.b.resources
        key = f"{UUID(self.pair.a.consumer.uuid)}_{UUID(self.pair.a.projects[0].uuid)}"
        return {
            "order": self.a.order(order.uuid).state,
            "resource": ours.state,
            "links": [UUID(ours.backend_id).hex == one.uuid for one in hosted] if ours.backend_id else [],
            "effective id": [ours.effective_id == one.backend_id for one in hosted],
            "projects": [project.backend_id == key for project in self.b.projects],
            "people": sorted((g.user.username, g.role.name) for p in self.b.projects for g in self.b.grants_on(p)),
            "usage": {row.component.type: int(row.usage) for row in self.a.usages_of(ours)},
        }

    def _open_b_to_people(self):
        settings = self.b.settings
        settings.identity_bridge = settings.eduteams = True
        settings.eduteams_people = {"anna": {"first_name": "Anna"}}
        self.b.edit(self.pair.b.consumer_user, is_identity_manager=True, managed_isds=(SOURCE,))

    def _staff(self):
        offering = self.pair.a.offering
        options = {"service_provider_can_create_offering_user": True}
        self.a.edit(offering, plugin_options=options, exposed_attributes=frozenset({"username", "full_name", "email"}))
        user = self.a.add_user("anna", email="anna@example.org", full_name="Anna Ant")
        self.a.grant(user, "PROJECT.MEMBER", self.pair.a.projects[0])


USED = {"gpu_hours": 500, "storage_gb_hours": 800, "cpu": 12, "mem": 34}
"""Component of B -> what was used of it this month."""

TOLD = {MAPPED: {"node_hours": 180}, ALIKE: {"cpu": 12, "mem": 34}}
"""What that is in the components of A."""


def the_end(components=MAPPED):
    """What `Story.end` shows when all is done."""
    return {
        "order": "done",
        "resource": "OK",
        "links": [True],
        "effective id": [True],
        "projects": [True],
        "people": [("anna", "PROJECT.MEMBER")],
        "usage": TOLD[components],
    }
