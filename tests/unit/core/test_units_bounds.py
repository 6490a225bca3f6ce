import time

import pytest

from federation_core.domain.units import exact


@pytest.mark.parametrize("text", ["0." + "9" * 1_000_000, "9" * 201, " " * 10 + "1." + "0" * 200])
def test_what_takes_too_long_to_write_is_no_number_and_costs_no_time(text):
    began = time.thread_time()
    assert exact(text) is None
    assert time.thread_time() - began < 1
