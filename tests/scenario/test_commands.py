"""The commands as their users meet them: real processes against served sandboxes, with mistakes made on purpose."""

import fcntl
import itertools
import json
import os
import pty
import re
import signal
import socket
import stat
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from tests.command import INSTALLED, PATIENCE, ended, started
from tests.scenario.harness import Progress, play

from federation_adapters.sandbox import Fault
from federation_runner.cli import COMMANDS
from federation_runner.settings.ownership import MODES, NAMES

TO_STOP = 5
ORPHANS = 11
"""One more than the removal guard lets pass."""


class Run:
    """What a finished command said; *redirected* is what a shell does to its streams, and with *environ* it is started anew."""

    def __init__(self, *arguments, environ=None, redirected=""):
        done = _started(arguments, environ, redirected) if environ or redirected else ended(*arguments)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def told(self):
        return self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)


def _started(arguments, environ, redirected):
    return subprocess.run(
        ["bash", "-c", f'exec "$0" "$@" {redirected}', INSTALLED, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, **(environ or {})},
    )


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


def errors_of(run):
    """The lines that tell mistakes."""
    return [line for line in run.err.splitlines() if line.startswith("error: ")]


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
            report = report["orders"]
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

    def test_a_digest_that_fits_no_removals_is_told(self, config):
        with play() as p:
            order = p.place()
            run = Run("run", "--once", "--approve-removals", "0123456789ab", "-c", config(p))
            assert run.status == 1
            (line,) = errors_of(run)
            assert line == (
                "error: --approve-removals 0123456789ab: no removals await approval under it; plan prints the current digest"
            )
            assert p.order(order).state == "executing"

    def test_a_digest_is_not_called_wrong_where_that_could_not_be_told(self, config):
        with play() as p:
            p.pair.b.sandbox.faults.add(Fault(kind="status", path="marketplace-resources", times=None, status=500))
            run = Run("run", "--once", "--approve-removals", "0123456789ab", "-c", config(p))
            assert run.status == 1
            assert "could not be told" in run.err

    def test_the_digest_that_plan_prints_releases_the_removals(self, config):
        with play(extra={"orphan_policy": "terminate"}) as p:
            resources = [p.living()[0] for _ in range(ORPHANS)]
            for resource in resources:
                p.a.edit(resource, state="Terminated")
            path = config(p)
            plan = Run("plan", "-c", path)
            assert plan.status == 0
            assert f"{ORPHANS} removals held back" in plan.out
            (digest,) = re.findall(r"--approve-removals ([0-9a-f]{12})", plan.out)
            run = Run("run", "--once", "--approve-removals", digest, "-c", path)
            assert (run.status, errors_of(run)) == (0, [])
            assert [order.type for order in p.b.orders].count("Terminate") == ORPHANS

    def test_names_and_ids_stand_side_by_side(self, config):
        with play() as p:
            order = p.place(name="climate-run")
            run = Run("run", "--once", "-c", config(p))
            assert "Federated HPC, orders: 1 outcome\n" in run.out
            assert re.search(rf"climate-run +{UUID(order.uuid)} +approve +again-after", run.out)


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
            assert [action["action"] for action in plan["orders"]["actions"]] == ["ApproveOrder", "SubmitCreate"]
            assert p.writes() == before
            assert_clean(run, p)

    def test_plan_is_1_where_something_could_not_be_read(self, config):
        with play() as p:
            p.place()
            p.pair.b.sandbox.faults.add(Fault(kind="status", path="marketplace-resources", times=None, status=500))
            run = Run("plan", "-c", config(p))
            assert run.status == 1
            assert run.out.startswith("Federated HPC: problems\n  B resource.list_all failed on the server (500)")
            assert run.out.endswith("there is to do is unknown\n")
            run = Run("drift", "-c", config(p))
            assert run.status == 1
            assert run.out.startswith("Federated HPC: problems\n")
            assert run.out.endswith("differs is unknown\n")

    def test_plan_is_1_beside_a_parked_order_as_run_is(self, config):
        with play(b_plans=("Small", "Large")) as p:
            p.place(name="climate-run")
            path = config(p)
            run = Run("plan", "-c", path)
            assert run.status == Run("run", "--once", "-c", path).status == 1
            assert "Federated HPC, orders: 1 held\n" in run.out
            assert re.search(r"climate-run .* parked .*target_plan", run.out)

    def test_nothing_to_do_is_one_line(self, config):
        with play() as p:
            path = config(p)
            assert Run("plan", "-c", path).out == "Federated HPC: nothing to do\n"
            assert Run("drift", "-c", path).out == "Federated HPC: no differences\n"
            assert Run("run", "--once", "-c", path).out == "Federated HPC: nothing to do\n"

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
            assert "Federated HPC: 1 difference\n" in Run("drift", "-c", path).out


