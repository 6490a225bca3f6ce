"""Resources with the fields that are kept alike, on both sides."""

from datetime import date, timedelta

import attrs
from hypothesis import strategies as st
from tests.strategies import builders, scenes

DAYS = (None, date(2025, 3, 30), date(2025, 3, 31), date(2025, 6, 30), date(2026, 6, 30))
days = st.sampled_from(DAYS)
moments = st.none() | st.sampled_from([1, 2, 3, 48]).map(lambda hours: builders.NOW - timedelta(hours=hours))


@st.composite
def a_resources(draw, number=1):
    return attrs.evolve(
        draw(scenes.a_resources(number)),
        limits=draw(scenes.limits_on_a),
        effective_id=draw(st.sampled_from([None, "", "alloc", "alloc-1"])),
        end_date=draw(days),
        end_dated_at=draw(moments),
        paused=draw(st.booleans()),
    )


@st.composite
def b_resources(draw, number=1):
    return attrs.evolve(
        draw(scenes.b_resources(number)),
        backend_id=draw(st.sampled_from(["", "alloc-1", "x" * 256])),
        effective_id=draw(st.sampled_from(["", "", "alloc"])),
        end_date=draw(days),
        end_dated_at=draw(moments),
        paused=draw(st.booleans()),
    )
