"""Slugs: short readable names that stay unique among living and soft-deleted objects of one kind."""

import re
import string
import unicodedata
from collections.abc import Mapping
from datetime import datetime

_MAX_LENGTH = 50
_UNFIT = re.compile(r"[^a-z0-9]+")


def slugify(text: str) -> str:
    """Return *text* as lower-case ASCII words joined by dashes; empty when nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNFIT.sub("-", ascii_text.lower()).strip("-")[:_MAX_LENGTH].strip("-")


class SlugRegister:
    """Hands out slugs of one kind of object, each at most once until it is released."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._hints: dict[str, int] = {}

    def claim(self, base: str) -> str:
        """Return *base*, or *base* with the first free number, and keep it taken."""
        slug = base or "item"
        if slug in self._taken:
            number = self._hints.get(slug, 1)
            while f"{slug}-{number}" in self._taken:
                number += 1
            self._hints[slug] = number
            slug = f"{slug}-{number}"
        self._taken.add(slug)
        return slug

    def release(self, slug: str) -> None:
        """Free a slug, as the hard deletion of its owner does."""
        self._taken.discard(slug)
        self._hints.clear()


def project_base(template: str, *, customer_slug: str, name: str, now: datetime, counter: int) -> str:
    """Return the slug a new project asks for, by its customer's template or by name.

    Args:
        template: `project_slug_template` of the customer; empty for none.
        customer_slug: Slug of the customer.
        name: Project name.
        now: Moment of creation, for `{year}` and `{month}`.
        counter: Number of this project within the customer, counting from 1.

    Returns:
        The filled template; the slugified name when there is no template, or it is broken or names a placeholder that
        does not exist.
    """
    plain = slugify(name)
    values = {
        "customer_slug": customer_slug,
        "project_name": plain,
        "year": f"{now:%Y}",
        "month": f"{now:%m}",
        "counter": str(counter),
        "counter_padded": f"{counter:03d}",
    }
    return (_filled(template, values) if template else "") or plain


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Return the slugified template, or nothing when it cannot be filled."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return ""
    if any(name not in values for name in names):
        return ""
    return slugify(template.format_map(values))
