"""The commands that have to do with events, as processes."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import yaml
from tests.broker.listening import until
from tests.broker.test_events import playing
from tests.command import INSTALLED, ended

TO_START = 40.0


class Process:
    """A command under way, with all that it tells."""

    def __init__(self, folder: Path, *words: str, **environ: str):
        self._log = folder / f"{words[0]}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [INSTALLED, *words], stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1", **environ}
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def told(self):
        return self._log.read_text()

    def says(self, pattern):
        until(lambda: re.search(pattern, self.told) or self.process.poll() is not None, TO_START)
        found = re.search(pattern, self.told)
        assert found, self.told
        return found

    def end(self, number=signal.SIGTERM, patience=6.0):
        """Ask it to end; the status, and how long that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(20)
        assert time.monotonic() - begun < patience
        return status


class TestRun:
    def test_events_alone_serve_orders_and_end_when_told(self, link, tmp_path):
        with playing(link, tmp_path) as play:
            words = ("run", "--mode", "event_process", "-c", str(tmp_path / "config.yaml"), "--health", "127.0.0.1:0")
            with Process(tmp_path, *words) as engine:
                port = engine.says(r"probes host=127\.0\.0\.1 port=(\d+)")[1]
                for side in "AB":
                    engine.says(rf"connection .* side={side} .* state=live")
                order = play.place()
                play.finish(play.counterpart(order))
                play.done(order)
                ready = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10, trust_env=False)
                alive = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=10, trust_env=False)
                assert (ready.status_code, alive.status_code) == (200, 200)
                (told,) = ready.json()["offerings"].values()
                assert {name: one["state"] for name, one in told["connections"].items()} == {"a": "live", "b": "live"}
                assert sorted(told["modes"]) == ["membership_sync", "order_process"]
                assert engine.end() == 0
                assert "state=stopped" in engine.told
                assert play.pair.a_token not in engine.told + ready.text
                assert play.pair.b_token not in engine.told + ready.text

    def test_where_nobody_asks_for_events_both_keys_are_named(self, link, tmp_path):
        with playing(link, tmp_path):
            path = tmp_path / "config.yaml"
            content = yaml.safe_load(path.read_text())
            content["offerings"][0]["stomp_enabled"] = False
            content["offerings"][0]["backend_settings"]["target_stomp_enabled"] = False
            path.write_text(yaml.safe_dump(content))
            done = ended("run", "--mode", "event_process", "-c", str(path))
            assert done.returncode == 2
            (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
            assert "stomp_enabled: true" in line
            assert "target_stomp_enabled: true" in line

    @pytest.mark.parametrize(
        ("words", "cause"),
        [
            (["--once", "--mode", "event_process"], "--mode event_process stays and listens"),
            (["--once", "--health", "127.0.0.1:0"], "--health goes without --once"),
            (["--health", "8080"], "is no HOST:PORT"),
            (["--health", "::1:8080"], "is no HOST:PORT"),
            (["--health", "localhost:http"], "is no HOST:PORT"),
            (["--health", "127.0.0.1:65536"], "ports go up to 65535"),
            (["--health", "192.0.2.1:8080"], "name an address of this machine"),
        ],
    )
    def test_what_does_not_go_together_is_told(self, link, tmp_path, words, cause):
        with playing(link, tmp_path):
            done = ended("run", "-c", str(tmp_path / "config.yaml"), *words)
            assert done.returncode == 2
            assert cause in " ".join(done.stderr.split())
            assert "Traceback" not in done.stderr

    def test_probes_also_answer_at_ipv6(self, link, tmp_path):
        with playing(link, tmp_path):
            words = ("run", "--mode", "report", "-c", str(tmp_path / "config.yaml"), "--health", "[::1]:0")
            with Process(tmp_path, *words) as engine:
                port = engine.says(r"probes host=::1 port=(\d+)")[1]
                assert httpx.get(f"http://[::1]:{port}/healthz", timeout=10, trust_env=False).status_code == 200
                assert engine.end(signal.SIGINT) == 130

    def test_it_ends_in_time_also_while_a_server_does_not_answer(self, link, tmp_path):
        with playing(link, tmp_path) as play:
            play.pair.b.sandbox.latency = 3.0
            words = ("run", "-c", str(tmp_path / "config.yaml"))
            with Process(tmp_path, *words) as engine:
                engine.says("started")
                time.sleep(1)
                assert engine.end(patience=9.0) == 0

    def test_killed_between_message_and_work_it_loses_nothing(self, link, tmp_path):
        with playing(link, tmp_path) as play:
            words = ("run", "-c", str(tmp_path / "config.yaml"))
            with Process(tmp_path, *words) as engine:
                for side in "AB":
                    engine.says(rf"connection .* side={side} .* state=live")
                order = play.place()
                theirs = play.counterpart(order)
                play.pair.a.sandbox.latency = 5.0
                play.finish(theirs)
                time.sleep(0.5)
                engine.process.kill()
            play.pair.a.sandbox.latency = 0.0
            with Process(tmp_path, *words):
                play.done(order)
            assert play.resources_on_b() == 1


class TestSandbox:
    def test_it_publishes_through_the_broker_that_is_named(self, broker_url, tmp_path):
        config = tmp_path / "federation.yaml"
        with Process(
            tmp_path, "sandbox", "--broker", broker_url, "--config", str(config), "--provider", "at-once"
        ) as pair:
            pair.says("interrupt to end")
            offering = yaml.safe_load(config.read_text())["offerings"][0]
            assert offering["stomp_enabled"]
            assert offering["backend_settings"]["target_stomp_ws_path"] == "/ws"
            with Process(tmp_path, "run", "-c", str(config)) as engine:
                for side in "AB":
                    engine.says(rf"connection .* side={side} .* state=live")
                assert engine.end() == 0
            assert pair.end() == 0

    def test_a_broker_that_is_not_there_is_a_mistake(self):
        done = ended("sandbox", "--broker", "http://127.0.0.1:1")
        assert done.returncode == 2
        assert "name a management API" in " ".join(done.stderr.split())


class TestDemo:
    def test_the_events_story_ends_well(self, tmp_path):
        path = tmp_path / "summary.json"
        done = ended("demo", "--story", "events", "--json", str(path))
        assert (done.returncode, done.stderr) == (0, "")
        summary = json.loads(path.read_text())
        assert summary["ok"]
        assert summary["seconds_to_done"]["events"] < summary["seconds_to_done"]["polling"]
        assert "milliseconds" in done.stdout
