from datetime import UTC, datetime
from fractions import Fraction
from types import SimpleNamespace
from uuid import uuid4

import pytest
from waldur_api_client.models import OrderDetails, Resource, ResourceLimits, ResourceState
from waldur_api_client.types import UNSET

from federation_adapters.site_agent import models
from federation_core.domain.errors import UnexpectedShape

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def details(**changes):
    shown = {
        "uuid": uuid4().hex,
        "type": "Update",
        "state": "executing",
        "created": NOW.isoformat(),
        "marketplace_resource_uuid": uuid4().hex,
        "project_uuid": uuid4().hex,
        "customer_uuid": uuid4().hex,
        "project_name": "Glaciers",
        "limits": {"node_hours": 7.5},
        "attributes": {"name": "x"},
    }
    return OrderDetails.from_dict({**shown, **changes})


class TestOrders:
    def test_everything_comes_over(self):
        shown = details(order_subtype="plan_switch", plan_name="Small", new_plan_name="Large", backend_id="b")
        order = models.order(shown)
        assert (order.type, order.state, order.created) == ("Update", "executing", NOW)
        assert (order.subtype, order.plan_name, order.backend_id) == ("plan_switch", "Large", "b")
        assert (order.limits, order.attributes) == ({"node_hours": Fraction(15, 2)}, {"name": "x"})
        assert order.project.name == "Glaciers"

    def test_what_is_unset_is_empty(self):
        order = models.order(details())
        assert (order.subtype, order.plan_name, order.backend_id, order.reviewed_at) == ("", "", "", None)

    def test_an_order_without_a_resource_is_none(self):
        shown = details()
        shown.marketplace_resource_uuid = UNSET
        with pytest.raises(UnexpectedShape, match="marketplace_resource_uuid"):
            models.order(shown)

    @pytest.mark.parametrize(
        ("changes", "is_ours"),
        [
            ({}, False),
            ({"limits": {}, "new_plan_name": "Large"}, True),
            ({"order_subtype": "update_options"}, True),
            ({"order_subtype": "update_limits"}, False),
            ({"type": "Create"}, False),
            ({"type": "Terminate", "limits": {}}, False),
        ],
    )
    def test_what_core_would_wave_through_is_left_to_us(self, changes, is_ours):
        assert models.is_left_to_us(models.order(details(**changes))) is is_ours


class TestResources:
    def test_a_resource_of_a_list_has_what_was_asked_for(self):
        shown = Resource(
            uuid=uuid4(), name="climate", state=ResourceState.OK, limits=ResourceLimits.from_dict({"node_hours": 3})
        )
        found = models.resource(shown)
        assert (found.name, found.state, found.backend_id) == ("climate", "OK", "")
        assert found.limits == {"node_hours": 3}

    def test_the_order_in_progress_shows_only_where_it_is_of_the_kind(self):
        shown = Resource(order_in_progress=details(type="Create"))
        assert models.order_under_way(shown, ("Create", "Restore")) is not None
        assert models.order_under_way(shown, ("Terminate",)) is None
        assert models.order_under_way(Resource(), ("Create",)) is None

    def test_limits_that_are_no_numbers_are_none(self):
        assert models.limits({"a": None, "b": "x", "c": 2}) == {"c": 2}

    def test_plain_mappings_are_taken_too(self):
        assert models.mapping(SimpleNamespace(attributes={"a": 1}), "attributes") == {"a": 1}
        assert models.mapping(SimpleNamespace(attributes="odd"), "attributes") == {}
