"""The manual's generated pages are up to date, and its links lead somewhere."""

import re

import pytest
from tests.docs.generate import DOCS, PAGES

from federation_runner.cli import COMMANDS, status
from federation_runner.settings.keys import KEYS, VARIABLES

ROOT = DOCS.parent
MANUAL = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", MANUAL, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_page_is_reached_from_the_index():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        if page.name != "index.md":
            assert f"]({page.relative_to(DOCS).as_posix()})" in index, page


def test_every_key_variable_and_command_is_documented():
    settings = (DOCS / "reference/configuration.md").read_text(encoding="utf-8")
    commands = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
    for keys in KEYS.values():
        assert all(f"| `{name}` |" in settings and key.purpose in settings for name, key in keys.items())
    assert all(variable.name in settings for variable in VARIABLES)
    assert all(f"## {name}\n" in commands for name in COMMANDS)


def test_every_exit_status_is_documented():
    page = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
    statuses = {value for name, value in vars(status).items() if name.isupper()}
    assert {int(found) for found in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == statuses


def test_every_logger_is_documented():
    page = (DOCS / "reference/logs.md").read_text(encoding="utf-8")
    source = (ROOT / "src/federation_runner/logs.py").read_text(encoding="utf-8")
    for name in re.findall(r'getLogger\("(federation\.[a-z]+)"\)', source):
        assert f"`{name}`" in page
    for event in re.findall(r'line\(\s*"([a-z]+)"', source):
        assert f"`{event}`" in page


def test_the_changelog_names_the_version():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', project, re.MULTILINE)
    assert version is not None
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{version.group(1)}]" in changelog or "## [Unreleased]" in changelog