class TestNothingForUs:
    @pytest.mark.parametrize("command", [["run", "--once"], ["run"], ["plan"], ["drift"], ["map"]])
    def test_where_no_offering_is_ours_every_command_says_so(self, command, config):
        with play() as p:
            run = Run(*command, "-c", config(p, **dict.fromkeys(MODES.values(), "slurm")))
            assert (run.status, run.out) == (2, "")
            (line,) = errors_of(run)
            assert line.startswith("error: offerings: none of them is ours; write ")
            assert all(f"{key}: {names[0]}" in line for key, names in NAMES.items() if key.endswith("_backend"))
            assert "Usage:" not in run.err

    @pytest.mark.parametrize("command", [["run", "--once"], ["run"], ["plan"], ["drift"]])
    def test_where_nothing_is_served_every_command_says_so(self, command, config):
        with play() as p:
            run = Run(*command, "-c", config(p, **dict.fromkeys(MODES.values(), "")))
            assert (run.status, run.out) == (2, "")
            (line,) = errors_of(run)
            assert line.startswith("error: offerings: none of them asks for what this runs (order_process")
            assert "write order_processing_backend: waldur" in line


class TestMap:
    def test_explains_forwards_and_back(self, config):
        with play() as p:
            run = Run("map", "--json", "--limits", "node_hours=100", "--usage", "gpu_hours=500", "-c", config(p))
            (content,) = run.json.values()
            assert run.status == 0
            assert content["limits"]["ordered"] == {"gpu_hours": "500", "storage_gb_hours": "1000"}
            assert content["usage"]["reported"] == {"node_hours": "100"}

    @pytest.mark.parametrize("amount", ["node_hours", "node_hours=", "=5", "node_hours=five", "x=nan"])
    def test_a_bad_amount_is_a_mistake(self, amount, config):
        with play() as p:
            run = Run("map", "--limits", amount, "-c", config(p))
            assert run.status == 2
            assert "such as node_hours=100" in run.err

    @pytest.mark.parametrize("option", ["--limits", "--usage"])
    def test_an_amount_below_zero_is_called_so(self, option, config):
        with play() as p:
            run = Run("map", option, "node_hours=-1", "-c", config(p))
            assert run.status == 2
            assert "'node_hours=-1' is below zero; write an amount such as node_hours=100" in run.err

    @pytest.mark.parametrize(
        ("option", "side", "known"), [("--limits", "A", "node_hours"), ("--usage", "B", "gpu_hours, storage_gb_hours")]
    )
    def test_an_unmapped_component_is_a_mistake_on_either_side(self, option, side, known, config):
        with play() as p:
            run = Run("map", option, "unicorns=1", "-c", config(p))
            assert (run.status, run.out) == (2, "")
            assert errors_of(run) == [
                f"error: {option} unicorns: no offering maps this component of {side}; use one of: {known}"
            ]
            assert_clean(run, p)

    def test_each_offering_explains_the_amounts_that_it_maps(self, config):
        with play() as p:
            path = config(p)
            content = yaml.safe_load(path.read_text())
            other = json.loads(json.dumps(content["offerings"][0]))
            other.update(name="Other", waldur_offering_uuid="0a" * 16)
            other["backend_components"]["cores"] = other["backend_components"].pop("node_hours")
            path.write_text(yaml.safe_dump({"offerings": [*content["offerings"], other]}))
            run = Run("map", "--json", "--limits", "cores=1", "--limits", "node_hours=2", "-c", path)
            assert {name: told["limits"]["given"] for name, told in run.json.items()} == {
                "Federated HPC": {"node_hours": "2"},
                "Other": {"cores": "1"},
            }


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


