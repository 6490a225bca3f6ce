import copy
import inspect
import pickle

import pytest

from federation_core.application.outcome import kind_of
from federation_core.domain import errors
from federation_core.domain.errors import Disposition, Finding, Invalid, PlaneError, Throttled, TimedOut
from federation_core.domain.ids import Side

CLASSES = [
    value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, errors.FederationError)
]
PLANE_CLASSES = [kind for kind in CLASSES if issubclass(kind, PlaneError)]

DISPOSITIONS = {
    Disposition.STOP: ["ConfigurationError", "MappingError", "BadFactor", "UnknownComponent", "AmbiguousMapping"],
    Disposition.AGAIN_AFTER: ["Transient", "Unreachable", "TimedOut", "Throttled", "ServerFault"],
    Disposition.PARKED: ["Refused", "Unauthorised", "Forbidden", "NotFound", "Unsupported", "Conflict", "Invalid"],
    Disposition.BROKEN: [
        "FederationError", "RuleError", "PlaneError", "Unintelligible", "UnexpectedShape", "UnknownWord",
        "OversizedAnswer",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_class_asks_for_what_the_tree_says(kind):
    assert kind.__name__ in DISPOSITIONS[kind.disposition]


def test_the_tree_has_no_other_classes():
    assert sorted(name for names in DISPOSITIONS.values() for name in names) == sorted(
        kind.__name__ for kind in CLASSES
    )


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_class_is_in_the_tree_of_the_module_s_text(kind):
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("words", ["no such plan", "no such plan."])
def test_advice_follows_the_servers_words_without_their_full_stop(words):
    error = Invalid(Side.B, "order.create", words, 400)
    error.advice = "look at target_plan"
    assert str(error).endswith("(400): no such plan; look at target_plan")


def test_every_failure_of_a_call_has_words():
    assert set(errors.VERDICTS) == set(PLANE_CLASSES)
    assert len(set(errors.VERDICTS.values())) == len(PLANE_CLASSES)


@pytest.mark.parametrize("kind", PLANE_CLASSES, ids=lambda kind: kind.__name__)
def test_each_failure_reads_as_a_sentence(kind):
    text = str(kind(Side.B, "order.create", "no such plan", 400))
    assert text == f"B order.create {errors.VERDICTS[kind]} (400): no such plan"


@pytest.mark.parametrize("kind", PLANE_CLASSES, ids=lambda kind: kind.__name__)
def test_no_failure_reads_like_code(kind):
    text = str(kind(Side.A, "order.approve"))
    for noise in ("<", ">", "Side", "(None", "()", "'", "\n"):
        assert noise not in text


def test_a_failure_without_answer_has_no_status():
    assert str(TimedOut(Side.A, "order.approve")) == "A order.approve timed out"


@pytest.mark.parametrize("kind", PLANE_CLASSES, ids=lambda kind: kind.__name__)
def test_a_failure_survives_being_copied_and_sent_between_processes(kind):
    error = kind(Side.B, "order.create", "no such plan", 400)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert (twin.side, twin.operation, twin.detail, twin.status) == (Side.B, "order.create", "no such plan", 400)


def test_the_server_s_words_are_cut():
    error = errors.ServerFault(Side.B, "order.create", "x" * 5_000, 500)
    assert len(error.detail) == errors.MAX_DETAIL == 2_000
    assert len(str(error)) < 2_100
    assert len(repr(error)) < 2_200


def test_an_invalid_request_names_fields_and_is_a_400():
    error = Invalid(Side.B, "order.create", "limits: too much", fields=["limits"])
    assert (error.fields, error.status) == (("limits",), 400)
    assert pickle.loads(pickle.dumps(error)).fields == ("limits",)  # noqa: S301 - our own bytes
    assert Invalid(Side.B, "order.create").fields == ()


def test_an_invalid_request_without_words_is_told_without_any():
    assert str(Invalid(Side.A, "order.create")) == "A order.create was refused as invalid (400)"


def test_throttling_says_nothing_of_when_unless_told():
    assert Throttled(Side.B, "order.create").retry_after is None


FINDING = Finding("offerings[0].target", "'x' is no UUID", "write the offering's UUID")


def test_a_finding_reads_as_place_cause_and_remedy():
    assert str(FINDING) == "offerings[0].target: 'x' is no UUID; write the offering's UUID"


def test_a_configuration_error_keeps_every_finding():
    other = Finding("a", "b", "c")
    error = errors.BadFactor(FINDING, other)
    assert error.findings == (FINDING, other)
    assert str(error) == f"{FINDING}\n{other}"
    assert sorted([FINDING, other]) == [other, FINDING]


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        (Disposition.STOP, "parked"),
        (Disposition.AGAIN_AFTER, "again-after"),
        (Disposition.PARKED, "parked"),
        (Disposition.BROKEN, "broken"),
    ],
)
def test_a_disposition_means_one_way_to_leave_a_cycle(disposition, kind):
    assert kind_of(disposition).value == kind
