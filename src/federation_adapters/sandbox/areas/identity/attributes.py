"""Reading a person's attributes out of a request body."""

import re

from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.scalars import show_date
from federation_adapters.sandbox.entities import JsonObject
from federation_adapters.sandbox.exceptions import field_error
from federation_adapters.sandbox.settings import PERSONAL_ATTRIBUTES

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_GENDERS = frozenset({"male", "female", "unknown"})
_LONGEST_TEXT = 4000


def read_attributes(body: JsonObject) -> JsonObject:
    """Return the attributes that the body has, each as it is stored.

    Raises:
        ApiError: 400 that blames the first attribute of the wrong kind.
    """
    return {name: _read(body, name, kind) for name, kind in PERSONAL_ATTRIBUTES.items() if name in body}


def _read(body: JsonObject, name: str, kind: str) -> object:
    if kind == "texts":
        return list(inputs.texts(body, name))
    if kind == "date":
        return show_date(inputs.day(body, name))
    if kind == "number":
        return _number(body, name)
    if kind == "gender" and body[name] is None:
        return None
    value = inputs.text(body, name, longest=_LONGEST_TEXT)
    if kind == "gender" and value not in _GENDERS:
        raise field_error(name, f'"{value}" is not a valid choice.')
    if kind == "email" and value and not _EMAIL.fullmatch(value):
        raise field_error(name, "Enter a valid email address.")
    return value


def _number(body: JsonObject, name: str) -> int | None:
    value = body[name]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise field_error(name, "A valid integer is required.")
    return value
