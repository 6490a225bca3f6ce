"""Environments with the official agent, made once: with its own plug-in, or with our wheel.

They stay in `.agents`, one for each set of requirements; of our wheel only itself is put in anew when it has changed.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".agents"
PINNED = "1.0.7"
AGENT = "waldur-site-agent"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


@attrs.frozen
class Environment:
    """A place where the agent's commands are.

    Attributes:
        version: of the agent.
    """

    folder: Path
    version: str

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def command(self, name: str) -> Path:
        return self.folder / "bin" / name


def incumbent(plugin: str = "waldur") -> Environment:
    """The agent with a plug-in of its own."""
    return _made(f"{AGENT}=={PINNED}", f"{AGENT}-{plugin}=={PINNED}")


def ours(version: str = PINNED) -> Environment:
    """The agent with our wheel."""
    with _locked("wheel"):
        wheel, digest = _wheel()
    made = _made(f"{AGENT}=={version}", *_needed_by(wheel))
    with _locked(made.folder.name):
        mark = made.folder / "wheel.sha256"
        if not mark.exists() or mark.read_text() != digest:
            _install(made.python, "--no-deps", "--force-reinstall", str(wheel))
            mark.write_text(digest)
    return made


def newest() -> str:
    """The newest release of the agent that the package index has."""
    report = _said(
        sys.executable, *PIP, "install", "--dry-run", "--no-deps", "--ignore-installed", "--report", "-", AGENT
    )
    (found,) = json.loads(report)["install"]
    return str(found["metadata"]["version"])


def _made(*requirements: str) -> Environment:
    version = requirements[0].partition("==")[2]
    folder = HOME / f"{version}-{_digest(*sorted(requirements), sys.version)[:12]}"
    with _locked(folder.name):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder)
            _install(folder / "bin/python", *requirements)
            (folder / "complete").touch()
    return Environment(folder, version)


def _make(folder: Path) -> None:
    if shutil.which("uv"):
        _said("uv", "venv", "--quiet", "--python", sys.executable, str(folder))
    else:
        _said(sys.executable, "-m", "venv", str(folder))


def _install(python: Path, *words: str) -> None:
    if shutil.which("uv"):
        _said("uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *words)
    else:
        _said(str(python), *PIP, "install", *words)


def _wheel() -> tuple[Path, str]:
    """Our wheel as the sources stand, and what they are known by."""
    sources = sorted(path for path in (ROOT / "src").rglob("*.py"))
    digest = _digest((ROOT / "pyproject.toml").read_text(), *(path.read_text() for path in sources))
    folder = HOME / "wheels" / digest[:12]
    if not list(folder.glob("*.whl")):
        _said(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel, digest


def _needed_by(wheel: Path) -> Sequence[str]:
    """What the plain install needs, as its metadata say it."""
    said = _said(sys.executable, "-c", _READ_METADATA, str(wheel))
    return [line for line in json.loads(said) if "extra ==" not in line]


_READ_METADATA = """
import json, sys, zipfile
from email.parser import Parser
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith('.dist-info/METADATA'))
    print(json.dumps(Parser().parsestr(wheel.read(name).decode()).get_all('Requires-Dist')))
"""


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@contextmanager
def _locked(name: str):
    """Nobody else of this machine is inside for *name*."""
    HOME.mkdir(exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
