"""Whatever the served description allows to be asked, and much of what it does not, is answered as it says."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.specs.openapi.checks import negative_data_rejection
from tests.scenario.storage import LISTING, STATUS, proxied

FEW = hypothesis.settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
FIT, UNFIT = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
UNKNOWN_IS_IGNORED = [negative_data_rejection]
"""A parameter that is not described is no mistake; those that are have tests of their own."""


@pytest.fixture(scope="module")
def p():
    with proxied(resources=20) as found:
        found.listed()
        yield found


@pytest.fixture(scope="module")
def described(p):
    return schemathesis.openapi.from_dict(p.get("/openapi.json", token="").json())


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        (LISTING, FIT),
        (LISTING, UNFIT),
        (STATUS, FIT),
        (STATUS, UNFIT),
        ("/healthz", FIT),
        ("/readyz", FIT),
        ("/version", FIT),
    ],
)
def test_every_answer_is_as_it_is_described(p, described, path, mode):
    headers = {"Authorization": f"Bearer {p.realm.mint()}"}
    excluded = UNKNOWN_IS_IGNORED if mode is UNFIT else []

    @FEW
    @hypothesis.given(case=described[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(base_url=p.url, headers=headers, excluded_checks=excluded)

    ask()