class TestDemoOfStorage:
    def test_the_story_of_storage_systems_ends_as_told(self):
        run = Run("demo", "--story", "storage", "--json", "-")
        assert (run.status, run.json["failed"]) == (0, [])
        assert run.json["mount_points"]["/iopsstor/store/cscs/alpine/avalanche"] == "active"


class TestStorageSystems:
    def test_a_file_of_storage_systems_alone_says_what_serves_them(self, tmp_path):
        offering = {
            "name": "Capstor",
            "waldur_api_url": "http://127.0.0.1:1/api/",
            "waldur_api_token": "token-of-nobody",
            "waldur_offering_uuid": "1" * 32,
            "backend_type": "cscs-hpc-storage",
            "backend_settings": {"storage_file_system": "lustre"},
        }
        (tmp_path / "agent.yaml").write_text(yaml.safe_dump({"offerings": [offering]}))
        run = Run("run", "--once", "-c", tmp_path / "agent.yaml")
        assert run.status == 2
        assert "serve them with waldur-federation storage-proxy" in run.err


class TestUsage:
    @pytest.mark.parametrize(("command", "option"), [("demo", "--json"), ("sandbox", "--config"), ("sandbox", "--env")])
    def test_a_file_that_cannot_be_written_is_told_before_any_work(self, command, option, tmp_path):
        path = tmp_path / "missing" / "file"
        run = Run(command, option, path)
        assert (run.status, run.out) == (2, "")
        assert run.err == f"error: {path}: No such file or directory; name a file that can be written\n"

    def test_a_summary_that_finds_no_room_is_one_line(self):
        run = Run("demo", "--json", "/dev/full")
        assert (run.status, run.err) == (1, "error: /dev/full: No space left on device\n")

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_has_help(self, name):
        run = Run(name, "--help")
        assert run.status == 0
        assert "Options:" in run.out

    @pytest.mark.parametrize(
        "arguments", [["nonsense"], ["run", "--nonsense"], ["run", "-m", "nonsense"], ["plan", "extra"]]
    )
    def test_a_mistake_on_the_command_line_is_status_2(self, arguments):
        run = Run(*arguments)
        assert (run.status, run.out) == (2, "")
        assert re.fullmatch(r"error: .*\(see waldur-federation( run| plan)? --help\)\n", run.err)

    def test_no_command_at_all_shows_the_help(self):
        run = Run()
        assert run.status == 2
        assert "Commands:" in run.err

    def test_a_misspelt_option_is_answered_with_the_one_meant(self):
        assert "'--once'" in Run("run", "--onec").err

    def test_the_version(self):
        assert re.fullmatch(r"waldur-federation \d+\.\d+\.\d+\n", Run("--version").out)


COMMANDS_WITH_A_RESULT = [["plan"], ["drift"], ["map"], ["run", "--once"], ["run", "--once", "--json"]]
QUIETLY = ["--log-level", "ERROR"]
LOST = "error: the result could not be written to standard output: "


