"""Cycles of the official agent's core as processes of their own, forked from one that has imported everything.

Arguments: the mode, and the file of settings.
"""

import ssl
from pathlib import Path

import yaml
from tests.plugin.harness import LOOPS, configured, trust
from tests.zygote import serve


def run(arguments):
    mode, path = arguments
    found = configured(yaml.safe_load(Path(path).read_text()), mode)
    LOOPS[mode]._process_offerings(found, {})  # noqa: SLF001 - what the command line runs each time


if __name__ == "__main__":
    ssl.create_default_context = trust  # type: ignore[assignment]  # the same for every purpose
    serve(run)
