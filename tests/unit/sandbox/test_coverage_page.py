from pathlib import Path

from federation_adapters.sandbox import coverage_table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox.md"


def test_the_page_shows_the_current_routes():
    assert coverage_table() in PAGE.read_text(encoding="utf-8")
