"""Words that stand in operators' files and on other people's servers: a release may add to them, and change none."""

import pytest

from federation_core.application import configure
from federation_core.domain import callers
from federation_core.domain.errors import VERDICTS, Disposition, PlaneError
from federation_core.domain.fields import usernames
from federation_core.domain.orders import attributes
from federation_core.domain.plan.actions.fields import ProjectField
from federation_core.domain.storage.paths import MountPointSource


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LIMIT_ROUNDINGS", {"ceil", "floor", "half_up"}),
        ("USAGE_ATTRIBUTIONS", {"sum", "max", "mean", "primary"}),
        ("SHARED_USAGES", {"split", "primary"}),
        ("USAGE_CORRECTIONS", {"accept", "hold", "omit"}),
        ("END_DATE_WAYS", {"a_to_b", "b_to_a", "bidirectional", "disabled"}),
        ("LIMIT_WAYS", {"b_to_a", "disabled"}),
        ("MEMBERSHIP_POLICIES", {"owned", "exact", "add-only"}),
        ("MATCH_FIELDS", {"cuid", "email", "username"}),
        ("RESOLVE_METHODS", {"identity_bridge", "remote_eduteams", "user_field"}),
        ("NOT_FOUND_ACTIONS", {"warn", "fail"}),
        ("ORPHAN_POLICIES", {"report", "terminate"}),
    ],
)
def test_what_operators_write_means_something_in_every_release(name, words):
    assert words <= set(getattr(configure, name))


def test_what_is_carried_of_a_project_has_the_names_of_waldur_s_api():
    names = {"description", "oecd_fos_2007_code", "is_industry", "science_sub_domain", "end_date"}
    assert {field.value for field in ProjectField} == names


def test_where_a_mount_point_comes_from_is_said_in_the_same_words():
    assert {source.value for source in MountPointSource} == {"generated", "backend_id"}


def test_accounts_of_an_offering_have_the_states_of_waldur_s_api():
    assert sorted(usernames.NAMED) == ["Creating", "Error creating", "OK", "Requested"]
    assert sorted(usernames.WAITING) == ["Pending account linking", "Pending additional validation"]
    assert sorted(usernames.LEAVING) == ["Deleted", "Deleting", "Error deleting", "Requested deletion"]


def test_what_logs_and_json_say_is_searched_for_by_the_same_words():
    assert [one.value for one in Disposition] == ["stop", "again-after", "parked", "broken"]
    assert VERDICTS[PlaneError] == "failed"
    assert (callers.UNKNOWN_CALLER, callers.DEVELOPER) == ("unknown_user", "dev_user")


def test_marks_on_b_are_found_again_by_every_release():
    marks = (attributes.RESOURCE_MARK, attributes.OFFERING_MARK, attributes.ORDER_MARK)
    assert marks == ("waldur_federation_resource", "waldur_federation_offering", "waldur_federation_order")
