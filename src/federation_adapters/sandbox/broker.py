"""The message broker behind a sandbox: a RabbitMQ, reached through its management API and over STOMP."""

import logging
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import httpx
import stomp
from stomp.exception import StompException

QUEUE_ARGUMENTS = {
    "x-message-ttl": 3_600_000,
    "x-max-length": 10_000,
    "x-overflow": "reject-publish-dlx",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "waldur.dlq.messages",
}
REFUSAL = "Failed to create RabbitMQ queue"
_ALL = {"configure": ".*", "write": ".*", "read": ".*"}
_TIMEOUT = 10.0
_PATIENCE = 5.0
_NOT_FOUND = 404

logging.getLogger("stomp.py").setLevel(logging.CRITICAL + 1)


class BrokerError(Exception):
    """The broker did not do it.

    Args:
        cause: Why not.
        refusal: What a server says to those who wanted it.
    """

    def __init__(self, cause: str, refusal: str = REFUSAL) -> None:
        super().__init__(cause)
        self.refusal = refusal


class Broker(Protocol):
    """What a sandbox needs of its broker; every call may raise a BrokerError and may be repeated."""

    def admit(self, vhost: str, user: str, password: str) -> None:
        """Have a virtual host, and a user with that password who may do everything there."""

    def admits(self, vhost: str, user: str) -> bool:
        """Tell whether there is such a user."""

    def declare(self, vhost: str, queue: str) -> None:
        """Have the queue."""

    def dismiss(self, user: str) -> None:
        """Have the user no more."""

    def remove(self, vhost: str, queue: str) -> None:
        """Have the queue no more."""

    def publish(self, vhost: str, queue: str, body: str, message_id: str) -> None:
        """Put a message into the queue.

        Raises:
            BrokerError: it is lost.
        """

    def close(self) -> None:
        """Part from the broker."""


class RabbitMq:
    """A RabbitMQ, by the address of its management API with user and password.

    Raises:
        BrokerError: there is none, or it has no STOMP over TCP.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._user, self._password = parts.username or "guest", parts.password or "guest"
        self._host = parts.hostname or "127.0.0.1"
        address = f"{parts.scheme}://{self._host}:{parts.port or 15672}"
        self._http = httpx.Client(
            base_url=f"{address}/api/", auth=(self._user, self._password), timeout=_TIMEOUT, trust_env=False
        )
        self._connections: dict[str, Any] = {}
        self._stomp_port = self._port_of("stomp")
        self.web_stomp_port = self._port_of("http/web-stomp")
        """Where clients connect, path `/ws`."""

    def admit(self, vhost: str, user: str, password: str) -> None:
        """Have a virtual host, and a user with that password who may do everything there."""
        self._do("Failed to create RabbitMQ virtual host", "PUT", f"vhosts/{vhost}")
        body = {"password": password, "tags": []}
        self._do("Failed to create RabbitMQ user", "PUT", f"users/{user}", body)
        for who in (user, quote(self._user)):
            self._do("Failed to assign RabbitMQ permissions", "PUT", f"permissions/{vhost}/{who}", _ALL)

    def admits(self, vhost: str, user: str) -> bool:
        """Tell whether there is such a user."""
        return self._call("GET", f"permissions/{vhost}/{user}", may_miss=True).status_code != _NOT_FOUND

    def declare(self, vhost: str, queue: str) -> None:
        """Have the queue."""
        body = {"durable": True, "auto_delete": False, "arguments": QUEUE_ARGUMENTS}
        self._call("PUT", f"queues/{vhost}/{queue}", body)

    def dismiss(self, user: str) -> None:
        """Have the user no more."""
        self._call("DELETE", f"users/{user}", may_miss=True)

    def remove(self, vhost: str, queue: str) -> None:
        """Have the queue no more."""
        self._call("DELETE", f"queues/{vhost}/{queue}", may_miss=True)

    def provide(self, vhost: str, user: str, password: str, queue: str) -> None:
        """Have the queue, and a user with that password who may read it."""
        self.admit(vhost, user, password)
        self.declare(vhost, queue)

    def publish(self, vhost: str, queue: str, body: str, message_id: str) -> None:
        """Put a message into the queue, persistent."""
        headers = {"persistent": "true", "x-message-id": message_id}
        try:
            self._connection(vhost).send(f"/amq/queue/{queue}", body, content_type="application/json", headers=headers)
        except (StompException, OSError) as error:
            self._connections.pop(vhost, None)
            raise BrokerError(type(error).__name__) from None

    def close(self) -> None:
        """Part from the broker."""
        for connection in self._connections.values():
            try:
                connection.disconnect()
            except (StompException, OSError):
                continue
        self._connections.clear()
        self._http.close()

    def _connection(self, vhost: str) -> Any:  # noqa: ANN401 - stomp.py has no types
        known = self._connections.get(vhost)
        if known is not None and known.is_connected():
            return known
        made = stomp.StompConnection12(
            [(self._host, self._stomp_port)],
            vhost=vhost,
            reconnect_attempts_max=1,
            timeout=_PATIENCE,
            prefer_localhost=False,
            try_loopback_connect=False,
        )
        made.connect(self._user, self._password, wait=True)
        self._connections[vhost] = made
        return made

    def _port_of(self, protocol: str) -> int:
        listeners = self._call("GET", "overview").json()["listeners"]
        for listener in listeners:
            if listener["protocol"] == protocol:
                return int(listener["port"])
        raise BrokerError(f"it has no listener for {protocol}; enable the plug-in rabbitmq_web_stomp")

    def _do(self, refusal: str, method: str, path: str, body: object = None) -> None:
        try:
            self._call(method, path, body)
        except BrokerError as error:
            raise BrokerError(str(error), refusal) from None

    def _call(self, method: str, path: str, body: object = None, *, may_miss: bool = False) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise BrokerError(f"{type(error).__name__}: {error}") from None
        is_missing = may_miss and answer.status_code == _NOT_FOUND
        if answer.is_error and not is_missing:
            raise BrokerError(f"{method} {path.split('/', maxsplit=1)[0]}: status {answer.status_code}")
        return answer
