"""What may stand in the agent's file for us, in the form that its core checks settings by.

Core only warns where a schema refuses something, and then goes on; so these say the same as the backend's constructor, which
raises it.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self

from pydantic import create_model, model_validator
from waldur_site_agent.common.plugin_schemas import PluginBackendSettingsSchema, PluginComponentSchema
from waldur_site_agent.common.structures import BackendComponent

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.keys import KEYS, Level
from federation_runner.settings.load import judge_backend
from federation_runner.settings.proxy import judge_storage_backend
from federation_runner.settings.proxy_keys import PROXY_KEYS, ProxyLevel

Judge = Callable[[Mapping[str, Any], Mapping[str, str], Path], None]


def _settings_schema(title: str, judge: Judge, names: Iterable[str]) -> Any:  # noqa: ANN401 - a class
    """A schema that asks the reader which all other forms of this software use."""

    class Judged(PluginBackendSettingsSchema):  # type: ignore[misc]  # the agent has no types
        @model_validator(mode="after")
        def _judge(self) -> Self:
            try:
                judge(self.model_dump(exclude_unset=True), os.environ, Path.cwd())
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
            return self

    return create_model(title, __base__=Judged, **_optional(*names))


def _of_level(title: str, level: Level) -> Any:  # noqa: ANN401 - a class
    return _settings_schema(title, partial(judge_backend, level=level), KEYS[level])


def _component_schema(title: str, level: Level) -> Any:  # noqa: ANN401 - a class
    return create_model(
        title, __base__=PluginComponentSchema, **_optional(*(KEYS[level].keys() - BackendComponent.model_fields.keys()))
    )


def _optional(*names: str) -> Any:  # noqa: ANN401 - what pydantic takes as fields
    return dict.fromkeys(names, (Any, None))


SettingsSchema = _of_level("SettingsSchema", Level.BACKEND)
"""The keys of ``backend_settings`` of a federation."""

ComputeSettingsSchema = _of_level("ComputeSettingsSchema", Level.COMPUTE)
StorageSettingsSchema = _of_level("StorageSettingsSchema", Level.STORAGE)
"""The same where a warehouse meters."""

StorageProxySettingsSchema = _settings_schema(
    "StorageProxySettingsSchema", judge_storage_backend, PROXY_KEYS[ProxyLevel.BACKEND]
)
"""The same of a storage system."""

ComponentSchema = _component_schema("ComponentSchema", Level.COMPONENT)
MeteredComponentSchema = _component_schema("MeteredComponentSchema", Level.METERED)
StorageProxyComponentSchema = create_model("StorageProxyComponentSchema", __base__=PluginComponentSchema)
"""The keys of a component beside those that belong to the agent's core."""
