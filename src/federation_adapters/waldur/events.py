"""Registration for messages: which queue a Waldur shall fill for us, asked for over REST.

| who we are | asked by | told of |
| --- | --- | --- |
| a provider of the offering | an agent identity, or on older servers one subscription for each type | the offering |
| a customer | a consumer bound to the customer | the customer's orders and resources |
"""

from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from typing import Any
from uuid import UUID

from federation_adapters.http.access import StaticToken
from federation_adapters.http.answers import Answer
from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import IdentityRow, LegacyQueueRow, QueueRow, ServiceRow, SubscriptionRow
from federation_core.domain.errors import (
    ConfigurationError,
    Finding,
    Forbidden,
    Invalid,
    NotFound,
    PlaneError,
    ServerFault,
    Transient,
    Unsupported,
)
from federation_core.domain.ids import BCustomerId, hexed, parse_uuid
from federation_core.domain.observed import Incomplete
from federation_core.ports.hints import Mailbox, Registrar

IDENTITIES = "marketplace-site-agent-identities"
SERVICES = "marketplace-site-agent-services"
SUBSCRIPTIONS = "event-subscriptions"
CONSUMERS = "event-consumers"
DISTRIBUTION = "waldur-federation"
_BROKER_TROUBLE = "rabbitmq"
"""What a Waldur names where it cannot reach its own broker; servers word the rest in several ways."""
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
        known = self._known()
        identity = known or self._made()
        try:
            mailboxes: tuple[Mailbox, ...] = (self._queue(identity, passcode),)
        except (NotFound, Unsupported):  # the identity is there, so it is the call that is not
            mailboxes = tuple(self._subscription(identity, kind, passcode) for kind in self._types)
        self._introduce(identity, is_known=known is not None)
        return mailboxes

    def forget(self) -> None:
        """Delete the identity, and with it the queue."""
        identity = self._known()
        if identity is not None:
            with suppress(NotFound):
                self._peer.remove("event.forget", path_of(IDENTITIES, identity))

    def _known(self) -> UUID | None:
        """Ours; the oldest where somebody made several, None where there is surely none.

        Raises:
            PlaneError: that cannot be told.
        """
        params = [("name", self._name), ("offering_uuid", hexed(self._offering))]
        found = self._peer.listing(
            "event.find_identity",
            f"{IDENTITIES}/",
            params,
            IdentityRow,
            keep=lambda row: row.name == self._name and row.offering == self._offering,
            translate=lambda row: row,
            is_shared=False,
        )
        if found.value:
            return min(found.value, key=lambda row: (row.created, row.uuid)).uuid
        if isinstance(found, Incomplete):  # names are not unique there: another one would have a queue of its own
            raise Transient(self._peer.side, "event.find_identity", found.reason)
        return None

    def _made(self) -> UUID:
        answer = self._peer.write("event.make_identity", f"{IDENTITIES}/", self._content())
        return self._peer.structured("event.make_identity", answer, IdentityRow).uuid

    def _content(self) -> dict[str, str]:
        return {"offering": hexed(self._offering), "name": self._name, "version": metadata.version(DISTRIBUTION)}

    def _queue(self, identity: UUID, passcode: str) -> Mailbox:
        path = path_of(IDENTITIES, identity, "register_queue")
        return _registered(self._peer, path, {"object_types": list(self._types)}, passcode)

    def _subscription(self, identity: UUID, kind: str, passcode: str) -> Mailbox:
        """The queue of one type, as older servers have it."""
        operation, wish = "event.subscribe", {"observable_object_type": kind, "description": self._name}
        path = path_of(IDENTITIES, identity, "register_event_subscription")
        made = self._peer.structured(operation, self._peer.write(operation, path, wish), SubscriptionRow)
        asked = {"offering_uuid": hexed(self._offering), "object_type": kind}
        answer = _written(self._peer, operation, path_of(SUBSCRIPTIONS, made.uuid, "create_queue"), asked)
        queue = self._peer.structured(operation, answer, LegacyQueueRow)
        return Mailbox(queue.vhost, hexed(made.uuid), queue.queue_name, passcode, kind)

    def _introduce(self, identity: UUID, *, is_known: bool) -> None:
        """Show the peer's operator, once, what runs here; whether that succeeds matters to nobody else."""
        if self._has_introduced:
            return
        self._has_introduced = True
        wish = {"name": "event_process", "mode": "event_process"}
        try:
            if is_known:  # perhaps by an earlier release
                self._peer.replace("event.introduce", path_of(IDENTITIES, identity), self._content())
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
            with suppress(NotFound):
                self._peer.remove("event.forget", path_of(CONSUMERS, consumer))


class FirstThatServes:
    """Registers in the first of several ways that the peer lets us."""

    def __init__(self, *ways: Registrar) -> None:
        """Prepare to register; *ways* are tried in their order."""
        self._ways = ways
        self._served: Registrar | None = None

    def register(self) -> tuple[Mailbox, ...]:
        """Make the queue in the first way that is open to us; the last refusal counts where none is.

        That somebody else has the queue, or that the token is not accepted, is no reason to try another way: it is to be seen.
        """
        *others, last = self._ways
        for way in others:
            try:
                mailboxes = way.register()
            except (Forbidden, NotFound, Unsupported, Invalid):
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
    queue = peer.structured(operation, _written(peer, operation, path, body), QueueRow)
    return Mailbox(queue.vhost, queue.rmq_username, queue.queue_name, passcode)


def _written(peer: Peer, operation: str, path: str, body: dict[str, Any]) -> Answer:
    """The answer to a POST that has the peer call its broker.

    Raises:
        PlaneError: it failed; ServerFault where the broker was at fault.
    """
    try:
        return peer.write(operation, path, body)
    except Invalid as refusal:
        if _BROKER_TROUBLE in refusal.detail.lower():
            raise ServerFault(peer.side, operation, refusal.detail, refusal.status) from None
        raise
