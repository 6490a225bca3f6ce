"""What is built is what works: the wheel, installed into environments of its own."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ("attrs", "cattrs", "click", "dependency_injector", "httpx", "rich", "tenacity", "werkzeug", "yaml")
NEEDS_THE_AGENT = {"plugin", "site_agent"}
"""Rooms that only the official agent imports; `tests/agent` does so in an environment with it."""

NEEDS_AN_EXTRA = {"hpc_storage", "oidc", "storage_container.py", "asgi.py"}
"""Rooms that only the storage proxy imports."""


def run(*command, **options):
    """Run a program and return its output; a failure shows it."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


PIP = (sys.executable, "-m", "pip")
QUICK = {"PIP_QUIET": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}
"""No module is compiled that nobody imports."""


def environment(folder, *words):
    """A fresh environment with what *words* of an installation name, and nothing else: this one's pip puts it there."""
    venv.create(folder)
    python = folder / "bin/python"
    if words:
        run(*PIP, "--python", python, "install", *words, env={**os.environ, **QUICK})
    return python


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    return environment(tmp_path_factory.mktemp("installed") / "env", wheel)


@pytest.fixture(scope="module")
def core_alone(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("core") / "env"
    environment(folder, "attrs")
    return environment(folder, "--no-deps", wheel)


def lines_of(page, heading):
    """The commands that a page of the manual gives below a heading."""
    text = (ROOT / "docs/how-to" / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    block = text.partition("```sh\n")[2].partition("```")[0]
    return [line.partition("#")[0].strip() for line in block.splitlines()]


SOCKS = "from federation_adapters.http.proxies import require_socks; require_socks()"
EXTRAS = {
    "report-from-the-warehouse.md": SOCKS,
    "serve-the-storage-proxy.md": f"import uvicorn, federation_runner.storage_container; {SOCKS}",
}
"""Page that installs an extra -> what works then."""


@pytest.mark.parametrize(("page", "line"), [(page, line) for page in EXTRAS for line in lines_of(page, "Install it")])
def test_a_line_that_installs_an_extra_does(wheel, tmp_path, page, line):
    python = environment(tmp_path / "env", "pip", *(["uv"] if line.startswith("uv") else []))
    command = line.replace("waldur_federation-VERSION-py3-none-any.whl", str(wheel))
    found = {"PATH": f"{python.parent}:{os.environ['PATH']}", "VIRTUAL_ENV": str(tmp_path / "env")}
    run("sh", "-c", command, cwd=ROOT, env={**os.environ, **QUICK, **found})
    run(python, "-c", EXTRAS[page], cwd="/")


def test_without_its_extra_the_storage_proxy_says_what_to_install(installed, tmp_path):
    config = tmp_path / "storage-proxy.yaml"
    config.write_text((ROOT / "docs/examples/storage-proxy.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    told = subprocess.run(
        [installed.parent / "waldur-federation", "storage-proxy", "-c", config, "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert told.returncode == 2
    assert "install waldur-federation[storage-proxy]" in told.stderr


def test_the_wheel_holds_the_packages_and_their_type_markers_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    packages = {"federation_core", "federation_adapters", "federation_runner"}
    assert {top for top in tops if not top.endswith(".dist-info")} == packages
    assert {f"{package}/py.typed" for package in packages} <= set(names)


def test_the_core_works_where_nothing_but_attrs_is_installed(core_alone):
    everything = "\n".join(
        f"import {'.'.join(path.relative_to(ROOT / 'src').with_suffix('').parts)}"
        for path in sorted((ROOT / "src/federation_core").rglob("*.py"))
        if path.name != "__init__.py"
    )
    run(core_alone, "-c", everything, cwd="/")
    for name in RUNTIME[1:]:
        found = run(core_alone, "-c", f"import importlib.util as u; print(u.find_spec({name!r}))", cwd="/").strip()
        assert found == "None", f"{name} is installed, so this proves nothing"


def test_the_example_of_the_core_alone_runs_there(core_alone):
    page = (ROOT / "docs/how-to/use-the-core-alone.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in page.split("```python\n")[1:]]
    assert len(blocks) == 2
    run(core_alone, "-c", "\n".join(blocks), cwd="/")


def loaded(python, code):
    """The top-level names of what is imported once *code* has run."""
    names = run(
        python, "-c", f"import sys\n{code}\nprint('::', *{{name.split('.')[0] for name in sys.modules}})", cwd="/"
    )
    return set(names.split("::")[1].split())


def test_importing_the_core_imports_nothing_else(core_alone):
    """That is what keeps it quick; `make bench` tells how quick."""
    assert loaded(core_alone, "import federation_core") - loaded(core_alone, "") == {"federation_core"}


def test_help_imports_no_library_but_click(installed):
    ask = "from federation_runner.cli import cli\ncli.main(['--help'], standalone_mode=False)"
    assert "click" in loaded(installed, ask)
    assert not (set(RUNTIME) - {"click", "attrs"}) & loaded(installed, ask)


def test_the_installed_command_tells_the_demo(installed, tmp_path):
    environ = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    told = run(installed.parent / "waldur-federation", "demo", cwd=tmp_path, env=environ)
    assert "everything as told" in told
    assert "duplicates on B" in told


def test_every_module_of_the_plain_install_imports(installed):
    names = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in sorted((ROOT / "src").rglob("*.py"))
        if path.name not in {"__init__.py", "__main__.py"} and not (NEEDS_THE_AGENT | NEEDS_AN_EXTRA) & set(path.parts)
    ]
    run(installed, "-c", "\n".join(f"import {name}" for name in names), cwd="/")
