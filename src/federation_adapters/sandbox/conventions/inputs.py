"""Reading single values out of a request body, with the server's own complaints."""

from collections.abc import Mapping
from datetime import date

from federation_adapters.sandbox.conventions.scalars import parse_date
from federation_adapters.sandbox.entities import JsonObject, Number
from federation_adapters.sandbox.exceptions import field_error

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
