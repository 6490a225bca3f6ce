"""The kinds of value a key may have: how each is read, and how a wrong one is explained.

A reader gets a value as YAML gave it and returns the value to use or raises `Unfit`. No explanation repeats a value: it may be a
secret that stands in the wrong place. Where the official agent takes a number or a truth value as text, so do these.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from federation_core.domain.units import exact
from federation_runner.settings import texts
from federation_runner.settings.texts import Surroundings, Unfit, shape

_TRUTHS = MappingProxyType(
    dict.fromkeys(("true", "yes", "on", "t", "y", "1"), True)
    | dict.fromkeys(("false", "no", "off", "f", "n", "0"), False)
)

Reader = Callable[[object, Surroundings], Any]


@attrs.frozen
class Kind:
    """One kind of value.

    Attributes:
        words: describe it, in the reference page and in fixes.
        secret: whether a value must never be shown.
        nullable: whether a key without a value has its default.
    """

    words: str
    read: Reader
    secret: bool = False
    nullable: bool = True


def _optional(read: Reader) -> Reader:
    def reading(value: object, around: Surroundings) -> Any:  # noqa: ANN401 - as `read`
        return "" if isinstance(value, str) and not value.strip() else read(value, around)

    return reading


def _truth(value: object, around: Surroundings) -> bool:
    word = texts.referable(value, around).strip().lower() if _is_written(value) else str(value).lower()
    if not isinstance(value, bool | int | str) or word not in _TRUTHS:
        raise Unfit(f"{shape(value)} where a truth value is expected", "write true or false")
    return _TRUTHS[word]


def _is_written(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int | Decimal) and not isinstance(value, bool))


def _number(value: object, around: Surroundings) -> Fraction:
    given = texts.referable(value, around) if isinstance(value, str) else value
    found = exact(given)
    if found is None:
        is_number = isinstance(given, Decimal | float)
        cause = "a number that is not finite, or is too long" if is_number else f"{shape(value)}, not a number"
        raise Unfit(cause, "write an ordinary number")
    return found


def number(least: float, most: float, *, open_: bool = False) -> Kind:
    """A number from *least* (left out if *open_*) to *most*."""
    words = f"number above {least:g}, at most {most:g}" if open_ else f"number from {least:g} to {most:g}"

    def read(value: object, around: Surroundings) -> float:
        found = _number(value, around)
        if not (least < found if open_ else least <= found) or found > most:
            raise Unfit("a number that is out of range", f"write a {words}")
        return float(found)

    return Kind(words, read)


def whole(least: int, most: int) -> Kind:
    """A whole number from *least* to *most*."""
    words = f"whole number from {least} to {most}"

    def read(value: object, around: Surroundings) -> int:
        found = _number(value, around)
        if found.denominator != 1 or not least <= found <= most:
            raise Unfit("a number that is not whole, or out of range", f"write a {words}")
        return int(found)

    return Kind(words, read)


def one_of(*allowed: str) -> Kind:
    """One of some words; case does not matter where all of them are upper case."""
    words = "one of " + ", ".join(f"`{word}`" if word else "empty" for word in allowed)
    upper = all(word.isupper() for word in allowed)
    fix = f"use one of: {', '.join(filter(None, allowed))}"

    def read(value: object, around: Surroundings) -> str:
        if not isinstance(value, str):
            raise Unfit(f"{shape(value)} that is not a known word", fix)
        text = texts.referable(value, around).strip()
        text = text.upper() if upper else text
        if text not in allowed:
            raise Unfit(f"{shape(value)} that is not a known word", fix)
        return text

    return Kind(words, read)


def _factor(value: object, around: Surroundings) -> Fraction:
    fix = "write a number such as 5 or 0.25"
    try:
        found = _number(value, around)
    except Unfit as error:
        raise Unfit(error.cause, fix) from None
    if found <= 0:
        raise Unfit("a number that is not above zero", fix)
    return found


def _texts(value: object, around: Surroundings) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise Unfit(f"{shape(value)} where a list of texts is expected", "write a list, such as [one, two]")
    return tuple(texts.name(item, around) for item in value)


def _uuids(value: object, around: Surroundings) -> tuple[UUID, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise Unfit(f"{shape(value)} where a list of UUIDs is expected", "write a list of UUIDs, one per line")
    return tuple(texts.uuid(item, around) for item in value)


def _words_to_words(value: object, around: Surroundings) -> Mapping[str, str]:
    pairs = _mapping(value, around)
    return MappingProxyType({texts.name(key, around): texts.name(item, around) for key, item in pairs.items()})


def _mapping(value: object, _around: Surroundings) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise Unfit(f"{shape(value)} where a mapping is expected", "write keys and values, indented below the key")
    return value


def _list(value: object, _around: Surroundings) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise Unfit(f"{shape(value)} where a list of offerings is expected", "write at least one entry")
    return value


def _zone(value: object, around: Surroundings) -> str:
    text = texts.filled(value, around)
    try:
        if text != "UTC":  # which needs no database of zones
            ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit("a text that names no time zone", "use an IANA name such as Europe/Tallinn") from None
    return text


def _anything(value: object, _around: Surroundings) -> object:
    return value


TEXT = Kind("text", _optional(texts.referable))
NAME = Kind("text, taken as it is", texts.name)
LABEL = Kind("text, taken as it is, may be empty", texts.plain)
SECRET = Kind("secret: text or reference", _optional(texts.filled), secret=True)
TOKEN = Kind("secret: text or reference", _optional(texts.token), secret=True)
DSN = Kind("secret: URL with http or https, or empty", _optional(texts.dsn), secret=True)
FILE = Kind("path of a file", _optional(texts.existing_file))
UUID_KIND = Kind("UUID, either spelling", texts.uuid)
OPTIONAL_UUID = Kind("UUID, either spelling, or empty", _optional(texts.uuid))
URL = Kind("URL with http or https", texts.url)
OPTIONAL_URL = Kind("URL with http or https, or empty", _optional(texts.url))
TRUTH = Kind("`true` or `false`", _truth)
TEXTS = Kind("list of texts", _texts)
UUIDS = Kind("list of UUIDs, either spelling", _uuids)
WORDS_TO_WORDS = Kind("mapping of texts", _words_to_words)
MAPPING = Kind("mapping", _mapping)
OFFERINGS = Kind("list of offerings", _list)
ZONE = Kind("IANA time zone", _zone)
FACTOR = Kind("number above 0, exactly as written", _factor, nullable=False)
OPTIONAL_FACTOR = Kind("number above 0, exactly as written, or nothing", _factor)
PROXY = Kind("URL with http, socks5, socks5h, socks4 or socks4a, or empty", _optional(texts.proxy), secret=True)
ANYTHING = Kind("anything", _anything)
