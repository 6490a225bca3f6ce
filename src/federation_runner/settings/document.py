"""Reading the file: YAML with exact decimals, without doubled keys, and with its mistakes located."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from federation_core.domain.errors import ConfigurationError, Finding

_SPECIAL = {".inf": "Infinity", "+.inf": "Infinity", "-.inf": "-Infinity", ".nan": "NaN"}


class _Loader(yaml.SafeLoader):
    """A safe loader that keeps decimals exact and refuses a key that stands twice in one mapping."""


def _decimal(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    text = str(node.value).replace("_", "").lower()
    try:
        return Decimal(_SPECIAL.get(text, text))
    except InvalidOperation:
        return str(node.value)


def _as_text(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} stands twice", key.start_mark)
        seen.add(name)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_document(path: Path) -> dict[Any, Any]:
    """The content of the file, numbers with a point as `Decimal`.

    Raises:
        ConfigurationError: the file cannot be read, or is not one YAML mapping.
    """
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _mistake(where, "there is no such file", "name the settings with --config") from None
    except UnicodeDecodeError:
        raise _mistake(where, "the file is not UTF-8 text", "save it as UTF-8") from None
    except OSError as error:
        raise _mistake(where, f"the file cannot be read ({error.strerror})", "name a readable file") from None
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of our own
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark is not None else where
        raise _mistake(place, f"not valid YAML: {error.problem or error.context}", "correct the line") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _mistake(where, "not valid YAML", "check it with a YAML checker") from None
    if content is None:
        raise _mistake(where, "the file is empty", "write at least one entry under offerings")
    if not isinstance(content, dict):
        raise _mistake(
            where, f"a {type(content).__name__} where a mapping is expected", "begin with the key offerings:"
        )
    return content


def _mistake(path: str, cause: str, fix: str) -> ConfigurationError:
    return ConfigurationError(Finding(path, cause, fix))
