"""What the process knows of one federated offering: the agent's core makes a new backend for each cycle, and each message.

B is known from the settings. A is met later: core gives a client for it with some calls only, and its configured offering with
others; what is met is kept, so that calls that come with neither can be served afterwards.
"""

import json
import logging
import math
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import attrs
from dependency_injector import providers

from federation_adapters.site_agent.handed import HandedCatalogue, HandedOrders, HandedResources, LinkedOrders, Told
from federation_adapters.site_agent.reach import UNKNOWN, Reach
from federation_core.application.orders import ReconcileOrders
from federation_core.application.sync_members import SyncMembers
from federation_core.domain.ids import AOfferingId
from federation_core.domain.records import AOrder, AResource
from federation_runner.container import Federation
from federation_runner.plugin.parsed import only_offering
from federation_runner.settings.model import OfferingSettings
from federation_runner.settings.ownership import MODES, OURS

LOG = logging.getLogger("federation.plugin")
NOWHERE = Reach(UUID(int=0), {"waldur_api_url": "https://a.invalid/", "waldur_api_token": UNKNOWN})
Values = Mapping[str, Any]


class Federated:
    """One offering, for as long as the process lives; thread-safe.

    Attributes:
        on_b: the offering with B alone; its ports of A lead nowhere.
        began: when the process first heard of it.
        follows_events: whether the process serves messages, so that cycles may be about a single one.
        mirrored: when projects were last listed, on a clock in seconds.
        introduced: when B was last told of all people, on the same clock.
        swept: when it was last looked for what nobody wants on B, on the same clock.
    """

    def __init__(self, backend_settings: Values, backend_components: Mapping[str, Values]) -> None:
        """Prepare it; no request is made.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        self.backend_settings = backend_settings
        self.backend_components = backend_components
        self.settings = self._settings(NOWHERE)
        self.on_b = Federation(settings=self.settings)
        self.began = datetime.now(UTC)
        self._lock = threading.Lock()
        self._met: dict[UUID, tuple[Reach, Federation]] = {}
        self._looked: dict[UUID, int] = {}
        self._beside: set[UUID] = set()
        self.follows_events = False
        self.mirrored = self.introduced = self.swept = -math.inf

    def meet(self, reach: Reach) -> Federation:
        """The offering with A, reached as said now; what was learned of it before is kept."""
        with self._lock:
            known = self._met.get(reach.offering)
            if known is not None:
                reach = reach.after(known[0])
                if reach == known[0]:
                    return known[1]
            made = self._made(reach, None if known is None else known[1])
            self._met[reach.offering] = reach, made
            return made

    def beside(self, reach: Reach) -> Federation | None:
        """The offering once more, for a thread beside core that sees to orders core has placed; None from the second time on."""
        federation = self.meet(reach)
        with self._lock:
            if reach.offering in self._beside:
                return None
            self._beside.add(reach.offering)
        made = self._made(reach, federation)
        made.a_orders.override(providers.Object(LinkedOrders(federation.a_orders())))
        return made

    def met(self) -> Federation | None:
        """The offering with A, where exactly one of A was met so far."""
        with self._lock:
            return next(iter(self._met.values()))[1] if len(self._met) == 1 else None

    def orders_of(self, order: AOrder, resource: AResource, offering: UUID | None) -> tuple[ReconcileOrders, Told]:
        """The order use case for one order that core is at, and where it notes what core is to write on A."""
        told, on_b = Told(), self.on_b
        ports = attrs.evolve(
            on_b.order_ports(),
            a_catalogue=HandedCatalogue(),
            a_orders=HandedOrders(order, told),
            a_resources=HandedResources(resource, told),
            a_clock=on_b.clock(),
        )
        settings = on_b.settings().orders
        if offering is not None:
            settings = attrs.evolve(settings, rules=attrs.evolve(settings.rules, offering=AOfferingId(offering)))
        return ReconcileOrders(ports, settings, on_b.learned()), told

    def members_of(self, federation: Federation) -> SyncMembers:
        """The member use case, which withdraws nobody before all offerings of the process had their turn once."""
        with self._lock:
            offering = federation.settings().offering
            turn = self._looked[offering] = self._looked.get(offering, 0) + 1
        settings = federation.settings().members
        others = _REGISTRY.customers_beside(self.settings) - {settings.rules.customer}
        settings = attrs.evolve(settings, other_customers=others, withdraws=settings.withdraws and turn > 1)
        return SyncMembers(federation.member_ports(), settings, federation.members_learned())

    def profiles_of(self, federation: Federation) -> SyncMembers:
        """The member use case that tells B of people, and carries no roles."""
        settings = federation.settings().members
        settings = attrs.evolve(settings, rules=attrs.evolve(settings.rules, carries_roles=False))
        return SyncMembers(federation.member_ports(), settings, federation.members_learned())

    def _made(self, reach: Reach, before: Federation | None) -> Federation:
        made = Federation(settings=self._settings(reach))
        for shared in ("b_http", "b_peer", "pool", "b_rights"):
            getattr(made, shared).override(providers.Object(getattr(self.on_b, shared)()))
        made.learned.override(providers.Object(self.on_b.learned()))
        for kept in ("members_learned", "fields_learned", "told"):
            if before is not None:
                getattr(made, kept).override(providers.Object(getattr(before, kept)()))
        return made

    def _settings(self, reach: Reach) -> OfferingSettings:
        offering = {
            "name": reach.offering.hex if reach is not NOWHERE else UNKNOWN,
            "waldur_offering_uuid": str(reach.offering),
            "backend_type": OURS,
            **dict.fromkeys(MODES.values(), OURS),
            "username_reconciliation_enabled": True,  # core asks for names only where this is so
            **reach.keys,
            "backend_settings": dict(self.backend_settings),
            "backend_components": {name: dict(wish) for name, wish in self.backend_components.items()},
        }
        document = {"offerings": [offering], **({"global_proxy": reach.proxy} if reach.proxy else {})}
        found = only_offering(document)
        return found.with_a_bearer(reach.bearer) if reach.bearer else found


class Registry:
    """The offerings of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, list[Federated]] = {}

    def find(self, backend_settings: Values, backend_components: Mapping[str, Values]) -> Federated:
        """The offering with these settings.

        Components that it has not known before are left out: core adds those of A that the file does not name to what it hands
        over, from the second time on.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        key = json.dumps(backend_settings, sort_keys=True, default=str)
        with self._lock:
            several = self._known.setdefault(key, [])
            for one in several:
                if one.backend_components.items() <= backend_components.items():
                    return one
            several.append(Federated(backend_settings, {name: dict(c) for name, c in backend_components.items()}))
            return several[-1]

    def customers_beside(self, settings: OfferingSettings) -> frozenset[Any]:
        """Our customers on the same B for whom the same source vouches for people."""
        with self._lock:
            all_known = [one.settings for several in self._known.values() for one in several]
        return frozenset(
            one.members.rules.customer
            for one in all_known
            if (one.b.base_url, one.people.bridge_source) == (settings.b.base_url, settings.people.bridge_source)
        )


_REGISTRY = Registry()


def federated(backend_settings: Values, backend_components: Mapping[str, Values]) -> Federated:
    """The offering with these settings, the same for all of the process.

    Raises:
        ConfigurationError: with every mistake in the settings.
    """
    return _REGISTRY.find(backend_settings, backend_components)
