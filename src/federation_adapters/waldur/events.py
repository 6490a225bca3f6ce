"""Registration for messages: which queue a Waldur shall fill for us, asked for over REST.

| who we are | asked by | told of |
| --- | --- | --- |
| a provider of the offering | an agent identity, or on older servers one subscription for each type | the offering |
| a customer | a consumer bound to the customer | the customer's orders and resources |
"""

from collections.abc import Sequence
from importlib import metadata
from typing import Any
from uuid import UUID

from federation_adapters.http.access import StaticToken
from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import IdentityRow, LegacyQueueRow, QueueRow, ServiceRow, SubscriptionRow
from federation_core.domain.errors import (
    ConfigurationError,
    Finding,
    Invalid,
    NotFound,
    PlaneError,
    Refused,
    ServerFault,
    Unsupported,
)
from federation_core.domain.ids import BCustomerId, hexed, parse_uuid
from federation_core.ports.hints import Mailbox, Registrar

IDENTITIES = "marketplace-site-agent-identities"
SERVICES = "marketplace-site-agent-services"
SUBSCRIPTIONS = "event-subscriptions"
CONSUMERS = "event-consumers"
DISTRIBUTION = "waldur-federation"
_BROKER_TROUBLE = "Failed to create RabbitMQ"
_QUEUE_PREFIX = "consumer_"


class AgentRegistrar:
    """Registers as an agent of an offering, under a name of our own."""

    def __init__(self, peer: Peer, offering: UUID, name: str, types: Sequence[str]) -> None:
        """Prepare to register.

        Args:
            peer: the Waldur.
            offering: of that Waldur; our user has to be one of its providers.
            name: tells our queue from those of other agents; whoever has the same name shares the queue.
            types: the `object_type`s to be told of.
        """
        self._peer = peer
        self._offering = offering
        self._name = name
        self._types = tuple(types)
        self._has_introduced = False

    def register(self) -> tuple[Mailbox, ...]:
        """Make the queue, or find and revive it."""
        passcode = passcode_of(self._peer)
        identity = self._identity()
        try:
            mailboxes: tuple[Mailbox, ...] = (self._queue(identity, passcode),)
        except (NotFound, Unsupported):  # the identity is there, so it is the call that is not
            mailboxes = tuple(self._subscription(identity, kind, passcode) for kind in self._types)
        self._introduce(identity)
        return mailboxes

    def forget(self) -> None:
        """Delete the identity, and with it the queue."""
        self._peer.remove("event.forget", path_of(IDENTITIES, self._identity()))

    def _identity(self) -> UUID:
        """Ours, made where there is none; the oldest where somebody made several."""
        params = [("name", self._name), ("offering_uuid", hexed(self._offering))]
        found = self._peer.listing(
            "event.find_identity",
            f"{IDENTITIES}/",
            params,
            IdentityRow,
            keep=lambda row: row.name == self._name and row.offering == self._offering,
            translate=lambda row: row,
        ).value
        body = {"offering": hexed(self._offering), "name": self._name, "version": metadata.version(DISTRIBUTION)}
        if found:
            return min(found, key=lambda row: (row.created, row.uuid)).uuid
        answer = self._peer.write("event.make_identity", f"{IDENTITIES}/", body)
        return self._peer.structured("event.make_identity", answer, IdentityRow).uuid

    def _queue(self, identity: UUID, passcode: str) -> Mailbox:
        path = path_of(IDENTITIES, identity, "register_queue")
        return _registered(self._peer, path, {"object_types": list(self._types)}, passcode)

    def _subscription(self, identity: UUID, kind: str, passcode: str) -> Mailbox:
        """The queue of one type, as older servers have it."""
        operation, wish = "event.subscribe", {"observable_object_type": kind, "description": self._name}
        path = path_of(IDENTITIES, identity, "register_event_subscription")
        made = self._peer.structured(operation, self._peer.write(operation, path, wish), SubscriptionRow)
        asked = {"offering_uuid": hexed(self._offering), "object_type": kind}
        answer = self._peer.write(operation, path_of(SUBSCRIPTIONS, made.uuid, "create_queue"), asked)
        queue = self._peer.structured(operation, answer, LegacyQueueRow)
        return Mailbox(queue.vhost, hexed(made.uuid), queue.queue_name, passcode, kind)

    def _introduce(self, identity: UUID) -> None:
        """Show the peer's operator, once, what runs here; whether that succeeds matters to nobody else."""
        if self._has_introduced:
            return
        self._has_introduced = True
        wish = {"name": "event_process", "mode": "event_process"}
        try:
            answer = self._peer.write("event.introduce", path_of(IDENTITIES, identity, "register_service"), wish)
            service = self._peer.structured("event.introduce", answer, ServiceRow)
            processor = {
                "name": DISTRIBUTION,
                "backend_type": "waldur",
                "backend_version": metadata.version(DISTRIBUTION),
            }
            self._peer.write("event.introduce", path_of(SERVICES, service.uuid, "register_processor"), processor)
        except PlaneError:
            return


