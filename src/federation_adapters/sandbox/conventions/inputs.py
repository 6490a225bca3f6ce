"""Reading single values out of a request body, with the server's own complaints."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from federation_adapters.sandbox.conventions.scalars import parse_date, parse_moment
from federation_adapters.sandbox.entities import JsonObject, Number
from federation_adapters.sandbox.exceptions import ApiError, field_error

ItemT = TypeVar("ItemT")

REQUIRED = "This field is required."
NOT_NULL = "This field may not be null."
NOT_OBJECT = 'Expected a dictionary of items but got type "{}".'


def text(body: JsonObject, key: str, *, default: str | None = None, longest: int = 255, blank: bool = True) -> str:
    """Return the text under *key*; without it, *default*.

    Raises:
        ApiError: 400 when missing without default, null, not text, too long, or (unless *blank*) empty.
    """
    if key not in body:
        if default is None:
            raise field_error(key, REQUIRED)
        return default
    value = body[key]
    if value is None:
        raise field_error(key, NOT_NULL)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise field_error(key, "Not a valid string.")
    shown = str(value)
    if not blank and not shown.strip():
        raise field_error(key, "This field may not be blank.")
    if len(shown) > longest:
        raise field_error(key, f"Ensure this field has no more than {longest} characters.")
    return shown


def mapping(body: JsonObject, key: str, *, required: bool = False) -> JsonObject:
    """Return the JSON object under *key*; empty without it.

    Raises:
        ApiError: 400 when missing but required, or not an object.
    """
    if key not in body:
        if required:
            raise field_error(key, REQUIRED)
        return {}
    value = body[key]
    if not isinstance(value, dict):
        raise field_error(key, NOT_OBJECT.format(type(value).__name__))
    return dict(value)


def day(body: JsonObject, key: str) -> date | None:
    """Return the date under *key*; None for null, empty or missing.

    Raises:
        ApiError: 400 for anything but `YYYY-MM-DD`.
    """
    value = body.get(key)
    if value in (None, ""):
        return None
    parsed = parse_date(value)
    if parsed is None:
        raise field_error(key, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
    return parsed


def moment(body: JsonObject, key: str) -> datetime | None:
    """Return the moment under *key* (midnight in UTC for a bare date); None for null or missing.

    Raises:
        ApiError: 400 for anything else.
    """
    value = body.get(key)
    if value is None:
        return None
    parsed = parse_moment(value)
    if parsed is None:
        raise field_error(key, "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss].")
    return parsed


def texts(body: JsonObject, key: str) -> tuple[str, ...]:
    """Return the list of texts under *key*; empty without it.

    Raises:
        ApiError: 400 for anything but a list of texts.
    """
    value = body.get(key, [])
    if not isinstance(value, list):
        raise field_error(key, f'Expected a list of items but got type "{type(value).__name__}".')
    if not all(isinstance(item, str) for item in value):
        raise field_error(key, "Not a valid string.")
    return tuple(value)


def word(body: JsonObject, key: str, choices: Iterable[str], *, default: str | None = None) -> str:
    """Return the text under *key*, which is one of *choices*; without it, *default*.

    Raises:
        ApiError: 400 when missing without default, or another text.
    """
    chosen = text(body, key, default=default)
    if chosen not in choices and chosen != default:
        raise field_error(key, f'"{chosen}" is not a valid choice.')
    return chosen


def items(body: JsonObject, key: str, *, may_be_empty: bool = True) -> list[JsonObject]:
    """Return the list of objects under *key*.

    Raises:
        ApiError: 400 when missing, not a list, empty where that is refused, or holding anything but objects.
    """
    if key not in body:
        raise field_error(key, REQUIRED)
    value = body[key]
    if not isinstance(value, list):
        raise field_error(
            key, {"non_field_errors": [f'Expected a list of items but got type "{type(value).__name__}".']}
        )
    if not value and not may_be_empty:
        raise field_error(key, {"non_field_errors": ["This list may not be empty."]})
    for item in value:
        if not isinstance(item, dict):
            text = f"Invalid data. Expected a dictionary, but got {type(item).__name__}."
            raise field_error(key, [{"non_field_errors": [text]}])
    return value


def each(body: JsonObject, key: str, read: Callable[[JsonObject], ItemT], *, may_be_empty: bool = True) -> list[ItemT]:
    """Return what *read* makes of every object in the list under *key*.

    Raises:
        ApiError: 400 with one entry per object, empty for those that were fit.
    """
    done: list[ItemT] = []
    problems: list[object] = []
    for item in items(body, key, may_be_empty=may_be_empty):
        try:
            done.append(read(item))
            problems.append({})
        except ApiError as problem:
            problems.append(problem.body)
    if any(problems):
        raise field_error(key, problems)
    return done


def amount(body: JsonObject, key: str) -> Decimal:
    """Return the decimal number under *key*: at most 20 digits, two of them after the point; the sign is free.

    Raises:
        ApiError: 400 when missing, null, no finite number, or too long.
    """
    if key not in body:
        raise field_error(key, REQUIRED)
    value = body[key]
    if value is None:
        raise field_error(key, NOT_NULL)
    number = _decimal(value)
    if number is None:
        raise field_error(key, "A valid number is required.")
    places = max(0, -int(number.as_tuple().exponent))
    if places > _PLACES:
        raise field_error(key, f"Ensure that there are no more than {_PLACES} decimal places.")
    whole = max(0, number.adjusted() + 1)
    if whole + places > _DIGITS:
        raise field_error(key, f"Ensure that there are no more than {_DIGITS} digits in total.")
    if whole > _DIGITS - _PLACES:
        text = f"Ensure that there are no more than {_DIGITS - _PLACES} digits before the decimal point."
        raise field_error(key, text)
    return number.quantize(Decimal("0.01"))


_DIGITS = 20
_PLACES = 2


def _decimal(value: object) -> Decimal | None:
    """Return a finite number or numeric text as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def flag(body: JsonObject, key: str, *, default: bool | None = None) -> bool:
    """Return the boolean under *key*; without it, *default*.

    Raises:
        ApiError: 400 when missing without default, or not a boolean.
    """
    value = body.get(key, default)
    if value is None:
        raise field_error(key, REQUIRED)
    if not isinstance(value, bool):
        raise field_error(key, "Must be a valid boolean.")
    return value


def amounts(limits: Mapping[str, object], *, fractions: bool) -> dict[str, Number]:
    """Return component type -> amount >= 0; whole numbers as integers.

    Raises:
        ApiError: 400 for what is not a number, negative, or a fraction where *fractions* are not accepted.
    """
    parsed: dict[str, Number] = {}
    for key, value in limits.items():
        amount = _number(value)
        if amount is None:
            raise field_error("limits", {key: ["A valid number is required." if fractions else _NOT_WHOLE]})
        if not fractions and not isinstance(amount, int):
            raise field_error("limits", {key: [_NOT_WHOLE]})
        if amount < 0:
            raise field_error("limits", {key: ["Ensure this value is greater than or equal to 0."]})
        parsed[key] = amount
    return parsed


_NOT_WHOLE = "A valid integer is required."


def _number(value: object) -> Number | None:
    """Return a number or numeric text as the smallest fitting type."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value) if isinstance(value, float | str) else float("nan")
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 -- NaN is the only such number
        return None
    return int(number) if number.is_integer() else number
