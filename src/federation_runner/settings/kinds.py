"""The kinds of value a key may have: how each is read, and how a wrong one is explained.

A reader gets a value as YAML gave it, numbers with a point as exact decimals, and returns the value to use or raises `Unfit`. No
explanation repeats a value: it may be a secret that stands in the wrong place.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from federation_core.domain.ids import parse_uuid

_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PREFIXED = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


class Unfit(Exception):
    """A value is not of its key's kind; *cause* says what it is, *fix* what to write."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix


@attrs.frozen
class Surroundings:
    """What references in values are resolved with."""

    environ: Mapping[str, str]
    folder: Path


Reader = Callable[[object, Surroundings], Any]


@attrs.frozen
class Kind:
    """One kind of value; *words* describe it in the reference page and in fixes."""

    words: str
    read: Reader


def shape(value: object) -> str:
    """What a value looks like, without showing it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a truth value"
        case int() | Decimal() | float():
            return "a number"
        case str():
            return "an empty text" if not value.strip() else f"a text of {len(value)} characters"
        case Mapping():
            return f"a mapping of {len(value)} keys"
        case list() | tuple():
            return f"a list of {len(value)} items"
        case _:
            return f"a {type(value).__name__}"


def _text(value: object, around: Surroundings) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unfit(f"{shape(value)} where a text is expected", "write a text, in quotes if it has special characters")
    return _resolve(str(value), around)


def _resolve(text: str, around: Surroundings) -> str:
    """Follow ``${NAME}``, ``env:NAME`` and ``file:PATH``; any other text stands for itself."""
    named = _BRACED.fullmatch(text) or _PREFIXED.fullmatch(text)
    if named is not None:
        name = named.group(1)
        if not around.environ.get(name):
            raise Unfit(f"environment variable {name} is not set", f"set {name}, or write the value itself")
        return around.environ[name]
    if text.startswith("file:"):
        return _from_file(around.folder / text.removeprefix("file:"))
    return text


def _from_file(path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        raise Unfit(f"the file {path} cannot be read as text", "name a readable file after 'file:'") from None
    if not content:
        raise Unfit(f"the file {path} is empty", "put the value into it, alone on one line")
    return content


def _filled(value: object, around: Surroundings) -> str:
    text = _text(value, around).strip()
    if not text:
        raise Unfit("an empty text", "write a value")
    return text


def _uuid(value: object, around: Surroundings) -> Any:  # noqa: ANN401 - a reader's result has its kind's type
    found = parse_uuid(_filled(value, around))
    if found is None:
        raise Unfit(f"{shape(value)} that is no UUID", "write 32 hex digits, with or without dashes")
    return found


def _url(value: object, around: Surroundings) -> str:
    text = _filled(value, around)
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise Unfit("a text that is no URL", "write it as https://host/api/") from None
    if not fits:
        cause = "a URL without a scheme" if "://" not in text else "a URL whose scheme or host is not usable"
        raise Unfit(cause, "write it as https://host/api/")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Unfit("a URL with credentials, query or fragment", "write scheme, host and path alone")
    return text


def _optional(read: Reader) -> Reader:
    def reading(value: object, around: Surroundings) -> Any:  # noqa: ANN401 - as `read`
        return "" if value is None or value == "" else read(value, around)

    return reading


def _truth(value: object, _around: Surroundings) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"{shape(value)} where a truth value is expected", "write true or false")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise Unfit(f"{shape(value)} where a number is expected", "write a number, without quotes")
    number = float(value)
    if not math.isfinite(number):
        raise Unfit("a number that is not finite", "write an ordinary number")
    return number


def number(least: float, most: float, *, open_: bool = False) -> Kind:
    """A number from *least* (left out if *open_*) to *most*."""
    words = f"number > {least:g}, ≤ {most:g}" if open_ else f"number from {least:g} to {most:g}"

    def read(value: object, _around: Surroundings) -> float:
        found = _number(value)
        if not (least < found if open_ else least <= found) or found > most:
            raise Unfit(f"{found:g} is out of range", f"write a {words}")
        return found

    return Kind(words, read)


def whole(least: int, most: int) -> Kind:
    """A whole number from *least* to *most*."""
    words = f"whole number from {least} to {most}"

    def read(value: object, _around: Surroundings) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Unfit(f"{shape(value)} where a {words} is expected", f"write a {words}")
        return value

    return Kind(words, read)


def one_of(*allowed: str) -> Kind:
    """One of some words; case does not matter where all of them are upper case."""
    words = " \\| ".join(f"`{word}`" if word else "empty" for word in allowed)
    upper = all(word.isupper() for word in allowed)

    def read(value: object, around: Surroundings) -> str:
        text = _text(value, around)
        text = text.upper() if upper else text
        if text not in allowed:
            raise Unfit(f"{shape(value)} that is not a known word", f"use one of: {', '.join(filter(None, allowed))}")
        return text

    return Kind(words, read)


def _texts(value: object, around: Surroundings) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Unfit(f"{shape(value)} where a list of texts is expected", "write a list, such as [one, two]")
    return tuple(_filled(item, around) for item in value)


def _words_to_words(value: object, around: Surroundings) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise Unfit(f"{shape(value)} where a mapping is expected", "write keys and values, such as {A: B}")
    return {_filled(key, around): _filled(item, around) for key, item in value.items()}


def _mapping(value: object, _around: Surroundings) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unfit(f"{shape(value)} where a mapping is expected", "write keys and values, indented below the key")
    return value


def _zone(value: object, around: Surroundings) -> str:
    text = _filled(value, around)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit("a text that names no time zone", "use an IANA name such as Europe/Tallinn") from None
    return text


def _anything(value: object, _around: Surroundings) -> object:
    return value


TEXT = Kind("text", _optional(_text))
FILLED = Kind("text, not empty", _filled)
SECRET = Kind("text, `${NAME}`, `env:NAME` or `file:PATH`", _optional(_filled))
UUID_KIND = Kind("UUID, either spelling", _uuid)
OPTIONAL_UUID = Kind("UUID, either spelling, or empty", _optional(_uuid))
URL = Kind("URL with http or https", _url)
OPTIONAL_URL = Kind("URL with http or https, or empty", _optional(_url))
TRUTH = Kind("`true` \\| `false`", _truth)
TEXTS = Kind("list of texts", _texts)
WORDS_TO_WORDS = Kind("mapping of texts", _words_to_words)
MAPPING = Kind("mapping", _mapping)
ZONE = Kind("IANA time zone", _zone)
FACTOR = Kind("number > 0, exactly as written", _anything)
ANYTHING = Kind("anything", _anything)
