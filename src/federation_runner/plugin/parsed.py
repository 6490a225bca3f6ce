"""The settings of one offering, made up of what the agent's core hands over."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.load import parse
from federation_runner.settings.model import OfferingSettings


def only_offering(document: Mapping[str, Any]) -> OfferingSettings:
    """The one offering of *document*, whose mistakes are told by where they stand in it: which one it is, core tells.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    try:
        (found,) = parse(document, os.environ, Path.cwd()).offerings
    except ConfigurationError as error:
        prefix = "offerings[0]."
        raise ConfigurationError(
            *(attrs.evolve(one, path=one.path.removeprefix(prefix)) for one in error.findings)
        ) from None
    return found
