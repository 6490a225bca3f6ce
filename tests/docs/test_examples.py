"""Every example in the manual runs: Python blocks in this process, console blocks in one shell per page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    page for page in sorted(DOCS.rglob("*.md")) if re.search(r"^```(python|console)", page.read_text(), re.MULTILINE)
]
END = "::end of command::"
PATIENCE = 60


class Shell:
    """One shell for a whole page, so that variables and background jobs last from block to block."""

    def __init__(self, folder):
        environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "120"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            ["bash"], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=folder, env=environ
        )

    def run(self, command):
        """What *command* prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho '{END}'\n")
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            if line.strip() == END:
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in: {command}")

    def close(self):
        self._process.communicate("kill $(jobs -p) 2>/dev/null; wait; exit\n", timeout=PATIENCE)


def check_console(shell, block):
    """Run the commands after `$` one by one; the lines below each must appear in this order, `…` standing for anything."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        told = shell.run(command)
        pieces = [" ".join(piece.split()) for line in expected.splitlines() for piece in line.split("…")]
        flat, at = " ".join(told.split()), 0
        for piece in filter(None, pieces):
            found = flat.find(piece, at)
            assert found >= 0, f"$ {command}\nprinted:\n{told}\nexpected, from {piece!r} on:\n{expected}"
            at = found + len(piece)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    try:
        parsers = [
            CodeBlockParser("python", lambda example: exec(example.parsed, example.namespace)),  # noqa: S102
            CodeBlockParser("console", lambda example: check_console(shell, example.parsed)),
        ]
        for example in Sybil(parsers).parse(page).examples():
            example.evaluate()
    finally:
        shell.close()
