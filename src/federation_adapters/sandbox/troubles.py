"""What look-alikes of services other than Waldur share: what they were asked, and answers that go wrong on purpose."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from werkzeug import Request, Response

Trouble = Callable[[Request, Response], Response]
"""What becomes of a right answer."""


@attrs.frozen
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    status: int

    @classmethod
    def by(cls, request: Request, response: Response) -> "Asked":
        """What *request* was, and how it was answered."""
        query = {name: tuple(values) for name, values in request.args.lists()}
        return cls(request.method, request.path, query, response.status_code)


def spoilt(request: Request, response: Response, troubles: list[Trouble | None]) -> Response:
    """The answer after the next of *troubles*, which is taken off the list; None among them is for an answer that is right."""
    trouble = troubles.pop(0) if troubles else None
    return response if trouble is None else trouble(request, response)


def replaced(status: int, body: bytes | str, content_type: str = "application/json") -> Trouble:
    """Another answer in place of the right one."""
    return lambda _request, _response: Response(body, status, content_type=content_type)


def changed(change: Callable[[Any], Any]) -> Trouble:
    """The right answer with its JSON changed."""
    return lambda _request, response: json_answer(change(json.loads(response.get_data())), response.status_code)


def json_answer(body: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(body), status, content_type="application/json")
