"""The tests for live Waldurs run against the sandbox, as somebody runs them: by the variables, in a process of their own."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.broker.listening import fresh_pair
from tests.live import pair as live

from federation_adapters.sandbox import Progress, Server
from federation_runner.sandbox_pair import configuration

ROOT = Path(__file__).parents[2]
PATIENCE = 240
EXTRA = {
    "create_settle_seconds": 0.01,
    "request_timeout": 10,
    "user_match_field": "username",
    "user_resolve_method": "user_field",
}


@contextmanager
def served(tmp_path, link=None, *, shows_people=True, **seed):
    """A pair with a settings file, and somebody whom both sides know, as far as B *shows_people*; the variables for it."""
    pair = fresh_pair(**seed)
    a, b = pair.a.sandbox.world, pair.b.sandbox.world
    a.grant(a.add_user("ada", email="ada@example.org"), "PROJECT.MEMBER", pair.a.projects[0])
    b.add_user("ada", email="ada@example.org")
    b.edit(pair.b.consumer_user, is_staff=shows_people)
    publishers = [] if link is None else [side.sandbox.connect(link) for side in (pair.a, pair.b)]
    try:
        with Server(pair.a.sandbox) as on_a, Server(pair.b.sandbox) as on_b:
            config = tmp_path / "config.yaml"
            port = None if link is None else link.web_stomp_port
            config.write_text(configuration(pair, on_a.url, on_b.url, EXTRA, web_stomp_port=port))
            yield (
                pair,
                {
                    live.INTEGRATION: "true",
                    live.E2E: "true",
                    live.CONFIG: str(config),
                    live.PROJECT: pair.a.projects[0].uuid,
                    live.USER_TOKEN: pair.a.orderer.token,
                    live.PROVIDER_TOKEN: pair.b.provider_user.token,
                    live.PATIENCE: "20",
                },
            )
    finally:
        for publisher in publishers:
            publisher.stop()


def run(variables, *arguments):
    """How many passed, were skipped and failed; and what was said."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("WALDUR_", "PYTEST_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "tests/live", *arguments],
        cwd=ROOT,
        env={**environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    *_, last = ended.stdout.strip().splitlines()
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|skipped|failed|error)", last)}
    return counts, ended.stdout + ended.stderr


def left(pair):
    """What still stands on the two sides that was made by the tests."""
    living = [
        one.name for side in (pair.a, pair.b) for one in side.sandbox.world.resources if one.state != "Terminated"
    ]
    mirrors = [one.name for one in pair.b.sandbox.world.projects if not one.is_removed]
    roles = [str(grant) for one in pair.b.sandbox.world.projects for grant in pair.b.sandbox.world.grants_on(one)]
    return living, mirrors, roles


def test_all_of_them_pass_and_leave_nothing(link, tmp_path):
    with served(tmp_path, link) as (pair, variables):
        counts, said = run(variables)
        assert counts == {"passed": 9}, said
        assert len(pair.b.sandbox.world.orders) == 5
        assert left(pair) == ([], [], [])


def test_where_b_delivers_by_itself_no_provider_is_needed(tmp_path):
    with served(tmp_path, shows_people=False, b_progress=Progress.after(2, "{slug}")) as (pair, variables):
        del variables[live.PROVIDER_TOKEN]
        counts, said = run(variables, "-k", "test_life")
        assert counts == {"passed": 3, "skipped": 2}, said
        assert "B knows nobody of the project" in said
        assert "nobody here may report usage on B" in said
        assert left(pair) == ([], [], [])


def test_what_was_made_is_removed_after_a_failure_too(tmp_path):
    with served(tmp_path, b_progress=Progress.fail("The partition is full.", reads=1)) as (pair, variables):
        counts, said = run(variables, "-k", "test_life")
        assert counts == {"error": 5}, said
        assert "The partition is full." in said
        assert left(pair) == ([], [], []), said


def test_without_their_variables_they_are_skipped():
    counts, said = run({}, "-rs")
    assert counts == {"skipped": 9}
    assert f"{live.E2E} and {live.CONFIG} and {live.PROJECT}" in said
    assert f"{live.INTEGRATION} and {live.CONFIG}" in said


@pytest.mark.parametrize("missing", [live.E2E, live.CONFIG, live.PROJECT])
def test_the_reason_names_what_is_missing(missing, monkeypatch):
    names = (live.E2E, live.CONFIG, live.PROJECT)
    for name in names:
        monkeypatch.setenv(name, "true")
    assert live.lacking(*names) == ""
    monkeypatch.delenv(missing)
    assert missing in live.lacking(*names)


def test_only_true_is_true(monkeypatch):
    monkeypatch.setenv(live.E2E, "no")
    assert live.E2E in live.lacking(live.E2E)
    monkeypatch.setenv(live.E2E, "True")
    assert live.lacking(live.E2E) == ""
