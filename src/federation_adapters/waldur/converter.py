"""The converter from Waldur's JSON to wire types, with every choice it makes.

* Keys that are not read are ignored: servers grow fields.
* Nothing is coerced: a number is no text, a text no truth value. The only exceptions are Waldur's own: amounts come as number or
  text, UUIDs in either spelling.
* A time without a zone is UTC.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, TypeVar
from uuid import UUID

import cattrs
from cattrs.errors import StructureHandlerNotFoundError

from federation_core.domain.ids import parse_uuid
from federation_core.domain.units import exact

T = TypeVar("T")
MOST_NAMED = 3


class Misshapen(ValueError):
    """JSON that is not of the form agreed; the text names the paths."""


def structure(value: object, kind: type[T]) -> T:
    """Read *value* as *kind*.

    Raises:
        Misshapen: with the first few paths that do not fit.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except (cattrs.BaseValidationError, StructureHandlerNotFoundError, ValueError, TypeError, KeyError) as error:
        lines = cattrs.transform_error(error, path="$", format_exception=_reason)
        shown = "; ".join(lines[:MOST_NAMED]) + ("; …" if len(lines) > MOST_NAMED else "")
        raise Misshapen(shown) from None


def _reason(error: BaseException, _kind: type | None) -> str:
    """Why a value does not fit, without the value: it may be anybody's personal data."""
    match error:
        case KeyError():
            return f"{error.args[0]} is missing"
        case _Unfit():
            return str(error)
        case _:
            return "not of the expected form"


class _Unfit(ValueError):
    """A value is not of the kind expected."""


def _unfit(value: object, wanted: str) -> _Unfit:
    return _Unfit(f"{type(value).__name__} where {wanted} is expected")


def _text(value: object, _kind: object) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "text")
    return value


def _truth(value: object, _kind: object) -> bool:
    if not isinstance(value, bool):
        raise _unfit(value, "true or false")
    return value


def _uuid(value: object, _kind: object) -> UUID:
    found = parse_uuid(value)
    if found is None:
        raise _unfit(value, "a UUID")
    return found


def _amount(value: object, _kind: object) -> Fraction:
    found = exact(value)
    if found is None:
        raise _unfit(value, "a number")
    return found


def _time(value: object, _kind: object) -> datetime:
    try:
        found = datetime.fromisoformat(_text(value, str))
    except ValueError:
        raise _unfit(value, "a time in ISO 8601") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _date(value: object, _kind: object) -> date:
    try:
        return date.fromisoformat(_text(value, str))
    except ValueError:
        raise _unfit(value, "a date as YYYY-MM-DD") from None


def _mapping(value: object, _kind: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _unfit(value, "an object")
    return value


def _amounts(value: object, _kind: object) -> Mapping[str, Fraction]:
    return {key: _amount(item, Fraction) for key, item in _mapping(value, dict).items() if item is not None}


def _build() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=True, forbid_extra_keys=False)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(UUID, _uuid)
    converter.register_structure_hook(Fraction, _amount)
    converter.register_structure_hook(datetime, _time)
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _mapping)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Fraction], _amounts)
    return converter


_CONVERTER = _build()
