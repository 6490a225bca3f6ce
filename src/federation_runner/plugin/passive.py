"""What a backend that makes, changes and ends nothing answers to the many questions of core's."""

from collections.abc import Mapping
from typing import Any, NoReturn

from waldur_api_client.models import Resource
from waldur_site_agent.backend.backends import BaseBackend
from waldur_site_agent.backend.structures import BackendResourceInfo

from federation_adapters.site_agent import answers


class PassiveBackend(BaseBackend):  # type: ignore[misc]  # the agent has no types
    """Refuses what it does not do, with a reason; lists nothing.

    Attributes:
        purpose: what it does instead, as a sentence for whoever ordered the impossible.
    """

    purpose = ""

    def _unsupported(self, *_arguments: object, **_options: object) -> NoReturn:
        raise answers.Unsupported(f"{self.backend_type} {self.purpose}")

    create_resource = create_resource_with_id = set_resource_limits = delete_resource = _unsupported
    add_user = remove_user = add_users_to_resource = remove_users_from_resource = _unsupported
    pause_resource = downscale_resource = restore_resource = _unsupported
    set_resource_user_limits = _unsupported
    _pre_create_resource = _collect_resource_limits = _unsupported

    def recreate_missing_resource(self, waldur_resource: Resource) -> bool:
        """No: nothing is made here."""
        del waldur_resource
        return False

    def list_resources(self) -> list[BackendResourceInfo]:
        """None that could be imported."""
        return []

    def list_components(self) -> list[str]:
        """The components that the file names."""
        return sorted(self.backend_components)

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, str]:
        """None."""
        del resource_backend_id
        return {}

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """None are known."""
        del resource_backend_id
        return {}

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """None."""
        del resource_backend_id
        return {}

    @staticmethod
    def plain(component: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping, or one of the agent's models
        """A component's keys; what the agent's models leave unset is left out."""
        values = component if isinstance(component, Mapping) else component.model_dump(exclude_none=True)
        return {key: value for key, value in values.items() if value is not None}
