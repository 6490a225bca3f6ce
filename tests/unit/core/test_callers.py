import pytest

from federation_core.domain.callers import Caller, NotAuthenticated, NotPermitted, require_roles
from federation_core.domain.errors import Disposition

ANNA = Caller("anna", frozenset({"reader", "operator"}))
NOBODY = Caller("bert")


@pytest.mark.parametrize(
    ("caller", "wanted"), [(ANNA, []), (NOBODY, ()), (ANNA, ["reader"]), (ANNA, {"admin", "operator"})]
)
def test_one_role_of_those_wanted_is_enough(caller, wanted):
    require_roles(caller, wanted)


@pytest.mark.parametrize(("caller", "wanted"), [(NOBODY, ["b", "a"]), (ANNA, ["b", "a"]), (ANNA, ["Reader"])])
def test_without_one_nobody_is_let_in_and_the_roles_are_named(caller, wanted):
    with pytest.raises(NotPermitted) as refused:
        require_roles(caller, wanted)
    assert str(refused.value) == f"The token has none of the roles that may do this: {', '.join(sorted(wanted))}."


@pytest.mark.parametrize("error", [NotAuthenticated, NotPermitted])
def test_not_being_let_in_is_nothing_to_try_again(error):
    assert error("why").disposition is Disposition.PARKED
