"""Reading one level of the file by the table of keys, collecting every mistake."""

import difflib
from collections.abc import Mapping
from typing import Any

import attrs

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings.keys import KEYS, Level
from federation_runner.settings.kinds import Surroundings, Unfit, shape


@attrs.define
class Reading:
    """One file being read: what references are resolved with, and the mistakes so far."""

    around: Surroundings
    findings: list[Finding] = attrs.field(factory=list)

    def wrong(self, path: str, cause: str, fix: str) -> None:
        """Note one mistake."""
        self.findings.append(Finding(path, cause, fix))

    def level(self, level: Level, content: object, path: str) -> dict[str, Any]:
        """The value of every key of *level*, defaults filled in; what is wrong has its default and is noted."""
        if not isinstance(content, Mapping):
            self.wrong(path or "the file", f"{shape(content)} where a mapping is expected", "write keys and values")
            return {name: key.default for name, key in KEYS[level].items()}
        for name in content:
            if name not in KEYS[level]:
                self._unknown(level, str(name), path)
        return {name: self._value(level, name, content, path) for name in KEYS[level]}

    def _value(self, level: Level, name: str, content: Mapping[Any, Any], path: str) -> Any:  # noqa: ANN401
        key, where = KEYS[level][name], _join(path, name)
        if name not in content or (content[name] is None and not key.required):
            if key.required:
                self.wrong(where, "missing", f"write a {key.kind.words}")
            return key.default
        try:
            return key.kind.read(content[name], self.around)
        except Unfit as error:
            self.wrong(where, error.cause, error.fix)
            return key.default

    def _unknown(self, level: Level, name: str, path: str) -> None:
        where = _join(path, name)
        homes = [other.value or "the top level" for other, keys in KEYS.items() if other is not level and name in keys]
        if homes:
            self.wrong(where, "a known key in the wrong place", f"move it to {homes[0]}")
            return
        close = difflib.get_close_matches(name, KEYS[level], n=1)
        fix = f"did you mean {close[0]}?" if close else f"remove it; known here: {', '.join(sorted(KEYS[level]))}"
        self.wrong(where, "an unknown key", fix)

    def finish(self) -> None:
        """End the reading.

        Raises:
            ConfigurationError: with every mistake, in the order of their paths.
        """
        if self.findings:
            raise ConfigurationError(*self.findings)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
