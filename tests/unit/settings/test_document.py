"""The file: whatever is wrong with it is told with its place, and never as a traceback."""

from decimal import Decimal

import pytest
import yaml
from tests.unit.settings.documents import good

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.document import read_document
from federation_runner.settings.load import load

# content of the file, line and column (or nothing), words of the finding
BROKEN = [
    (b"", "", "empty"),
    (b"# nothing\n", "", "empty"),
    (b"- a\n- b\n", "", "a list"),
    (b"hushhush", "", "a str"),
    (b"a: \xff\xfe", "", "not UTF-8"),
    (b"a: [1, 2\nb: 3\n", ":2:2", "not valid YAML"),
    (b"a: 'unclosed\n", ":2:1", "not valid YAML"),
    (b"\ta: 1\n", ":1:1", "not valid YAML"),
    (b"a: 1\nb:\n  c: 1\n  c: 2\n", ":4:3", "'c' stands twice"),
    (b"a: 1\na: 2\n", ":2:1", "'a' stands twice"),
    (b"a: 1\n---\nb: 2\n", ":2:1", "another document"),
    (b"a: 1\nb: \x07\n", ":2:4", "not allowed"),
    (b"? [a]\n: 1\n", ":1:3", "unhashable"),
    (b"a: &x\n  b: *x\n", "", "not valid YAML"),
    (b"a: !hushhush b\n", ":1:4", "not valid YAML"),
    (b"a: *hushhush\n", ":1:4", "not valid YAML"),
    (b"a: !!map [b]\n", ":1:4", "not valid YAML"),
    (b"a: !!float [b]\n", ":1:4", "not valid YAML"),
    (b"a: !!python/object:os.system hushhush\n", ":1:4", "not valid YAML"),
    (b"a: !!bool hushhush\n", "", "not valid YAML"),
    (b"a: " + b"[" * 5000, ":1:102", "nested deeper than 100 levels"),
    (b"a: " + b"[" * 100 + b"]" * 100, ":1:102", "nested deeper than 100 levels"),
]


@pytest.mark.parametrize(("content", "place", "words"), BROKEN)
def test_a_broken_file_is_one_finding(content, place, words, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    (finding,) = raised.value.findings
    assert finding.path.startswith(f"{path}{place}")
    assert words in finding.cause
    assert "hushhush" not in str(finding)


@pytest.mark.parametrize(
    ("name", "words"), [("absent", "no such file"), (".", "Is a directory"), ("a\0b", "usable path")]
)
def test_a_path_that_is_no_file_is_one_finding(name, words, tmp_path):
    with pytest.raises(ConfigurationError, match=words):
        load(tmp_path / name, {})


def test_a_hundred_levels_are_read(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"a: " + b"[" * 99 + b"]" * 99)
    assert list(read_document(path)) == ["a"]


def content_of(text, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path)


def test_numbers_are_kept_as_written(tmp_path):
    found = content_of("a: 0.29\nb: .nan\nc: -.inf\nd: 007\ne: 1_0.5\nf: 2026-11-23\n", tmp_path)
    assert found["a"] == Decimal("0.29")
    assert found["b"].is_nan()
    assert found["c"] == Decimal("-Infinity")
    assert (found["d"], found["d"].text) == (7, "007")
    assert (found["e"], found["f"]) == (Decimal("10.5"), "2026-11-23")


@pytest.mark.parametrize("digits", ["1" * 32, "0" * 31 + "1", "0b" + "01" * 15, "07" * 16])
def test_a_uuid_of_digits_alone_needs_no_quotes(digits, tmp_path):
    path = tmp_path / "config.yaml"
    text = yaml.safe_dump(good(("o.waldur_offering_uuid", "HERE"))).replace("HERE", digits)
    path.write_text(text, encoding="utf-8")
    assert load(path, {}).offerings[0].offering.hex == digits


@pytest.mark.parametrize("value", ["!!float hushhush", "!!int hushhush", "!!int ''", "9" * 5000])
def test_what_is_only_called_a_number_is_a_text(value, tmp_path):
    text = content_of(f"a: {value}\n", tmp_path)["a"]
    assert isinstance(text, str)


def test_a_byte_order_mark_does_not_matter(tmp_path):
    assert content_of("\ufeffa: b\n", tmp_path) == {"a": "b"}


def test_anchors_and_merged_keys_are_followed(tmp_path):
    found = content_of("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n", tmp_path)
    assert found["y"] == {"a": 1, "b": 3}