class ConsumerRegistrar:
    """Registers as a customer, for what concerns its projects."""

    def __init__(self, peer: Peer, customer: BCustomerId, types: Sequence[str]) -> None:
        """Prepare to register.

        Args:
            peer: the Waldur.
            customer: ours there.
            types: the `object_type`s to be told of.
        """
        self._peer = peer
        self._customer = customer
        self._types = tuple(types)
        self._queue = ""

    def register(self) -> tuple[Mailbox, ...]:
        """Make the queue, or find and revive it."""
        scopes = [{"type": "customer", "uuid": hexed(self._customer)}]
        body = {"object_types": list(self._types), "scopes": scopes}
        mailbox = _registered(self._peer, f"{CONSUMERS}/register/", body, passcode_of(self._peer))
        self._queue = mailbox.queue
        return (mailbox,)

    def forget(self) -> None:
        """Delete the consumer, and with it the queue."""
        consumer = parse_uuid(self._queue.removeprefix(_QUEUE_PREFIX))
        if consumer is not None:
            self._peer.remove("event.forget", path_of(CONSUMERS, consumer))


class FirstThatServes:
    """Registers in the first of several ways that the peer lets us."""

    def __init__(self, *ways: Registrar) -> None:
        """Prepare to register; *ways* are tried in their order."""
        self._ways = ways
        self._served: Registrar | None = None

    def register(self) -> tuple[Mailbox, ...]:
        """Make the queue in the first way that is not refused; the last refusal counts where all are."""
        *others, last = self._ways
        for way in others:
            try:
                mailboxes = way.register()
            except Refused:  # which includes what the peer does not have
                continue
            self._served = way
            return mailboxes
        self._served = last
        return last.register()

    def forget(self) -> None:
        """Have what served deleted."""
        if self._served is not None:
            self._served.forget()


def passcode_of(peer: Peer) -> str:
    """The token that the broker takes for a password.

    Raises:
        ConfigurationError: the peer is called with OIDC tokens, which its broker does not know.
    """
    credentials = peer.http.access.credentials
    if isinstance(credentials, StaticToken):
        return credentials.token
    cause = f"{peer.side}'s message broker knows only Waldur's own tokens, and OIDC credentials are set"
    raise ConfigurationError(Finding(peer.http.access.keys.token, cause, "write a token, or leave events off"))


def _registered(peer: Peer, path: str, body: dict[str, Any], passcode: str) -> Mailbox:
    """The queue that *path* makes or revives.

    Raises:
        PlaneError: it does not; Transient where the peer cannot reach its own broker.
    """
    operation = "event.register"
    try:
        answer = peer.write(operation, path, body)
    except Invalid as refusal:
        if _BROKER_TROUBLE in refusal.detail:
            raise ServerFault(peer.side, operation, refusal.detail, refusal.status) from None
        raise
    queue = peer.structured(operation, answer, QueueRow)
    return Mailbox(queue.vhost, queue.rmq_username, queue.queue_name, passcode)
