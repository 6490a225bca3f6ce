"""Reading the file: YAML with numbers as written, without doubled keys, and with its mistakes located.

A YAML library quotes what it could not read, and that may be half a token; no such quotation leaves this module.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import Any, Self

import yaml

from federation_core.domain.errors import ConfigurationError, Finding

MAX_BYTES = 4 * 1024 * 1024
"""A settings file is not longer; a device file would never end."""

MOST_NODES = 250_000
"""Keys and values of a file, counted as often as aliases repeat them: a few lines of aliases can stand for billions."""

DEEPEST = 100
"""Levels of nesting; what goes on for ever is refused long before the interpreter's own end."""

_LONGEST_NUMBER = 100
_SPECIAL = {".inf": "Infinity", "+.inf": "Infinity", "-.inf": "-Infinity", ".nan": "NaN"}
_QUOTED = re.compile(r"'(?!<)[^']{3,}'|\"[^\"]{3,}\"")


class Written(int):
    """A whole number that remembers how it was written: a UUID or a token of digits alone may begin with zeros."""

    text: str

    @classmethod
    def of(cls, number: int, text: str) -> Self:
        """The number, with its text."""
        made = cls(number)
        made.text = text
        return made


class _Twice(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping; its text names the key, which is not a value."""


class _Overgrown(yaml.constructor.ConstructorError):
    """Values are nested deeper, or aliases stand for more, than any settings need, or for what they are part of."""


class _Loader(yaml.SafeLoader):
    """A safe loader that keeps numbers as written and refuses a key that stands twice in one mapping, and what is out of hand."""

    _level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._level += 1
        if parent is not None and self._level > DEEPEST:
            raise _Overgrown(None, None, f"nested deeper than {DEEPEST} levels", parent.start_mark)
        node = super().compose_node(parent, index)
        self._level -= 1
        return node

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            _weigh(node, {})
        return node


def _weigh(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes there would be if no alias were one.

    Raises:
        _Overgrown: too many, or without end.
    """
    if id(node) in known:
        weight = known[id(node)]
    else:
        known[id(node)] = MOST_NODES + 1  # until it is known, so that what contains itself is too much
        weight = 1 + sum(_weigh(part, known) for part in _parts(node))
        known[id(node)] = weight
    if weight > MOST_NODES:
        raise _Overgrown(None, None, "too many values, or aliases that stand for too many", node.start_mark)
    return weight


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from chain.from_iterable(node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    written = str(loader.construct_scalar(node))
    text = written.replace("_", "").lower()
    try:
        return Decimal(_SPECIAL.get(text, text))
    except InvalidOperation:
        return written


def _whole(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    written = str(loader.construct_scalar(node))
    if len(written) > _LONGEST_NUMBER:
        return written  # numbers with colons would take for ever
    try:
        return Written.of(loader.construct_yaml_int(node), written)
    except (ValueError, IndexError):
        return written  # only tagged as a number


def _as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> dict[Any, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise _Twice(None, None, f"the key {name[:40]!r} stands twice", key.start_mark)
        seen.add(name)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_document(path: Path, *, begins_with: str = "offerings") -> dict[Any, Any]:
    """The content of the file: numbers with a point as `Decimal`, whole ones as `Written`.

    Args:
        path: the file.
        begins_with: the key that is told to whoever has none.

    Raises:
        ConfigurationError: the file cannot be read, or is not one YAML mapping.
    """
    content = _parsed(_text_of(path), str(path))
    if content is None:
        raise _mistake(str(path), "the file is empty", f"begin with the key {begins_with}:")
    if not isinstance(content, dict):
        cause = f"a {type(content).__name__} where a mapping is expected"
        raise _mistake(str(path), cause, f"begin with the key {begins_with}:")
    return content


def _text_of(path: Path) -> str:
    where = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _mistake(where, f"the file is longer than {MAX_BYTES} bytes", "name a settings file")
        return content.decode()
    except FileNotFoundError:
        raise _mistake(where, "there is no such file", "name the settings with --config") from None
    except UnicodeDecodeError:
        raise _mistake(where, "the file is not UTF-8 text", "save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise _mistake(where, f"the file cannot be read ({reason})", "name a readable file") from None


def _parsed(text: str, where: str) -> object:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of our own
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark is not None else where
        problem = error.problem or error.context or "it cannot be read"
        told = problem if isinstance(error, _Twice) else _QUOTED.sub("'…'", problem)
        raise _mistake(place, f"not valid YAML: {told}", "correct the line") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = f"{where}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        raise _mistake(place, "not valid YAML: a character that is not allowed", "remove it") from None
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _mistake(where, "not valid YAML", "check tags, nesting and long numbers") from None


def _mistake(path: str, cause: str, fix: str) -> ConfigurationError:
    return ConfigurationError(Finding(path, cause, fix))
