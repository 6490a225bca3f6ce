"""How old a picture of Waldur may be before it is looked at again, and whether whoever asks waits for that.

| last looked at in full | last looked at at all | whoever asks | and |
| --- | --- | --- | --- |
| never, or more than twice the life ago | | waits for a full look | |
| more than a life ago | within a life | is answered at once | a full look begins |
| more than a life ago | more than a life ago | waits for a full look | |
| within a life | within the interval | is answered at once | |
| within a life | within a life | is answered at once | changes are looked for |

With an interval of 0, everybody waits for what has changed. What failed is not tried again within the interval, unless somebody has
to wait for it.
"""

import enum

import attrs


class Look(enum.Enum):
    """How much of Waldur is read."""

    CHANGES = "changes"
    ALL = "all"


@attrs.frozen
class Freshness:
    """Seconds.

    Attributes:
        life: after which everything is read again.
        interval: after which changes are looked for; 0 for each time.
    """

    life: float = 30.0
    interval: float = 5.0


@attrs.frozen
class Due:
    """What is to be done.

    Attributes:
        look: None for nothing.
        waits: whether whoever asks has to wait for it.
    """

    look: Look | None = None
    waits: bool = False


def due(
    now: float, read_all: float | None, read: float | None, rules: Freshness, *, failed: float | None = None
) -> Due:
    """What is to be done at *now*, on a clock in seconds.

    Args:
        now: the time.
        read_all: when everything was read last; None for never.
        read: when anything was; None for never.
        rules: how old is too old.
        failed: when a reading failed, if the last one did.
    """
    found = _due(now, read_all, read, rules)
    rests = failed is not None and now - failed <= rules.interval
    return Due() if rests and not found.waits else found


def _due(now: float, read_all: float | None, read: float | None, rules: Freshness) -> Due:
    if read_all is None or read is None or now - read_all > 2 * rules.life:
        return Due(Look.ALL, waits=True)
    if now - read_all > rules.life:
        return Due(Look.ALL, waits=now - read > rules.life)
    if rules.interval == 0:
        return Due(Look.CHANGES, waits=True)
    return Due(Look.CHANGES) if now - read > rules.interval else Due()
