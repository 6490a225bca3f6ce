"""Federations broken on purpose, each in one place, to see that the histories notice.

```console
$ python -m tests.stateful.sabotage            # all of them
$ python -m tests.stateful.sabotage blind-post # one
$ python -m tests.stateful.sabotage --tests    # which of the quick tests notices each
```

Each is a copy of the sources with one text replaced; histories are played on it until one of them fails, or the quick tests run.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"
CORE = "federation_core"
STEPS = 20_000
SECONDS = 400
TESTS = "--tests"
QUICK = ("tests/unit", "tests/property", "tests/contract", "tests/scenario")


@attrs.frozen
class Sabotage:
    """One place that is broken.

    Attributes:
        name: how it is called on the command line.
        breaks: the invariant that cannot hold any more.
        what: what the broken code does.
        path: the module, below ``src``.
        sound: the text as it stands.
        broken: what stands there instead.
    """

    name: str
    breaks: str
    what: str
    path: str
    sound: str
    broken: str


SABOTAGES = (
    Sabotage(
        "blind-post",
        "I1",
        "orders again on B without waiting for an earlier request to commit",
        f"{CORE}/domain/orders/decide.py",
        "if not claimed_now and not self._has_settled():",
        "if False:",
    ),
    Sabotage(
        "no-marks",
        "I1, I10",
        "does not look for its marks, so a create that was killed is ordered again",
        f"{CORE}/domain/orders/counterpart.py",
        "        if marked:\n",
        "        if marked and False:\n",
    ),
    Sabotage(
        "twins-stay",
        "I1",
        "leaves the second resource of two agents alive",
        f"{CORE}/domain/orders/orphans.py",
        "if _is_twin(found, wanted, scene):\n        yield",
        "if False:\n        yield",
    ),
    Sabotage(
        "short-lists",
        "I2",
        "takes a list for complete whatever the server counts",
        "federation_adapters/waldur/peer.py",
        "        counted = counts[-1]\n",
        '        return ""\n        counted = counts[-1]\n',
    ),
    Sabotage(
        "roleless",
        "I2",
        "takes what an account without a role is shown for all there is",
        f"{CORE}/domain/standing.py",
        'return "" if standing.is_staff or ("customer", customer.hex) in roles else _roleless(customer)',
        'return "" if roles is not None else _roleless(customer)',
    ),
    Sabotage(
        "too-early",
        "I3",
        "tells an order done as soon as B works on it",
        f"{CORE}/domain/orders/forwarding.py",
        "APhase.RUNNING: (Step.SUBMIT, Step.WAIT, Step.PARK, Step.WAIT, Step.FINISH, Step.FAIL)",
        "APhase.RUNNING: (Step.SUBMIT, Step.WAIT, Step.PARK, Step.FINISH, Step.FINISH, Step.FAIL)",
    ),
    Sabotage(
        "erred-when-unknown",
        "I3",
        "tells an order erred while it cannot be read what became of it",
        f"{CORE}/domain/orders/forwarding.py",
        "APhase.RUNNING: (Step.SUBMIT, Step.WAIT, Step.PARK, Step.WAIT, Step.FINISH, Step.FAIL)",
        "APhase.RUNNING: (Step.SUBMIT, Step.FAIL, Step.PARK, Step.WAIT, Step.FINISH, Step.FAIL)",
    ),
    Sabotage(
        "blanked-ids",
        "I4",
        "takes an id away from A where B shows none",
        f"{CORE}/domain/fields/authority.py",
        "        return self.value is None and self.changed is None\n",
        "        return False\n",
    ),
    Sabotage(
        "usage-of-another-month",
        "I5",
        "tells past months without a date, so that they land in this one",
        "federation_adapters/waldur/usage.py",
        '**({} if at is None else {"date": _moment(at)})',
        "**{}",
    ),
    Sabotage(
        "zeroes",
        "I5",
        "tells zero for what B shows no figure of",
        f"{CORE}/domain/usage/pair.py",
        "gone = told.keys() & self.rules.mapping.a_components if self.rules.zero_vanished else frozenset()",
        "gone = self.rules.mapping.a_components",
    ),
    Sabotage(
        "usage-multiplied",
        "I5, I6",
        "converts usage with the inverse of limits",
        f"{CORE}/domain/mapping/algebra.py",
        "return Credit(metered / target.factor, is_primary)",
        "return Credit(metered * target.factor, is_primary)",
    ),
    Sabotage(
        "limits-too-high",
        "I6",
        "takes the highest instead of the lowest that B's limits allow",
        f"{CORE}/domain/mapping/algebra.py",
        "result[source.component] = min(floor(limits[t.component] / t.factor) for t in source.targets)",
        "result[source.component] = max(floor(limits[t.component] / t.factor) for t in source.targets)",
    ),
    Sabotage(
        "limits-too-low",
        "I6",
        "rounds the limits that it pulls down by one, again and again",
        f"{CORE}/domain/fields/limits.py",
        "fresh = {name: Fraction(told[name]) for name in changed if name in told}",
        "fresh = {name: Fraction(max(told[name] - 1, 0)) for name in changed if name in told}",
    ),
    Sabotage(
        "takes-first",
        "I7",
        "takes a role away before it gives the new one",
        f"{CORE}/domain/plan/actions/membership.py",
        "    GRANT = enum.auto()\n    CHANGE = enum.auto()\n    WITHDRAW = enum.auto()\n    REVOKE = enum.auto()\n",
        "    WITHDRAW = enum.auto()\n    CHANGE = enum.auto()\n    REVOKE = enum.auto()\n    GRANT = enum.auto()\n",
    ),
    Sabotage(
        "everybody-s-roles",
        "I7",
        "takes roles away that B's staff gave",
        f"{CORE}/domain/membership/ownership.py",
        "return Owner.OURS if makers <= self.ours else Owner.ANOTHER",
        "return Owner.OURS",
    ),
    Sabotage(
        "removes-when-blind",
        "I2, I7",
        "takes roles away although not all was read",
        f"{CORE}/domain/membership/account.py",
        "if not self.owners.scene.may_remove:",
        "if False:",
    ),
    Sabotage(
        "writes-again",
        "I9",
        "tells A the usage that it has already",
        f"{CORE}/domain/usage/compare.py",
        "if have.get(key) != value}",
        "if True}",
    ),
    Sabotage(
        "memory",
        "I10",
        "knows only by heart when it last ordered, and not by A's stamps",
        f"{CORE}/domain/orders/decide.py",
        "(self.order.reviewed_at, self.resource.last_sync, attempted)",
        "(attempted,)",
    ),
    Sabotage(
        "stops-at-the-first",
        "I12",
        "stops all writes of a cycle when one of them fails",
        f"{CORE}/application/apply_writes.py",
        "chain.error = None if self._spares(error) else error",
        "raise KeyError from error",
    ),
)


def caught(one: Sabotage, seed: int = 1) -> str:
    """What noticed it of the histories, or empty."""
    told = _run(one, f"tests.stateful --steps {STEPS} --seed {seed} --jobs 1 --no-shrink")
    found = re.findall(r"^(?:\w+\.)*\w*(?:Error|Exception)(?:: .*)?$", told, re.MULTILINE)
    return found[-1] if found else told[-300:]


def caught_by_a_test(one: Sabotage) -> str:
    """The first of the quick tests that noticed it, or empty."""
    told = _run(one, f"pytest -q -x -n 2 -p no:cacheprovider {' '.join(QUICK)}")
    found = re.findall(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE)
    return found[0] if found else told[-300:]


def _run(one: Sabotage, module: str) -> str:
    """What running *module* on the broken sources tells; empty where it tells of no failure, or is not done in time."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "src"
        shutil.copytree(SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
        broken = sources / one.path
        text = broken.read_text()
        if text.count(one.sound) != 1:
            raise SystemExit(f"{one.name}: {one.path} does not have exactly one {one.sound!r}")
        broken.write_text(text.replace(one.sound, one.broken))
        try:
            done = subprocess.run(
                [sys.executable, "-m", *module.split()],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(sources), str(ROOT)])},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
    return "" if done.returncode == 0 else done.stderr + done.stdout


def main(words: list[str]) -> int:
    """Try those named, or all; 1 where one was not noticed."""
    names = [word for word in words if word != TESTS]
    notice = caught_by_a_test if TESTS in words else caught
    missed = 0
    for one in SABOTAGES:
        if names and one.name not in names:
            continue
        told = notice(one)
        missed += not told
        sys.stdout.write(f"{one.name:24} {one.breaks:8} {told or 'NOT NOTICED'}\n")
        sys.stdout.flush()
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
