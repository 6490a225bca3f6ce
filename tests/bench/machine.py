"""What a bench has run on."""

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """The machine, in words that name no host."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model.group(1) if model else platform.machine()
    return f"{os.cpu_count()} × {name}, {memory:.0f} GiB, {platform.system()} {platform.release().partition('-')[0]}"
