"""Keeping secrets and query strings out of texts that people and logs get to see."""

import logging
import re
from collections.abc import Callable, Iterable

_URL = re.compile(
    r"https?://[^\s\"'<>]+"
)  # nothing after it that could fail: a megabyte of beginnings is searched once
_SHORTEST_SECRET = 6


class Redactor:
    """Replaces known secrets, and the query of every URL, in a text."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        """Ask for the secrets whenever there is a text: some are fetched, and change."""
        self._secrets = secrets

    def __call__(self, text: str) -> str:
        """The text without secrets and queries."""
        for secret in sorted({s for s in self._secrets() if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return without_queries(text)


def without_queries(text: str) -> str:
    """The text with the query of every URL in it cut off."""
    return _URL.sub(_without_query, text)


def _without_query(url: re.Match[str]) -> str:
    path, mark, _ = url[0].partition("?")
    return f"{path}?…" if mark else path


class _QueryFilter(logging.Filter):
    """httpx logs every request's full URL; this cuts the query before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_queries(record.getMessage()), ()
        return True


_FILTER = _QueryFilter()


def quiet_httpx() -> None:
    """Cut query strings from what httpx itself logs; safe to call often."""
    logging.getLogger("httpx").addFilter(_FILTER)
