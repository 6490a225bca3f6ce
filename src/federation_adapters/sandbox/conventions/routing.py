"""Addresses: which method of which path is answered by what."""

from collections.abc import Callable, Iterable

import attrs
from werkzeug.routing import Map, Rule

from federation_adapters.sandbox.conventions.call import Call, Reply

Handler = Callable[..., Reply]


@attrs.frozen
class Route:
    """One method of one path.

    Attributes:
        method: `GET` (which also serves `HEAD`), `POST`, `PATCH`, `PUT` or `DELETE`.
        path: Path below `/api`, with `<uuid>` where an object's UUID stands.
        handler: Called with the `Call` (the `Store`, when anonymous) and the UUIDs of the path by name.
        in_legacy: The endpoint existed in October 2024.
        anonymous: No token is needed.
    """

    method: str
    path: str
    handler: Handler
    in_legacy: bool = True
    anonymous: bool = False


@attrs.frozen(eq=False)
class Endpoint:
    """All methods of one path."""

    template: str
    routes: dict[str, Route]

    def route(self, method: str) -> Route | None:
        """Return the route of *method*; `HEAD` is served by `GET`."""
        return self.routes.get("GET" if method == "HEAD" else method)


def crud(path: str, *, list_: Handler, retrieve: Handler) -> tuple[Route, ...]:
    """Return the two routes every readable collection has."""
    return Route("GET", f"{path}/", list_), Route("GET", f"{path}/<uuid>/", retrieve)


def actions(path: str, handlers: dict[str, Callable[[Call, str], Reply]], *, new: Iterable[str] = ()) -> list[Route]:
    """Return the `POST` actions on one object; those in *new* came after October 2024."""
    later = frozenset(new)
    return [
        Route("POST", f"{path}/<uuid>/{name}/", handler, in_legacy=name not in later)
        for name, handler in handlers.items()
    ]


def url_map(routes: Iterable[Route]) -> Map:
    """Return the map of all paths; endpoints are `Endpoint` objects that tell methods apart themselves."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        by_path.setdefault(f"/api{route.path}", {})[route.method] = route
    rules = [Rule(path, endpoint=Endpoint(path, methods)) for path, methods in by_path.items()]
    return Map(rules, strict_slashes=True, merge_slashes=False)
