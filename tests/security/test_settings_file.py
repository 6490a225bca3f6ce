"""A settings file, whoever wrote it, runs nothing, costs little, and gives nothing away."""

import os
import time
import tracemalloc
from pathlib import Path

import pytest
import yaml
from tests.unit.settings.documents import FOR_A, good, mistakes, read

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings import document
from federation_runner.settings.load import load

LAYERS = [f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]" for number in range(1, 12)]
MERGES = [f"m{number}: &m{number} {{<<: [{', '.join([f'*m{number - 1}'] * 10)}]}}" for number in range(1, 12)]
MAPS = [f"n{n}: &n{n} {{{', '.join(f'k{key}: *n{n - 1}' for key in range(10))}}}" for n in range(1, 12)]
KEYS = ", ".join(f"k{number}: 1" for number in range(2_000))
BOMBS = {
    "lists of lists": "\n".join(["l0: &l0 [x]", *LAYERS]),
    "mappings of mappings": "\n".join(["n0: &n0 {x: 1}", *MAPS]),
    "merges of merges": "\n".join(["m0: &m0 {x: 1}", *MERGES]),
    "one long list, often": f"a: &a [{'x, ' * 2_000}]\nb: [{'*a, ' * 2_000}]",
    "one long merge, often": f"a: &a {{{KEYS}}}\nb: {{<<: [{'*a, ' * 2_000}]}}",
    "a list in itself": "a: &a [*a]",
    "a mapping in itself": "a: &a {b: *a}",
    "a merge of itself": "a: &a\n  <<: *a",
}
TAGS = [
    "!!python/object/apply:os.system ['touch {0}']",
    "!!python/object/new:os.system ['touch {0}']",
    "!!python/name:os.system",
    "!!python/module:os",
    "!!python/object/apply:subprocess.Popen [['touch', '{0}']]",
    '!!python/object/apply:builtins.eval [\'open("{0}", "w")\']',
    "!include {0}",
]
LONG = {
    "a number with colons": "1" + ":59" * 150_000,
    "a number of digits": "9" * 100_000,
    "a number with a point": "0." + "9" * 100_000,
    "a number with an exponent": "1e999999999",
    "a word": "x" * 100_000,
    "underscores": "_" * 100_000,
    "many colons": ":" * 200_000,
}


def refused(text, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    return raised.value


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_that_stand_for_too_much_are_refused_at_once(text, tmp_path):
    tracemalloc.start()
    began = time.thread_time()
    error = refused(text, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.thread_time() - began < 5
    assert peak < 64 * 2**20
    assert "aliases" in str(error)


def test_a_few_aliases_and_merges_are_fine(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "x: &x {a: 1}\ny:\n" + "".join(f"  k{n}: {{<<: *x, b: *x}}\n" for n in range(500)), encoding="utf-8"
    )
    assert document.read_document(path)["y"]["k7"] == {"a": 1, "b": {"a": 1}}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("place", ["{0}", "offerings: {0}", "offerings: [{0}]", "? {0}\n: 1"])
def test_no_tag_makes_or_runs_anything(tag, place, tmp_path):
    trap = tmp_path / "trap"
    refused(place.replace("{0}", tag.replace("{0}", str(trap))), tmp_path)
    assert not trap.exists()


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
@pytest.mark.parametrize("key", ["sentry_dsn", "1", "reporting_periods"])
def test_a_very_long_value_costs_little_and_is_not_repeated(key, text, tmp_path):
    began = time.thread_time()
    error = refused(f"{key}: {text}\noffering: x\n", tmp_path)
    assert time.thread_time() - began < 2
    assert len(str(error)) < 5_000


@pytest.mark.parametrize("text", ["offerings:\n- {a: 1, b: 2, a: 3}", "x: {<<: {a: 1}, <<: {a: 2}}"])
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(text, tmp_path):
    assert "stands twice" in str(refused(text, tmp_path))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file here that never ends")
def test_a_settings_file_that_never_ends_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="longer than"):
        load(tmp_path / "../../../../../../../../dev/zero", {})


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file here that never ends")
def test_a_reference_to_a_file_that_never_ends_is_refused():
    (finding,) = mistakes(good(("o.waldur_api_token", "file:/dev/zero")))
    assert finding.path == "offerings[0].waldur_api_token"


@pytest.mark.parametrize(
    "reference", ["file:", "file:none", "file:/", "file:\0", "file:" + "x" * 5_000, "file:~/token"]
)
def test_a_reference_that_leads_to_no_file_is_a_mistake_that_does_not_repeat_it(reference, tmp_path):
    (finding,) = mistakes(good(("o.waldur_api_token", reference)), base=tmp_path)
    assert finding.cause == "the file named cannot be read as text"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_we_may_not_read_is_a_mistake(tmp_path):
    (tmp_path / "token").touch(mode=0)
    (finding,) = mistakes(good(("o.waldur_api_token", "file:token")), base=tmp_path)
    assert finding.cause == "the file named cannot be read as text"


def test_a_file_outside_the_settings_folder_may_hold_a_secret_and_never_stands_in_a_mistake(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "secrets/token").write_text("hush hush\n")
    (finding,) = mistakes(good(("o.waldur_api_token", "file:../secrets/token")), base=tmp_path / "etc")
    assert "hush" not in str(finding)
    (tmp_path / "secrets/token").write_text("hushhush\n")
    settings = read(("o.waldur_api_token", "file:../secrets/token"), base=tmp_path / "etc")
    assert settings.secrets()[0] == "hushhush"


@pytest.mark.parametrize("reference", ["${HUSH}", "env:HUSH", "file:hush"])
def test_what_a_reference_stands_for_is_not_followed_again(reference, tmp_path):
    (tmp_path / "hush").write_text("file:/etc/hostname")
    settings = read(("o.waldur_api_token", reference), environ={"HUSH": "file:/etc/hostname"}, base=tmp_path)
    assert settings.secrets()[0] == "file:/etc/hostname"


@pytest.mark.parametrize("text", ["x${HUSH}", "${HUSH", "${hu sh}", "$HUSH", "env:", "ENV:HUSH", "$(id)", "`id`"])
def test_only_a_whole_reference_is_one(text):
    findings = read_or_mistakes(text, {"HUSH": "hushhush"})
    assert "hushhush" not in findings


def read_or_mistakes(text, environ):
    try:
        return read(("o.waldur_api_token", text), environ=environ).secrets()[0]
    except ConfigurationError as error:
        return str(error)


def test_a_reference_to_a_variable_that_is_not_set_names_the_variable_alone():
    (finding,) = mistakes(good(("o.waldur_api_token", "${HUSH}")))
    assert finding.cause == "environment variable HUSH is not set, or empty"


def test_an_unreadable_value_in_the_place_of_a_secret_is_not_repeated(tmp_path):
    text = yaml.safe_dump(good()).replace(FOR_A, f"{FOR_A} and more")
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load(path, {})
    assert FOR_A not in f"{raised.value} {raised.value!r}"