class TestStreams:
    @pytest.mark.parametrize("command", [*COMMANDS_WITH_A_RESULT, ["--version"], ["--help"], ["demo"], ["sandbox"]])
    @pytest.mark.parametrize(
        ("redirected", "why"), [(">&-", "it is closed"), (">/dev/full", "No space left on device")]
    )
    def test_a_lost_result_is_one_line_and_status_1(self, command, redirected, why, config):
        with play() as p:
            asked = ["-c", config(p), *QUIETLY] if command in COMMANDS_WITH_A_RESULT else []
            run = Run(*command, *asked, redirected=redirected)
            assert run.status == 1
            assert run.err.splitlines()[-1] == LOST + why
            assert "Traceback" not in run.err

    @pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
    def test_a_lost_log_changes_nothing_else(self, redirected, config):
        with play() as p:
            order = p.place()
            run = Run("run", "--once", "-v", "-c", config(p), redirected=redirected)
            assert (run.status, run.err) == (0, "")
            assert "orders: 1 outcome" in run.out
            assert p.order(order).state == "executing"
            assert Run("run", "--bogus", redirected=redirected).status == 2

    @pytest.mark.parametrize("redirected", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full", "0<&- >/dev/full 2>&-"])
    def test_where_nobody_can_be_told_the_status_tells(self, redirected, config):
        with play() as p:
            order = p.place()
            run = Run("run", "--once", "-c", config(p), redirected=redirected)
            assert (run.status, run.told) == (1, "")
            assert p.order(order).state == "executing"

    @pytest.mark.parametrize("reader", ["true", "head -1"])
    @pytest.mark.parametrize("orders", [1, 1000])
    def test_a_reader_that_leaves_changes_no_status(self, reader, orders, config):
        with play() as p:
            for number in range(orders):
                p.place(name=f"r{number}")
            script = f'"$0" plan --log-level ERROR --json -c "$1" | {reader} >&2; exit "${{PIPESTATUS[0]}}"'
            done = subprocess.run(
                ["bash", "-c", script, INSTALLED, config(p)],
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            assert done.returncode == 3
            assert done.stderr in {"", "{\n"}

    def test_an_environment_that_names_no_encoding_is_no_matter(self):
        assert "→ A  the order is accepted" in Run("demo", environ={"PYTHONIOENCODING": "ascii"}).out

    def test_on_a_narrow_terminal_no_id_is_broken(self, config):
        with play() as p:
            order = p.place(name="climate-run")
            path = config(p)
            for command in ("plan", "drift", "run --once"):
                told = on_a_terminal(80, f"{INSTALLED} {command} --log-level ERROR -c {path}")
                assert str(UUID(order.uuid)) in told
                assert "climate-run" in told
                assert max(map(len, re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", told).splitlines())) <= 80


def on_a_terminal(columns, command):
    """What *command* prints on a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(command.split(), stdin=follower, stdout=follower, stderr=follower, env=environ) as process:
        os.close(follower)
        told = b""
        while chunk := _read(leader):
            told += chunk
        process.wait(PATIENCE)
    os.close(leader)
    return told.decode()


def _read(leader):
    try:
        return os.read(leader, 65_536)
    except OSError:  # the last process of the terminal has ended
        return b""


ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def at_write(p, number, method, act):
    """Call *act* once, when B gets its request of that number with this method; requests may come at once."""
    seen, numbers = [], itertools.count(1)

    def observe(_number, seen_method, _path, phase):
        if phase == "received" and seen_method == method:
            which = next(numbers)
            seen.append(which)
            if which == number:
                act()

    p.pair.b.sandbox.observers.append(observe)
    return seen


class TestSignals:
    @pytest.mark.parametrize("number", ENDINGS)
    def test_a_cycle_that_is_interrupted_finishes_its_request_and_begins_no_other(self, number, config):
        with play() as p:
            order = p.place()
            path = config(p)
            p.pair.b.sandbox.latency = 0.3
            with started("run", "--once", "-c", path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                writes = at_write(p, 1, "POST", lambda: process.send_signal(number))
                _, told = process.communicate(timeout=PATIENCE)
            assert process.returncode == 130
            assert "interrupted: " in told
            assert "running it again is safe" in told.splitlines()[-1]
            assert "Traceback" not in told
            assert len(writes) == 1
            assert len(p.b_writes()) == 1
            p.pair.b.sandbox.latency = 0
            assert Run("run", "--once", "-c", path).status == 0
            p.b_finishes()
            assert Run("run", "--once", "-c", path).status == 0
            assert p.order(order).state == "done"
            assert len(p.b.resources) == 1

    def test_waiting_is_interrupted_at_once(self, config):
        with play(extra={"order_poll_interval": 60, "order_poll_timeout": 600}) as p:
            order = p.place()
            with started("run", "--once", "--wait", "-c", config(p), stderr=subprocess.PIPE) as process:
                deadline = time.monotonic() + PATIENCE
                while not p.order(order).backend_id and time.monotonic() < deadline:
                    time.sleep(0.05)
                time.sleep(0.5)
                process.terminate()
                _, told = process.communicate(timeout=TO_STOP)
            assert (process.returncode, "interrupted: " in told) == (130, True)

    @pytest.mark.parametrize("number", ENDINGS)
    @pytest.mark.parametrize("line", ["1. ", "4. ", "Killed"])
    def test_a_demo_that_is_interrupted_leaves_nothing_behind(self, number, line, tmp_path):
        environ, pipe = {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}, subprocess.PIPE
        summary = tmp_path / "summary.json"
        with started("demo", "--json", summary, environ=environ, stdout=pipe, stderr=pipe) as process:
            for told in process.stdout:
                if line in told:
                    break
            children = _children(process.pid)
            process.send_signal(number)
            _, told = process.communicate(timeout=PATIENCE)
        assert (process.returncode, told) == (130, "interrupted\n")
        assert list(tmp_path.iterdir()) == []
        assert not any(Path(f"/proc/{child}").exists() for child in children)

    @pytest.mark.parametrize("number", ENDINGS)
    def test_a_command_that_only_reads_is_interrupted_in_one_line(self, number, config):
        with play() as p:
            p.place()
            p.pair.b.sandbox.latency = 1
            with started("plan", *QUIETLY, "-c", config(p), stderr=subprocess.PIPE) as process:
                at_write(p, 1, "GET", lambda: process.send_signal(number))
                _, told = process.communicate(timeout=PATIENCE)
            assert (process.returncode, told) == (130, "interrupted\n")


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


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
            assert len(errors_of(run)) == 1
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
        return started("run", "-c", path, environ=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_cycles_until_a_signal_says_stop(self, number, status, config):
        with play() as p:
            order = p.place()
            with self.start(config(p), WALDUR_SITE_AGENT_ORDER_PROCESS_PERIOD_MINUTES="0.005") as daemon:
                self.until(lambda: p.order(order).state == "executing" and p.b.resources)
                p.b_finishes()
                self.until(lambda: p.order(order).state == "done")
                daemon.send_signal(number)
                told, _ = daemon.communicate(timeout=TO_STOP)
            assert daemon.returncode == status
            assert 'federation.daemon started offering="Federated HPC" mode=order_process' in told
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
            with self.start(path) as daemon:
                self.until(lambda: p.order(order).state == "executing" and p.b.resources)
                daemon.terminate()
                told, _ = daemon.communicate(timeout=TO_STOP)
            assert daemon.returncode == 0
            assert 'unreadable offering=Broken task=orders reason="A at 127.0.0.1:1 is unreachable' in told


class TestSandbox:
    def test_serves_a_pair_that_a_configuration_fits_until_told_to_stop(self, tmp_path):
        path = tmp_path / "pair.yaml"
        with started("sandbox", "--config", path, stdout=subprocess.PIPE) as pair:
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

    @pytest.mark.parametrize("number", ENDINGS)
    def test_what_it_prints_and_writes_can_be_copied_and_is_its_owners_alone(self, number, tmp_path):
        config, env = tmp_path / "pair.yaml", tmp_path / "pair.env"
        command = ("sandbox", "--config", config, "--env", env)
        environ = {"COLUMNS": "40", "PYTHONUNBUFFERED": "1"}
        with started(*command, environ=environ, stdout=subprocess.PIPE) as pair:
            lines = []
            for line in pair.stdout:
                lines.append(line)
                if "interrupt to end" in line:
                    break
            pair.send_signal(number)
            assert pair.wait(TO_STOP) == 0
        values = dict(line.split("=", 1) for line in env.read_text().splitlines())
        assert f"  A, token of a user who may order  {values['A_USER_TOKEN']}\n" in lines
        assert any(line.endswith(f" {values['A_URL']}/api/\n") for line in lines)
        assert {stat.S_IMODE(path.stat().st_mode) for path in (config, env)} == {0o600}
        assert "random" not in config.read_text()

    @pytest.mark.parametrize("option", ["--a-port", "--b-port"])
    def test_a_port_that_is_taken_is_one_line(self, option, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            run = Run("sandbox", option, port, "--config", tmp_path / "pair.yaml")
        assert (run.status, run.out) == (2, "")
        assert run.err == f"error: {option} {port} is in use; name another, or leave it out for any free one\n"
        assert list(tmp_path.iterdir()) == []

    def test_one_port_for_both_sides_is_a_mistake(self):
        run = Run("sandbox", "--a-port", 8001, "--b-port", 8001)
        assert run.status == 2
        assert run.err == "error: --a-port and --b-port are both 8001; name two ports, or leave one of them out\n"
