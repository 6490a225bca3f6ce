"""A look-alike of a site's HPC User API, which knows the Unix group of each project, as one WSGI application.

It imitates what published clients send and read: there is no public schema. The addresses of its identity provider are served
beside its own, so that one server is enough.
"""

import time
from collections.abc import Iterable
from threading import RLock
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from federation_adapters.sandbox.identity_provider import REALMS, IdentityProvider
from federation_adapters.sandbox.troubles import Asked, Trouble, json_answer, spoilt

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PROJECTS = "/api/v1/export/waldur/projects"


class UserApi:
    """The application; serve it with `Server`.

    Attributes:
        provider: whose tokens it takes.
        projects: project -> group id.
        troubles: what spoils answers with projects, one for each in turn; None for an answer that is right.
        latency: seconds that each answer with projects takes.
        asked: all requests for projects so far.
    """

    def __init__(self, provider: IdentityProvider | None = None) -> None:
        """Open it, with an identity provider of its own where none is given."""
        self.provider = provider or IdentityProvider()
        self.projects: dict[str, int] = {}
        self.troubles: list[Trouble | None] = []
        self.latency = 0.0
        self.asked: list[Asked] = []
        self._lock = RLock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if request.path.startswith(REALMS):
            return self.provider(environ, start_response)
        time.sleep(self.latency)
        with self._lock:
            response = spoilt(request, self._answer(request), self.troubles)
            self.asked.append(Asked.by(request, response))
        return response(environ, start_response)

    def asked_for(self) -> list[tuple[str, ...]]:
        """The projects that each request was about; none for a request about all."""
        return [one.query.get("projects", ()) for one in self.asked]

    def _answer(self, request: Request) -> Response:
        if not self.provider.accepts(request.headers.get("Authorization", "").removeprefix("Bearer ")):
            return json_answer({"detail": "Invalid or expired token"}, 401)
        if (request.method, request.path) != ("GET", PROJECTS):
            return json_answer({"detail": "Not Found"}, 404)
        wanted = request.args.getlist("projects")
        names = sorted(self.projects.keys() & wanted if wanted else self.projects)
        return json_answer(
            {
                "projects": [
                    {"posixName": name, "unixGid": self.projects[name], "displayName": name.replace("-", " ").title()}
                    for name in names
                ]
            }
        )
