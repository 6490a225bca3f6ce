"""Texts: references that stand for them, and the forms a text may have to have."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import attrs

from federation_core.domain.ids import parse_uuid
from federation_core.domain.words import counted
from federation_runner.settings.document import Written

MAX_FILE_CHARACTERS = 65_536
"""A file that holds one value is not longer; a device file would never end."""
_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PREFIXED = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f${}<>\"\\^`|]")
PROXY_SCHEMES = ("http", "socks5", "socks5h", "socks4", "socks4a")
_FORM = "write it as https://host/api/"


class Unfit(Exception):
    """A value is not of its key's kind; *cause* says what it is, *fix* what to write."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix


@attrs.frozen
class Surroundings:
    """What references in values are resolved with."""

    environ: Mapping[str, str] = attrs.field(repr=False)
    folder: Path


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
            return "an empty text" if not value.strip() else f"a text of {counted(len(value), 'character')}"
        case Mapping():
            return f"a mapping of {counted(len(value), 'key')}"
        case list() | tuple():
            return f"a list of {counted(len(value), 'item')}"
        case _:
            return f"a {type(value).__name__}"


def plain(value: object, _around: Surroundings) -> str:
    """The text as it is written, digits included; references in it are not followed."""
    match value:
        case Written():
            return value.text
        case bool():
            pass
        case str() | int() | Decimal():
            return str(value)
        case _:
            pass
    raise Unfit(f"{shape(value)} where a text is expected", "write a text, in quotes if it has special characters")


def name(value: object, around: Surroundings) -> str:
    """The text as it is written, and not blank."""
    text = plain(value, around).strip()
    if not text:
        raise Unfit("an empty text", "write a value")
    return text


def referable(value: object, around: Surroundings) -> str:
    """The text that ``${NAME}``, ``env:NAME`` or ``file:PATH`` stands for; any other text stands for itself."""
    text = plain(value, around)
    stripped = text.strip()
    named = _BRACED.fullmatch(stripped) or _PREFIXED.fullmatch(stripped)
    if named is not None:
        variable = named.group(1)
        if not around.environ.get(variable, "").strip():
            raise Unfit(
                f"environment variable {variable} is not set, or empty", f"set {variable}, or write the value itself"
            )
        return around.environ[variable]
    if stripped.startswith("file:"):
        return _content(around.folder / stripped.removeprefix("file:"))
    return text


def _content(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            content = file.read(MAX_FILE_CHARACTERS + 1).rstrip("\r\n")
    except (OSError, ValueError):
        raise Unfit("the file named cannot be read as text", "name a readable file after 'file:'") from None
    if not content.strip():
        raise Unfit("the file named is empty", "put the value into it, alone on one line")
    if len(content) > MAX_FILE_CHARACTERS:
        raise Unfit("the file named is too long to hold one value", "put the value into a file of its own")
    return content


def filled(value: object, around: Surroundings) -> str:
    """The text, references followed, and not blank."""
    text = referable(value, around).strip()
    if not text:
        raise Unfit("an empty text", "write a value")
    return text


def token(value: object, around: Surroundings) -> str:
    """The text, fit to stand in a header."""
    text = filled(value, around)
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise Unfit(f"{shape(text)} with spaces, line breaks or characters beyond ASCII", "write the token alone")
    return text


def existing_file(value: object, around: Surroundings) -> str:
    """The path of a file that is there; relative ones start at the settings."""
    path = around.folder / plain(value, around).strip()
    try:
        found = path.is_file()
    except (OSError, ValueError):
        found = False
    if not found:
        raise Unfit("there is no such file", "name an existing file; relative paths start at the settings")
    return str(path)


def uuid(value: object, around: Surroundings) -> UUID:
    """The UUID, read from either spelling."""
    text = filled(value, around)
    found = parse_uuid(text)
    if found is None:
        raise Unfit(f"{shape(text)} that is no UUID", "write 32 hex digits, with or without dashes")
    return found


def url(value: object, around: Surroundings) -> str:
    """The address, with scheme and host, and with nothing in it that belongs elsewhere."""
    text = filled(value, around)
    parts = _split(text)
    if parts.username is not None or parts.password is not None:
        raise Unfit("a URL with credentials in it", "write scheme, host and path; credentials have keys of their own")
    if parts.query or parts.fragment:
        raise Unfit("a URL with a query or fragment", "write scheme, host and path alone")
    return text


def proxy(value: object, around: Surroundings) -> str:
    """The address of a proxy, which may have a user and a password in it."""
    text = filled(value, around)
    fix = "write it with its scheme, such as socks5://localhost:1080"
    scheme, mark, rest = text.partition("://")
    if not mark:
        raise Unfit(f"{shape(text)} with no scheme", fix)
    if scheme not in PROXY_SCHEMES:
        raise Unfit("a URL with a scheme that is none of a proxy", f"use one of: {', '.join(PROXY_SCHEMES)}")
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0 and _NOT_IN_URLS.search(rest) is None
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Unfit("a URL whose host or port is not usable", fix)
    return text


def dsn(value: object, around: Surroundings) -> str:
    """The address, which may have a key in it."""
    text = filled(value, around)
    _split(text)
    return text


def _split(text: str) -> SplitResult:
    if "://" not in text:
        raise Unfit(f"{shape(text)} with no scheme", _FORM)
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0 and _NOT_IN_URLS.search(text) is None
    except ValueError:
        raise Unfit(f"{shape(text)} that is no URL", _FORM) from None
    if parts.scheme not in {"http", "https"}:
        raise Unfit("a URL with another scheme than http or https", _FORM)
    if not is_whole:
        raise Unfit("a URL whose host or path is not usable", _FORM)
    return parts
