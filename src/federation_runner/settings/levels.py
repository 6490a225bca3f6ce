"""Reading one level of the file by the table of keys, collecting every mistake."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

import attrs

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings.document import Written
from federation_runner.settings.keys import KEYS, Key, Level, Place, Tables
from federation_runner.settings.texts import Surroundings, Unfit, shape

_WORD = re.compile(r"[\w.-]{1,64}")
_CLOSE = 0.75


def shown(key: object) -> str:
    """A key as it may be shown: by its text if that is a plain word, else by its shape, as it may hold a secret."""
    text = key.text if isinstance(key, Written) else str(key)
    return text if _WORD.fullmatch(text) else f"<{shape(key)}>"


@attrs.define
class Reading:
    """One file being read: what references are resolved with, and the mistakes so far.

    A key that is misspelt, or stands in the wrong place, explains why it is missing where it belongs; `finish` then tells the
    former alone.

    Attributes:
        elsewhere: path -> where its value really stands, if that is not the file.
    """

    around: Surroundings
    tables: Tables = KEYS
    elsewhere: dict[str, str] = attrs.field(factory=dict)
    _findings: list[Finding] = attrs.field(factory=list)
    _missing: dict[Finding, str] = attrs.field(factory=dict)
    _strays: set[tuple[str, str]] = attrs.field(factory=set)

    def wrong(self, path: str, cause: str, fix: str) -> None:
        """Note one mistake."""
        self._findings.append(Finding(path, cause, fix))

    def add(self, error: ConfigurationError) -> None:
        """Note the mistakes that others found."""
        self._findings.extend(error.findings)

    def missing(self, path: str, name: str, fix: str) -> None:
        """Note that the key *name* is missing at *path*, which ends with it."""
        finding = Finding(path, "missing", fix)
        self._findings.append(finding)
        self._missing[finding] = name

    def below(self, path: str) -> tuple[Finding, ...]:
        """The mistakes noted so far at *path* and below it."""
        inner = (f"{path}.", f"{path}[")
        return tuple(f for f in self._findings if f.path == path or f.path.startswith(inner))

    def has_stray(self, path: str, name: str) -> bool:
        """Whether *name*, which belongs into the entry of the file that *path* is in, was met misspelt or misplaced."""
        return not self._strays.isdisjoint({("", name), (_scope(path), name)})

    def level(self, level: Place, content: object, path: str, *, tolerant: bool = False) -> dict[str, Any]:
        """The value of every key of *level*, defaults filled in; what is wrong has its default and is noted.

        Args:
            level: which table to read by.
            content: the mapping.
            path: where it stands.
            tolerant: whether keys that nobody knows are passed over, as another backend may know them.
        """
        keys = self.tables[level]
        if not isinstance(content, Mapping):
            inside = "{factor: 1}" if level is Level.TARGET else "keys and values"
            self.wrong(path or "the file", f"{shape(content)} where a mapping is expected", f"write {inside}")
            return {name: key.default for name, key in keys.items()}
        for name in content:
            if name not in keys:
                self._unknown(level, shown(name), path, tolerant=tolerant)
        return {name: self._value(key, content, _join(path, name)) for name, key in keys.items()}

    def _value(self, key: Key, content: Mapping[Any, Any], where: str) -> Any:  # noqa: ANN401 - of the kind's type
        value = content.get(key.name)
        if value is None:
            if key.required:
                self.missing(where, key.name, f"write it: {key.plain_words}")
            elif key.name in content and not key.kind.nullable:
                self.wrong(where, "nothing after the key", f"write it: {key.plain_words}")
            return key.default
        try:
            return key.kind.read(value, self.around)
        except Unfit as error:
            self.wrong(where, error.cause, error.fix)
            return key.default

    def _unknown(self, level: Place, name: str, path: str, *, tolerant: bool) -> None:
        where = _join(path, name)
        homes = [other.place for other, keys in self.tables.items() if name in keys]
        if homes:
            self.wrong(where, "a known key in the wrong place", f"move it; it belongs in {' or '.join(homes)}")
            self._strays.add((_scope(path), name))
            return
        if tolerant:
            return
        found = _nearest(self.tables, level, name)
        if found is None:
            fix = f"remove it; known here: {', '.join(sorted(self.tables[level]))}"
        else:
            home, close = found
            fix = f"did you mean {close}?" if home is level else f"did you mean {close}, which belongs in {home.place}?"
            self._strays.add((_scope(path), close))
        self.wrong(where, "an unknown key", fix)

    def finish(self) -> None:
        """End the reading.

        Raises:
            ConfigurationError: with every mistake, in the order in which they were met.
        """
        told = [finding for finding in dict.fromkeys(self._findings) if not self._is_explained(finding)]
        if told:
            raise ConfigurationError(*(attrs.evolve(f, path=self.elsewhere.get(f.path, f.path)) for f in told))

    def _is_explained(self, finding: Finding) -> bool:
        name = self._missing.get(finding)
        return name is not None and self.has_stray(finding.path, name)


def _nearest(tables: Tables, level: Place, name: str) -> tuple[Place, str] | None:
    """The known key most like *name*, and its level; of equals the one of *level*."""
    best: tuple[float, bool, Place, str] | None = None
    for home, keys in tables.items():
        for close in difflib.get_close_matches(name, keys, n=1, cutoff=_CLOSE):
            ratio = difflib.SequenceMatcher(None, close, name).ratio()
            if best is None or (ratio, home is level) > best[:2]:
                best = (ratio, home is level, home, close)
    return None if best is None else best[2:]


def _scope(path: str) -> str:
    """The entry of the file that *path* is in, such as ``offerings[0]``; empty at the top level."""
    head = path.partition(".")[0]
    return head if "[" in head else ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
