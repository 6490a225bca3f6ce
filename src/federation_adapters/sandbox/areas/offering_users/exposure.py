"""Which attributes of its users an offering shows: the offering's own choice, or the default."""

from collections.abc import Callable

from federation_adapters.sandbox.areas.users.fields import attribute_of
from federation_adapters.sandbox.entities import Offering, User
from federation_adapters.sandbox.settings import PERSONAL_ATTRIBUTES

_GRANTED_WITH = {"first_name": "full_name", "last_name": "full_name"}
EXPOSABLE = (
    "username",
    "full_name",
    "email",
    "job_title",
    "registration_method",
    "active_isds",
    *(name for name in PERSONAL_ATTRIBUTES if name not in {"email", *_GRANTED_WITH}),
)
"""Attributes that an offering can choose to show."""
DEFAULT = frozenset({"username", "full_name", "email"})

_OWN: dict[str, Callable[[User], object]] = {
    "username": lambda u: u.username,
    "full_name": lambda u: u.full_name,
    "job_title": lambda _: "",
    "registration_method": lambda u: u.registration_method,
    "active_isds": lambda u: list(u.active_isds),
}
SHOWN = (*EXPOSABLE, *_GRANTED_WITH)
"""Attributes that a row may carry; first and last name come with the full name."""


def exposed(offering: Offering) -> frozenset[str]:
    """Return what the offering shows of its users."""
    return DEFAULT if offering.exposed_attributes is None else offering.exposed_attributes


def shows(offering: Offering, name: str) -> bool:
    """Tell whether the offering shows an attribute of its users."""
    return _GRANTED_WITH.get(name, name) in exposed(offering)


def value_of(user: User, name: str) -> object:
    """Return an attribute as rows show it."""
    own = _OWN.get(name)
    return own(user) if own else attribute_of(user, name)
