"""The converter from Waldur's JSON to wire types, with every choice it makes.

* Keys that are not read are ignored: servers grow fields.
* Nothing is coerced: a number is no text, a text no truth value and no list. The only exceptions are Waldur's own: amounts come as
  number or text, UUIDs in either spelling, a person's attributes as text, number or list.
* A time without a zone is UTC. The first and the last year of the calendar are refused: they leave no room to count from.
"""

from collections.abc import Callable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from fractions import Fraction
from types import GenericAlias
from typing import Any, TypeVar, get_args, get_origin
from uuid import UUID

import attrs
import cattrs
from cattrs.errors import StructureHandlerNotFoundError
from cattrs.gen import make_dict_structure_fn

from federation_adapters.waldur.wire import Personal
from federation_core.domain.ids import parse_uuid
from federation_core.domain.units import exact

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
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
    if found.year in {MINYEAR, MAXYEAR}:
        raise _unfit(value, "a time of this age")
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


def _personal(value: object, _kind: object) -> Personal:
    """A person's attribute as it came; a truth value or an object is none."""
    if value is None or (isinstance(value, str | int | list) and not isinstance(value, bool)):
        return value
    raise _unfit(value, "text, a number or a list")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _unfit(value, "a list")
    return value


def _object_hook(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401 - cattrs hands types over as values
    """Read an attrs class, from an object only: Python would find no key in a text, and take all defaults."""
    read = make_dict_structure_fn(kind, converter)
    return lambda value, wanted: read(_mapping(value, dict), wanted)


def _tuple_hook(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401 - as above
    """Read a tuple of one kind, from a list only: Python would take a text for its letters and an object for its keys."""
    items: Any = GenericAlias(list, get_args(kind)[:1])
    read = converter.get_structure_hook(items)
    return lambda value, _: tuple(read(_list(value), items))


def _is_tuple(kind: object) -> bool:
    return get_origin(kind) is tuple


def _build() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=True, forbid_extra_keys=False)
    converter.register_structure_hook_factory(attrs.has, lambda kind: _object_hook(kind, converter))
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _tuple_hook(kind, converter))
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(UUID, _uuid)
    converter.register_structure_hook(Fraction, _amount)
    converter.register_structure_hook(datetime, _time)
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Any], _mapping)
    converter.register_structure_hook_func(lambda kind: kind == Personal, _personal)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Fraction], _amounts)
    return converter


_CONVERTER = _build()
