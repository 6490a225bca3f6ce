"""What may stand in the agent's file for us, in the form that its core checks settings by.

Core only warns where a schema refuses something, and then goes on; so these say the same as the backend's constructor, which
raises it.
"""

import os
from pathlib import Path
from typing import Any, Self

from pydantic import create_model, model_validator
from waldur_site_agent.common.plugin_schemas import PluginBackendSettingsSchema, PluginComponentSchema
from waldur_site_agent.common.structures import BackendComponent

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.keys import KEYS, Level
from federation_runner.settings.load import judge_backend


class _Settings(PluginBackendSettingsSchema):  # type: ignore[misc]  # the agent has no types
    """Settings of B, judged by the reader that all other forms of this software use."""

    @model_validator(mode="after")
    def _judge(self) -> Self:
        try:
            judge_backend(self.model_dump(exclude_unset=True), os.environ, Path.cwd())
        except ConfigurationError as error:
            raise ValueError(str(error)) from None
        return self


def _optional(*names: str) -> Any:  # noqa: ANN401 - what pydantic takes as fields
    return dict.fromkeys(names, (Any, None))


SettingsSchema = create_model("SettingsSchema", __base__=_Settings, **_optional(*KEYS[Level.BACKEND]))
"""The keys of ``backend_settings``."""

ComponentSchema = create_model(
    "ComponentSchema",
    __base__=PluginComponentSchema,
    **_optional(*(KEYS[Level.COMPONENT].keys() - BackendComponent.model_fields.keys())),
)
"""The keys of a component beside those that belong to the agent's core."""
