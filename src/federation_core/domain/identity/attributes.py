"""A person's attributes in the form that an identity bridge takes.

| attribute | as A may show it | as B takes it |
| --- | --- | --- |
| `gender` | 0, 1, 2, 9 (ISO 5218), or a word | ``male``, ``female``, ``unknown``, or null |
| `birth_date` | a date, or a time | a date, or null |
| `affiliations`, `nationalities`, `eduperson_assurance` | a list, or one text | a list of texts |
| `uid_number`, `primary_gid` | a number, or its digits | a whole number, or null |
| any other | a text, or a number | a text |
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from types import MappingProxyType

from federation_core.domain.people import Profile

_GENDERS = MappingProxyType(
    {"0": "unknown", "1": "male", "2": "female", "9": "unknown"}
    | {word: word for word in ("male", "female", "unknown")}
)
_DATE_LENGTH = len("2000-01-01")


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _gender(value: object) -> str | None:
    return _GENDERS.get(_text(value).lower())


def _day(value: object) -> str | None:
    try:
        return date.fromisoformat(_text(value)[:_DATE_LENGTH]).isoformat()
    except ValueError:
        return None


def _texts(value: object) -> list[str]:
    given = value if isinstance(value, list | tuple) else [value]
    return [text for item in given if (text := _text(item))]


def _whole(value: object) -> int | None:
    digits = _text(value)
    return int(digits) if digits.isascii() and digits.isdecimal() else None


_FORMS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {
        "gender": _gender,
        "birth_date": _day,
        "affiliations": _texts,
        "nationalities": _texts,
        "eduperson_assurance": _texts,
        "uid_number": _whole,
        "primary_gid": _whole,
    }
)


def in_form(name: str, value: object) -> object:
    """*value* as B takes it; what cannot be brought into the form is empty."""
    return _FORMS.get(name, _text)(value)


def to_tell(profile: Profile, allowed: Collection[str]) -> Profile:
    """What B may be told of what A exposes, in B's form, by name."""
    return {name: in_form(name, profile[name]) for name in sorted(profile) if name in allowed}


def is_empty(value: object) -> bool:
    """Whether there is nothing to tell."""
    return value in ("", None, [])


def differing(told: Profile, shown: Profile) -> tuple[str, ...]:
    """The attributes that B shows otherwise; one that B does not show differs in nothing that can be seen."""
    return tuple(name for name, value in told.items() if name in shown and not _is_same(name, value, shown[name]))


def _is_same(name: str, told: object, shown: object) -> bool:
    return _comparable(told) == _comparable(in_form(name, shown))


def _comparable(value: object) -> object:
    """Case does not matter in an address, nor order in a list; comparing all texts so costs a change of case only."""
    match value:
        case str():
            return value.casefold()
        case list():
            return sorted({str(item).casefold() for item in value})
        case _:
            return value
