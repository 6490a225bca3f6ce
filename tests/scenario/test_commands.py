"""The commands as their users meet them: real processes against served sandboxes, with mistakes made on purpose."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.scenario.harness import Progress, play

from federation_adapters.sandbox import Fault
from federation_runner.cli import COMMANDS

COMMAND = Path(sys.executable).parent / "waldur-federation"
PATIENCE = 60
TO_STOP = 5


class Run:
    """What a finished command said."""

    def __init__(self, *arguments, environ=None):
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, **(environ or {})},
        )
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def told(self):
        return self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def config(tmp_path):
    """Writes a document, or the configuration of a play with *changes* to it, and names the file."""

    def write(p, **changes):
        content = yaml.safe_load(p.config)
        offering = content["offerings"][0]
        for key, value in changes.items():
            (offering["backend_settings"] if key.startswith("target_") else offering)[key] = value
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return write


def assert_clean(run, p):
    """No traceback, no colour, and no token anywhere."""
    assert "Traceback" not in run.told
    assert "\x1b[" not in run.told
    assert p.pair.a_token not in run.told
    assert p.pair.b_token not in run.told


class TestRun:
    def test_once_is_fine_also_when_orders_wait(self, config):
        with play() as p:
            order = p.place()
            run = Run("run", "--once", "-c", config(p), "-v")
            assert (run.status, p.order(order).state) == (0, "executing")
            assert_clean(run, p)

    def test_wait_stays_until_orders_settle(self, config):
        with play(b_progress=Progress.after(3), extra={"order_poll_interval": 0.1}) as p:
            order = p.place()
            assert Run("run", "--once", "--wait", "-c", config(p)).status == 0
            assert p.order(order).state == "done"

    def test_wait_ends_at_its_time_out(self, config):
        with play(extra={"order_poll_interval": 0.1, "order_poll_timeout": 0.5}) as p:
            order = p.place()
            started = time.monotonic()
            assert Run("run", "--once", "--wait", "-c", config(p)).status == 0
            assert p.order(order).state == "executing"
            assert time.monotonic() - started < 10

    def test_a_parked_order_is_status_1_and_told(self, config):
        with play(b_plans=("Small", "Large")) as p:
            p.place()
            run = Run("run", "--once", "-c", config(p))
            assert run.status == 1
            assert "target_plan" in run.out
            assert_clean(run, p)

    def test_json_is_one_object(self, config):
        with play() as p:
            order = p.place()
            (report,) = Run("run", "--once", "--json", "-c", config(p)).json.values()
            (outcome,) = report["outcomes"]
            assert (outcome["key"].replace("-", ""), outcome["outcome"]) == (order.uuid, "again-after")
            assert [action["action"] for action in outcome["done"]] == [
                "ApproveOrder",
                "SubmitCreate",
                "LinkOrder",
                "LinkResource",
            ]
            assert (report["waiting"], report["problems"]) == (1, [])

    @pytest.mark.parametrize("option", [["--wait"], ["--json"], ["--approve-removals", "abc"]])
    def test_options_of_a_single_cycle_need_it(self, option, config):
        with play() as p:
            run = Run("run", *option, "-c", config(p))
            assert run.status == 2
            assert "--once" in run.err

    def test_nothing_to_run_is_a_mistake(self, config):
        with play() as p:
            run = Run("run", "--once", "-c", config(p, order_processing_backend=""))
            assert run.status == 2
            assert "order_processing_backend" in run.err


class TestPlanAndDrift:
    def test_plan_is_3_with_something_to_do_and_0_without_and_writes_nothing(self, config):
        with play() as p:
            path = config(p)
            assert Run("plan", "-c", path).status == 0
            p.place()
            before = p.writes()
            run = Run("plan", "-c", path)
            assert run.status == 3
            assert "SubmitCreate" in run.out
            (plan,) = Run("plan", "--json", "-c", path).json.values()
            assert [action["action"] for action in plan["actions"]] == ["ApproveOrder", "SubmitCreate"]
            assert p.writes() == before
            assert_clean(run, p)

    def test_plan_is_1_where_something_could_not_be_read(self, config):
        with play() as p:
            p.place()
            p.pair.b.sandbox.faults.add(Fault(kind="status", path="marketplace-resources", times=None, status=500))
            assert Run("plan", "-c", config(p)).status == 1

    def test_drift_shows_what_differs(self, config):
        with play() as p:
            path = config(p)
            assert Run("drift", "-c", path).status == 0
            order = p.place()
            run = Run("drift", "--json", "-c", path)
            assert run.status == 3
            ((difference,),) = run.json["differences"].values()
            assert difference["key"].replace("-", "") == order.uuid
            assert difference["on_a"] == "Create order pending-provider"
            assert run.json["problems"] == []


class TestMap:
    def test_explains_forwards_and_back(self, config):
        with play() as p:
            run = Run("map", "--json", "--limits", "node_hours=100", "--usage", "gpu_hours=500", "-c", config(p))
            (content,) = run.json.values()
            assert run.status == 0
            assert content["limits"]["ordered"] == {"gpu_hours": "500", "storage_gb_hours": "1000"}
            assert content["usage"]["reported"] == {"node_hours": "100"}

    @pytest.mark.parametrize("amount", ["node_hours", "node_hours=", "=5", "node_hours=five", "node_hours=-1", "x=nan"])
    def test_a_bad_amount_is_a_mistake(self, amount, config):
        with play() as p:
            run = Run("map", "--limits", amount, "-c", config(p))
            assert run.status == 2
            assert "such as node_hours=100" in run.err

    def test_an_unmapped_component_is_a_mistake(self, config):
        with play() as p:
            run = Run("map", "--limits", "unicorns=1", "-c", config(p))
            assert run.status == 2
            assert "unicorns" in run.err
            assert_clean(run, p)


class TestDemo:
    def test_json_is_one_object_and_everything_is_as_told(self):
        run = Run("demo", "--json", "-")
        assert run.status == 0
        assert run.json["ok"] is True
        assert run.json["orders"] == {"done": 4, "erred": 1}
        assert (run.json["resources_on_b"], run.json["duplicates"]) == (3, 0)
        assert min(run.json["requests"].values()) > 0

    def test_the_story_ends_with_a_summary(self, tmp_path):
        run = Run("demo", "--json", tmp_path / "summary.json")
        assert run.status == 0
        assert "gpu_hours = 500, storage_gb_hours = 1000" in run.out
        assert "under maintenance until Monday" in run.out
        assert "Killed. B has 1 new resource" in run.out
        assert run.out.index("summary") > run.out.index("5. ")
        assert json.loads((tmp_path / "summary.json").read_text())["ok"] is True


class TestUsage:
    @pytest.mark.parametrize(("command", "option"), [("demo", "--json"), ("sandbox", "--config")])
    def test_a_file_that_cannot_be_written_is_one_line(self, command, option, tmp_path):
        path = tmp_path / "missing" / "file"
        run = Run(command, option, path)
        assert run.status == 2
        assert run.err.strip() == f"error: {path}: No such file or directory"

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_has_help(self, name):
        run = Run(name, "--help")
        assert run.status == 0
        assert "Options:" in run.out

    @pytest.mark.parametrize(
        "arguments", [["nonsense"], ["run", "--nonsense"], ["run", "-m", "report"], ["plan", "extra"]]
    )
    def test_a_mistake_on_the_command_line_is_status_2(self, arguments):
        run = Run(*arguments)
        assert run.status == 2
        assert "Usage:" in run.err

    def test_the_version(self):
        assert re.fullmatch(r"waldur-federation \d+\.\d+\.\d+\n", Run("--version").out)


SETTINGS_MISTAKES = {
    "misspelt key": (lambda text: text.replace("target_api_url", "target_api_ulr"), "did you mean target_api_url?"),
    "missing key": (lambda text: re.sub(r"  *target_customer_uuid.*\n", "", text), "target_customer_uuid"),
    "factor 0": (lambda text: text.replace("factor: 5", "factor: 0"), "gpu_hours.factor"),
    "factor -2": (lambda text: text.replace("factor: 5", "factor: -2"), "gpu_hours.factor"),
    "factor nan": (lambda text: text.replace("factor: 5", "factor: .nan"), "gpu_hours.factor"),
    "factor text": (lambda text: text.replace("factor: 5", "factor: five"), "gpu_hours.factor"),
    "shared target": (
        lambda text: text.replace(
            "    node_hours:\n",
            "    other:\n      measured_unit: h\n      accounting_type: limit\n      label: h\n"
            "      target_components: {gpu_hours: {factor: 1}}\n    node_hours:\n",
        ),
        "shared_target_usage",
    ),
    "unknown match field": (
        lambda text: text.replace("request_timeout", "user_match_field: shoe\n    request_timeout"),
        "cuid",
    ),
    "no scheme": (lambda text: text.replace("target_api_url: http://", "target_api_url: "), "target_api_url"),
    "not YAML": (lambda text: text + "\n  - : [", "YAML"),
}


class TestBadSettings:
    @pytest.mark.parametrize("mistake", SETTINGS_MISTAKES)
    def test_each_mistake_is_one_clear_line_and_status_2(self, mistake, config):
        change, words = SETTINGS_MISTAKES[mistake]
        with play() as p:
            path = config(p)
            text = change(path.read_text())
            assert text != path.read_text()
            path.write_text(text)
            run = Run("run", "--once", "-c", path)
            assert run.status == 2
            assert words in run.err
            assert len([line for line in run.err.splitlines() if line.startswith("error: ")]) == 1
            assert_clean(run, p)

    def test_no_file(self, tmp_path):
        run = Run("plan", "-c", tmp_path / "none.yaml")
        assert run.status == 2
        assert "there is no such file" in run.err


WRONG_TOKEN = "0" * 40
NOBODY = "0" * 32
TROUBLE: dict[str, tuple[dict[str, str], dict[str, Any] | None, str]] = {
    "B refuses the token": ({"target_api_token": WRONG_TOKEN}, None, "check target_api_token"),
    "A refuses the token": ({"waldur_api_token": WRONG_TOKEN}, None, "check waldur_api_token"),
    "B does not have the offering": ({"target_offering_uuid": NOBODY}, None, "check target_offering_uuid"),
    "A does not have the offering": ({"waldur_offering_uuid": NOBODY}, None, "check waldur_offering_uuid"),
    "B is not there": ({"target_api_url": "http://127.0.0.1:1/"}, None, "B at 127.0.0.1:1 is unreachable"),
    "A is not there": ({"waldur_api_url": "http://127.0.0.1:1/"}, None, "check waldur_api_url"),
    "the customer on B is another one": ({"target_customer_uuid": NOBODY}, None, "check target_customer_uuid"),
    "B answers pages": ({}, {"kind": "html", "times": None}, "not JSON"),
    "B's JSON is cut off": ({}, {"kind": "truncated", "times": None}, "not JSON"),
    "B answers 10 MB": ({}, {"kind": "oversize", "times": None}, "too large"),
}


class TestTrouble:
    @pytest.mark.parametrize("trouble", TROUBLE)
    def test_is_told_in_clear_lines_and_ends_no_order(self, trouble, config):
        changes, fault, words = TROUBLE[trouble]
        with play() as p:
            orders = [p.place(name=f"r{number}") for number in range(2)]
            if fault is not None:
                p.pair.b.sandbox.faults.add(Fault(**fault))
            run = Run("run", "--once", "-c", config(p, **changes), "-v")
            assert run.status == 1
            assert words in " ".join(run.out.split())
            assert {p.order(order).state for order in orders} == {"pending-provider"}
            assert p.b.resources == ()
            assert_clean(run, p)
            assert WRONG_TOKEN not in run.told

    def test_an_unknown_state_on_b_leaves_the_other_orders_unharmed(self, config):
        with play() as p:
            orders = [p.place(name=f"r{number}") for number in range(3)]
            p.cycle()
            p.b_finishes()
            p.b.edit(p.b.orders[1], state="thinking")
            run = Run("run", "--once", "-c", config(p))
            assert run.status == 1
            assert "thinking" in run.out
            assert sorted(p.order(order).state for order in orders) == ["done", "done", "executing"]
            assert_clean(run, p)


class TestDaemon:
    def start(self, path, **environ):
        return subprocess.Popen(
            [COMMAND, "run", "-c", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environ},
        )

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_cycles_until_a_signal_says_stop(self, number, status, config):
        with play() as p:
            order = p.place()
            daemon = self.start(config(p), WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES="0.005")
            self.until(lambda: p.order(order).state == "executing" and p.b.resources)
            p.b_finishes()
            self.until(lambda: p.order(order).state == "done")
            daemon.send_signal(number)
            told, _ = daemon.communicate(timeout=TO_STOP)
            assert daemon.returncode == status
            assert "federation.daemon started offerings=1" in told
            assert told.splitlines()[-1].endswith("federation.daemon stopped")
            assert p.pair.a_token not in told
            assert p.pair.b_token not in told

    def test_one_offering_in_trouble_does_not_stop_the_other(self, config):
        with play() as p:
            path = config(p)
            content = yaml.safe_load(path.read_text())
            broken = json.loads(json.dumps(content["offerings"][0]))
            broken.update(name="Broken", waldur_api_url="http://127.0.0.1:1/api/")
            path.write_text(yaml.safe_dump({"offerings": [broken, *content["offerings"]]}))
            order = p.place()
            daemon = self.start(path)
            self.until(lambda: p.order(order).state == "executing" and p.b.resources)
            daemon.terminate()
            told, _ = daemon.communicate(timeout=TO_STOP)
            assert daemon.returncode == 0
            assert 'unreadable offering=Broken reason="A at 127.0.0.1:1 is unreachable' in told


class TestSandbox:
    def test_serves_a_pair_that_a_configuration_fits_until_told_to_stop(self, tmp_path):
        path = tmp_path / "pair.yaml"
        with subprocess.Popen([COMMAND, "sandbox", "--config", str(path)], stdout=subprocess.PIPE, text=True) as pair:
            deadline = time.monotonic() + PATIENCE
            while not (path.exists() and path.read_text().endswith("\n")):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert Run("plan", "-c", path).status == 0
            again = Run("sandbox", "--config", path)
            assert again.status == 2
            assert "exists already" in again.err
            pair.terminate()
            told, _ = pair.communicate(timeout=TO_STOP)
            assert pair.returncode == 0
            assert "interrupt to end" in told
