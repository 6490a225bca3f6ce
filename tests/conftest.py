"""How much Hypothesis tries: little at the desk, the same every time in CI, a lot at night; and where coverage is looked at.

Choose with ``HYPOTHESIS_PROFILE=nightly`` or ``--hypothesis-profile=nightly``.
"""

import gc
import os
import signal
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, Phase, settings

HERE = Path(__file__).parent
COVER_CORE = (
    "unit/core/", "unit/application/", "unit/settings/", "property/test_mapping_", "contract/",
    "scenario/test_why.py", "scenario/test_check.py",
)  # fmt: skip
"""Tests that together go through all branches of the core: no more than that takes, as measuring halves their speed."""

SLOW_IS_FINE = [HealthCheck.too_slow]

for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup, and behind a shell; what we start would inherit it
        signal.signal(number, usual)

gc.set_threshold(20_000, 50, 100)  # by default random histories spend 7 % of their time looking for garbage

settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.register_profile(
    "ci", max_examples=150, deadline=None, derandomize=True, print_blob=True, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(  # for many runs, in which only the first failure matters
    "mutants",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile("nightly", max_examples=2_000, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_runtest_setup():
    """No collection of garbage calls Python: Hypothesis's clock for it cannot, where a test is at the depth that is refused.

    What such a call raises is nobody's, and would be a failure of that test, about once in a thousand readings of deep JSON.
    """
    gc.callbacks.clear()


def pytest_addoption(parser):
    parser.addoption(
        "--cover-core",
        action="store_true",
        help="look at coverage in those tests only that cover the core: it halves speed",
    )


def pytest_configure(config):
    """In a worker pytest-cov starts a second measurement, which it never pauses nor reads: all tests would take twice as long."""
    if hasattr(config, "workerinput") and (unused := Coverage.current()) is not None:
        unused.stop()


def pytest_collection_modifyitems(config, items):
    if config.getoption("cover_core"):
        for item in items:
            if not item.path.relative_to(HERE).as_posix().startswith(COVER_CORE):
                item.add_marker(pytest.mark.no_cover)
