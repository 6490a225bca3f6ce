"""What B's refusal means, in the words that Waldur really uses."""

import pytest
from tests.strategies.builders import a_order_id, b_resource_id

from federation_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unauthorised, Unsupported
from federation_core.domain.ids import Side
from federation_core.domain.orders.refusals import Refusal, judge
from federation_core.domain.plan.actions.orders import SubmitLimits, SubmitRestore, SubmitTerminate

LOOK_AGAIN, OPERATOR, CONTENT = Refusal
LIMITS = SubmitLimits(a_order_id(), b_resource_id(), {})
TERMINATE = SubmitTerminate(a_order_id(), b_resource_id())
RESTORE = SubmitRestore(a_order_id(), b_resource_id())

TEXTS = {
    # what is over soon
    "Pending order for resource already exists.": ((), LOOK_AGAIN),
    "Impossible to create update orders with limits set to exactly the same.": ((), LOOK_AGAIN),
    "limits: Impossible to create update orders with limits set to exactly the same.": (("limits",), LOOK_AGAIN),
    "Project Snow depth already has a resource with waldur_federation_resource 0af3.": ((), LOOK_AGAIN),
    # what an operator has to mend
    "offering: Offering is not available.": (("offering",), OPERATOR),
    "offering: Its quota of resources is exceeded.": (("offering",), OPERATOR),
    "plan: Its quota of resources is exceeded.": (("plan",), OPERATOR),
    "project: Its quota of resources is exceeded.": (("project",), OPERATOR),
    "accepting_terms_of_service: The quota of refusals is exceeded.": (("accepting_terms_of_service",), OPERATOR),
    "Offering is not available.": ((), OPERATOR),
    "plan: Plan is required when creating resources.": (("plan",), OPERATOR),
    "Plan is required when creating resources.": ((), OPERATOR),
    "plan: This plan is not available for selected offering.": (("plan",), OPERATOR),
    "This offering is not available for ordering.": ((), OPERATOR),
    "This offering is not available for ordering due to the org group limitation.": ((), OPERATOR),
    "Terms of service for offering 'HPC' have not been accepted.": ((), OPERATOR),
    "accepting_terms_of_service: This field is required.": (("accepting_terms_of_service",), OPERATOR),
    "Cannot create orders for terminated projects.": ((), OPERATOR),
    "project: Invalid hyperlink - Object does not exist.": (("project",), OPERATOR),
    "Blocked organization is not available.": ((), OPERATOR),
    "Archived organization is not available.": ((), OPERATOR),
    "Project 'Snow depth' is expired.": ((), OPERATOR),
    "Project 'Climate update' is expired.": ((), OPERATOR),
    'Offering "HPC" is not allowed in organization "Glaciers".': ((), OPERATOR),
    'Offering "Unlimited team storage" is not allowed in organization "Glaciers".': ((), OPERATOR),
    "attributes.waldur_federation_resource: Not a valid choice.": (("attributes",), OPERATOR),
    "JSON parse error - Expecting value": ((), OPERATOR),
    "": ((), OPERATOR),
    "Something never seen before.": ((), OPERATOR),
    "The resource cannot be updated.": ((), OPERATOR),
    # what the user has to hear
    "limits: The limit for gpu is above the maximum of 10.": (("limits",), CONTENT),
    "limits.gpu: A valid integer is required.": (("limits",), CONTENT),
    "Following components are not supported by the offering: quantum.": ((), CONTENT),
    "attributes.end_date: The date is in the past.": (("attributes.end_date",), CONTENT),
    "attributes.name: Ensure this field has no more than 150 characters.": (("attributes.name",), CONTENT),
    "attributes: image: This field is required.": (("attributes",), CONTENT),
    "start_date: Start date must be in the future.": (("start_date",), CONTENT),
    "end_date: The date is in the past.": (("end_date",), CONTENT),
    "name: Ensure this field has no more than 150 characters.": (("name",), CONTENT),
    "Project Snow depth has reached the maximum number of resources for this offering.": ((), CONTENT),
    "Project Snow depth already has a resource with storage_type Archive.": ((), CONTENT),
    "The project must have at least 3 team members.": ((), CONTENT),
    "The project has no member with the required role PI.": ((), CONTENT),
    "Quota storage is exceeded.": ((), CONTENT),
}


@pytest.mark.parametrize(("text", "fields", "meaning"), [(text, *row) for text, row in TEXTS.items()], ids=TEXTS)
def test_a_declined_request_is_judged_by_its_words(text, fields, meaning):
    assert judge(Invalid(Side.B, "order.create", text, fields=fields), LIMITS) is meaning


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        (Conflict, LOOK_AGAIN),
        (Unauthorised, OPERATOR),
        (Forbidden, OPERATOR),
        (NotFound, OPERATOR),
        (Unsupported, OPERATOR),
        (Refused, OPERATOR),
    ],
)
@pytest.mark.parametrize("action", [LIMITS, TERMINATE], ids=["limits", "terminate"])
def test_other_refusals_are_judged_by_their_kind_whatever_they_say(kind, meaning, action):
    assert judge(kind(Side.B, "order.create", "limits team quota"), action) is meaning


@pytest.mark.parametrize("kind", [Conflict, Forbidden, NotFound, Unsupported, Refused, Invalid])
def test_a_restore_that_b_refuses_is_the_user_s_to_hear(kind):
    assert judge(kind(Side.B, "order.restore", "Something never seen before."), RESTORE) is CONTENT


def test_a_restore_with_a_token_that_is_not_accepted_is_the_operator_s():
    assert judge(Unauthorised(Side.B, "order.restore"), RESTORE) is OPERATOR


@pytest.mark.parametrize("name", ["'above the limits of quota'", '"team members"', "'maximum number of resources'"])
def test_names_that_people_chose_decide_nothing(name):
    assert judge(Invalid(Side.B, "order.create", f"Project {name} is frozen."), LIMITS) is OPERATOR
