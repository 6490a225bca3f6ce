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


def _settings_schema(title: str, level: Level) -> Any:  # noqa: ANN401 - a class
    """A schema that asks the reader which all other forms of this software use."""

    class Judged(PluginBackendSettingsSchema):  # type: ignore[misc]  # the agent has no types
        @model_validator(mode="after")
        def _judge(self) -> Self:
            try:
                judge_backend(self.model_dump(exclude_unset=True), os.environ, Path.cwd(), level)
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
            return self

    return create_model(title, __base__=Judged, **_optional(*KEYS[level]))


def _component_schema(title: str, level: Level) -> Any:  # noqa: ANN401 - a class
    return create_model(
        title, __base__=PluginComponentSchema, **_optional(*(KEYS[level].keys() - BackendComponent.model_fields.keys()))
    )


def _optional(*names: str) -> Any:  # noqa: ANN401 - what pydantic takes as fields
    return dict.fromkeys(names, (Any, None))


SettingsSchema = _settings_schema("SettingsSchema", Level.BACKEND)
"""The keys of ``backend_settings`` of a federation."""

ComputeSettingsSchema = _settings_schema("ComputeSettingsSchema", Level.COMPUTE)
StorageSettingsSchema = _settings_schema("StorageSettingsSchema", Level.STORAGE)
"""The same where a warehouse meters."""

ComponentSchema = _component_schema("ComponentSchema", Level.COMPONENT)
MeteredComponentSchema = _component_schema("MeteredComponentSchema", Level.METERED)
"""The keys of a component beside those that belong to the agent's core."""
