"""Secrets out of what is shown for debugging, at any depth."""

from collections.abc import Mapping

WORDS = ("secret", "token", "password", "passwd", "credential", "private_key")
LEFT_OUT = "secret_options"
MASK = "[masked]"
DEEPEST = 100


def masked(value: object, depth: int = 0) -> object:
    """*value* with the value of each key masked whose name speaks of a secret; `LEFT_OUT` is not shown at all.

    What is nested deeper than `DEEPEST` is masked whole.
    """
    if depth > DEEPEST:
        return MASK
    match value:
        case Mapping():
            return {
                str(key): MASK if _is_secret(str(key)) else masked(item, depth + 1)
                for key, item in value.items()
                if key != LEFT_OUT
            }
        case list() | tuple():
            return [masked(item, depth + 1) for item in value]
        case _:
            return value


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in WORDS)
