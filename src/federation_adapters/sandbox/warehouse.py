"""A look-alike of the CSCS data warehouse (DWDI) and of its identity provider, as one WSGI application.

It imitates what published clients send and read: there is no public schema. The identity provider stands at ``/token``, the
warehouse below ``/api/v1``; both styles of its storage calls are served.
"""

import math
import time
from collections.abc import Iterable, Iterator
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import attrs
from werkzeug import Request, Response

from federation_adapters.sandbox.troubles import Asked, Trouble, json_answer, spoilt

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN_PATH = "/token"  # noqa: S105 - an address
ROOT = "/api/v1"


@attrs.frozen
class Hours:
    """What one user of an account did on one day; without a user, what nobody is known of."""

    account: str
    cluster: str
    day: str
    node_hours: float
    cpu_hours: float
    username: str = ""


@attrs.frozen
class Level:
    """What a path held in one month."""

    filesystem: str
    data_type: str
    path: str
    month: str
    space: int
    inodes: int
    tenant: str = ""


class Warehouse:
    """The application; serve it with `Server`.

    Attributes:
        client_id: who may fetch tokens, with *client_secret*.
        scope: which scope a token needs; empty for none.
        lifetime: seconds that a token lives; None for answers that do not say, and tokens without end.
        hours: what was computed.
        levels: what was stored.
        troubles: what spoils answers of the warehouse, one for each in turn; None for an answer that is right.
        token_troubles: the same for those of the identity provider.
        latency: seconds that each answer takes.
        page_size: rows in one answer; None for all. No document says whether the real one has pages.
        paging: how an answer names the next page: by the header ``Link``, or by a field ``next``.
        asked: all requests so far.
    """

    def __init__(self, client_id: str = "waldur-reporter", client_secret: str = "warehouse-sandbox") -> None:  # noqa: S107 - opens nothing
        self.client_id, self.client_secret = client_id, client_secret
        self.scope = ""
        self.lifetime: float | None = 300.0
        self.hours: list[Hours] = []
        self.levels: list[Level] = []
        self.troubles: list[Trouble | None] = []
        self.token_troubles: list[Trouble | None] = []
        self.latency = 0.0
        self.page_size: int | None = None
        self.paging: Literal["link", "next"] = "link"
        self.asked: list[Asked] = []
        self.issued = 0
        self._valid: dict[str, float] = {}
        self._scopes: dict[str, list[str]] = {}
        self._lock = RLock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        is_token = request.path == TOKEN_PATH
        time.sleep(self.latency)
        with self._lock:
            if is_token:
                response = spoilt(request, self._token(request), self.token_troubles)
            else:
                response = spoilt(request, self._data(request), self.troubles)
            self.asked.append(Asked.by(request, response))
        return response(environ, start_response)

    def revoke(self) -> None:
        """Take no token any more that was issued so far."""
        with self._lock:
            self._valid.clear()

    def data_calls(self) -> list[Asked]:
        """The requests that asked for figures."""
        return [one for one in self.asked if one.path != TOKEN_PATH]

    def _token(self, request: Request) -> Response:
        form = request.form
        given = (form.get("grant_type"), form.get("client_id"), form.get("client_secret"))
        if given != ("client_credentials", self.client_id, self.client_secret):
            return json_answer({"error": "invalid_client", "error_description": "Invalid client credentials"}, 401)
        self.issued += 1
        token = f"issued-token-{self.issued}"
        self._valid[token] = math.inf if self.lifetime is None else time.monotonic() + self.lifetime
        self._scopes[token] = form.get("scope", "").split()
        expiry = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return json_answer({"access_token": token, "token_type": "Bearer", "scope": form.get("scope", ""), **expiry})

    def _data(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._valid.get(token, -math.inf) <= time.monotonic():
            return json_answer({"detail": "Invalid or expired token"}, 401)
        if self.scope and self.scope not in self._scopes[token]:
            return json_answer({"detail": "Insufficient scope"}, 403)
        match request.path.removeprefix(ROOT).strip("/").split("/"):
            case ["compute", "usage-month" | "usage-day", "account"]:
                return self._listed(request, "compute", self._compute(request))
            case ["storage", "usage-month" | "usage-day" as call]:
                of = request.args.get("filesystem", ""), request.args.get("data_type", "")
                return self._listed(request, "storage", self._storage(request, call, of))
            case ["storage", "usage-month" | "usage-day" as call, filesystem, data_type]:
                return self._listed(request, "storage", self._storage(request, call, (filesystem, data_type)))
            case _:
                return json_answer({"detail": "Not Found"}, 404)

    def _listed(self, request: Request, key: str, found: Iterable[dict[str, Any]]) -> Response:
        """One page of what was found, with the address of the next one."""
        rows = list(found)
        size, number = self.page_size or len(rows), int(request.args.get("page", "1"))
        body: dict[str, Any] = {key: rows[(number - 1) * size : number * size]}
        if number * size >= len(rows):
            return json_answer(body)
        query = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
        following = f"{request.base_url}?{urlencode([*query, ('page', number + 1)])}"
        response = json_answer({**body, "next": following} if self.paging == "next" else body)
        if self.paging == "link":
            response.headers["Link"] = f'<{following}>; rel="next"'
        return response

    def _compute(self, request: Request) -> Iterator[dict[str, Any]]:
        first, last = request.args.get("from", ""), request.args.get("to", "")
        accounts, clusters = set(request.args.getlist("account")), set(request.args.getlist("cluster"))
        wanted = [
            row
            for row in self.hours
            if first <= row.day[: len(first)] and row.day[: len(last)] <= last
            if not accounts or row.account in accounts
            if not clusters or row.cluster in clusters
        ]
        for account, cluster in sorted({(row.account, row.cluster) for row in wanted}):
            rows = [row for row in wanted if (row.account, row.cluster) == (account, cluster)]
            yield {
                "account": account,
                "cluster": cluster,
                "totalNodeHours": sum(row.node_hours for row in rows),
                "totalCpuHours": sum(row.cpu_hours for row in rows),
                "users": [
                    {
                        "username": row.username,
                        "usageDate": row.day,
                        "nodeHours": row.node_hours,
                        "cpuHours": row.cpu_hours,
                    }
                    for row in rows
                    if row.username
                ],
            }

    def _storage(self, request: Request, call: str, of: tuple[str, str]) -> Iterator[dict[str, Any]]:
        paths, tenant = set(request.args.getlist("paths")), request.args.get("tenant", "")
        moment = request.args.get("exact-month" if call == "usage-month" else "exact-date", "")
        for row in self.levels:
            is_of = (row.filesystem, row.data_type) == of and tenant in {"", row.tenant}
            if is_of and row.month == moment[:7] and (not paths or row.path in paths):
                yield {"path": row.path, "spaceUsed": row.space, "inodesUsed": row.inodes}
