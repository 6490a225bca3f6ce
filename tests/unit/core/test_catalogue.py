import pytest
from tests.strategies.builders import a_plan, an_offering, b_plan_id

from federation_core.domain.catalogue import Demand, choose_plan
from federation_core.domain.errors import ConfigurationError
from federation_core.domain.units import BComponent, BillingType

STANDARD, LARGE, OLD = a_plan(1, "Standard"), a_plan(2, "Large"), a_plan(3, "Old", active=False)

CHOICES = {
    # name: plans on B, the plan's name on A, target_plan, chosen
    "named as on A": ([STANDARD, LARGE], "Large", "", LARGE),
    "named as on A beats the configured one": ([STANDARD, LARGE], "Large", "Standard", LARGE),
    "configured by name": ([STANDARD, LARGE], "Gold", "Standard", STANDARD),
    "configured by dashed UUID": ([STANDARD, LARGE], "", str(b_plan_id(2)), LARGE),
    "configured by hex UUID": ([STANDARD, LARGE], "", b_plan_id(2).hex, LARGE),
    "configured by UUID in capitals": ([STANDARD, LARGE], "", str(b_plan_id(2)).upper(), LARGE),
    "the only one": ([LARGE], "Gold", "", LARGE),
    "the only active one": ([OLD, LARGE], "Old", "", LARGE),
    "none at all": ([], "Gold", "", None),
    "none active": ([OLD], "Old", "", None),
    "an empty name on A names nothing": ([a_plan(4, "")], "", "", a_plan(4, "")),
}


@pytest.mark.parametrize(("plans", "a_plan_name", "configured", "chosen"), CHOICES.values(), ids=CHOICES)
def test_the_plan_to_order(plans, a_plan_name, configured, chosen):
    assert choose_plan(an_offering(plans=tuple(plans)), a_plan_name, configured) == chosen


UNCHOOSABLE = {
    "several and no clue": ([STANDARD, LARGE], "Gold", "", "'Gold'", "Large, Standard"),
    "several, and A has no plan": ([a_plan(4, ""), LARGE], "", "", "''", ", Large"),
    "the configured one does not exist": ([STANDARD], "Gold", "Silver", "'Silver'", "Standard"),
    "the configured one is retired": ([OLD, LARGE], "", "Old", "'Old'", "Large"),
    "the configured one, where there are none": ([], "", "Silver", "'Silver'", "none"),
}


@pytest.mark.parametrize(("plans", "a_plan_name", "configured", "cause", "fix"), UNCHOOSABLE.values(), ids=UNCHOOSABLE)
def test_a_plan_that_cannot_be_chosen_is_the_operators_to_name(plans, a_plan_name, configured, cause, fix):
    with pytest.raises(ConfigurationError) as raised:
        choose_plan(an_offering(plans=tuple(plans)), a_plan_name, configured)
    (finding,) = raised.value.findings
    assert finding.path == "backend_settings.target_plan"
    assert cause in finding.cause
    assert finding.fix.endswith(fix)


@pytest.mark.parametrize(
    ("state", "demands"),
    [
        ("Active", {Demand.CREATE, Demand.CHANGE, Demand.TERMINATE}),
        ("Paused", {Demand.CHANGE, Demand.TERMINATE}),
        ("Archived", {Demand.TERMINATE}),
        ("Draft", set()),
        ("Unavailable", set()),
        ("", set()),
    ],
)
def test_the_offering_s_state_says_which_orders_it_takes(state, demands):
    assert {demand for demand in Demand if an_offering(state=state).takes(demand)} == demands


def test_only_components_billed_by_limit_take_limits():
    components = {billing.name: billing for billing in BillingType}
    assert an_offering(components=components).limit_components() == {"LIMIT"}
    assert {billing.value for billing in BillingType} == {"fixed", "usage", "limit", "one", "few", ""}


def test_missing_components_are_named_in_order():
    assert an_offering().missing(BComponent(name) for name in ("tape", "zip", "gpu", "arc")) == ("arc", "zip")
    assert an_offering().missing([]) == ()


def test_of_two_plans_of_one_name_every_agent_chooses_the_same():
    plans = (a_plan(2, "Standard"), a_plan(1, "Standard"))
    assert choose_plan(an_offering(plans=plans), "Standard", "") == a_plan(1, "Standard")
