"""Every line of the threat model names tests that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
HEAD = "| threat | what holds | test |"


def lines():
    """The lines of the tables of threats."""
    found, is_inside = [], False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        is_inside = line == HEAD or (is_inside and line.startswith("|"))
        if is_inside and line != HEAD and not line.startswith("| ---"):
            found.append(line)
    return found


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.split("|")[1].strip()[:50])
def test_every_line_names_tests_that_there_are(line):
    named = NAMED.findall(line.split("|")[-2])
    assert named, "no test holds this line"
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_there_are_lines():
    assert len(lines()) > 40


def test_no_test_of_this_folder_is_left_unsaid_for_a_whole_file():
    page = PAGE.read_text(encoding="utf-8")
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert [name for name in sorted(files) if name not in page] == []
