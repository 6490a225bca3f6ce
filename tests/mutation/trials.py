"""Trying mutants: which tests go through a line, and whether one of them fails when there is a mistake in it.

Everything is collected once; each mutant is a fork of that process, with the code of the functions exchanged. A mistake outside of
functions shows while modules are imported, so there the fork comes before the import.
"""

import gc
import importlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import attrs
import pytest
from coverage import CoverageData
from tests.mutation.mutants import Mutant

ROOT = Path(__file__).parents[2]
FAST = ("tests/unit/core", "tests/unit/application", "tests/property")
OPTIONS = ("-qq", "-x", "-p", "no:cacheprovider", "--capture=no", "-Wignore::pytest.PytestAssertRewriteWarning")
LIBRARIES = ("attrs", "cattrs", "coverage", "httpx", "hypothesis.stateful", "tenacity", "werkzeug", "yaml")
SECONDS_OF_A_TEST = 20
MOST_MEMORY = 4 << 30

SURVIVED, KILLED = 0, 1
Told = Callable[[Mutant, bool], None]


@attrs.frozen
class Paths:
    """Which tests go through which lines.

    Attributes:
        tests: all of them, in their order.
        through: module -> line -> numbers of the tests that execute it.
    """

    tests: tuple[str, ...]
    through: Mapping[str, Mapping[int, frozenset[int]]]

    def for_mutant(self, mutant: Mutant) -> tuple[str, ...]:
        """The tests that could notice *mutant*: those that execute its lines; outside of functions, whole files.

        What stands outside is executed by nobody's test, and may be looked at by one that executes nothing of the module.
        """
        lines = self.through.get(str(mutant.path), {})
        if mutant.is_inside:
            wanted = [lines.get(line, frozenset()) for line in range(mutant.line, mutant.last_line + 1)]
        else:
            wanted = list(lines.values()) or [frozenset(range(len(self.tests)))]
        named = [self.tests[number] for number in sorted(frozenset[int]().union(*wanted))]
        return tuple(named if mutant.is_inside else dict.fromkeys(name.partition("::")[0] for name in named))


def paths() -> Paths:
    """Run the fast tests once, and see where each goes.

    Raises:
        SystemExit: they fail as it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                *FAST,
                *OPTIONS,
                "--cov=federation_core",
                "--cov-context=test",
                "--cov-report=",
            ],
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, "COVERAGE_FILE": str(data)},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise SystemExit("the fast tests fail, so no mutant can be judged by them")
        return _read(data)


ENVIRONMENT = {"HYPOTHESIS_PROFILE": "mutants"}


def _read(data: Path) -> Paths:
    measured = CoverageData(str(data))
    measured.read()
    names = sorted({name.rpartition("|")[0] for name in measured.measured_contexts()} - {""}, key=_soonest)
    number = {name: index for index, name in enumerate(names)}
    through = {}
    for module in measured.measured_files():
        through[module] = {
            line: frozenset(number[test] for name in contexts if (test := name.rpartition("|")[0]))
            for line, contexts in measured.contexts_by_lineno(module).items()
        }
    return Paths(tuple(names), through)


def _soonest(name: str) -> tuple[bool, str]:
    return name.startswith("tests/property"), name


def prepare() -> None:
    """Import what tests stand on, but nothing of ours, so that forks need not."""
    os.environ.update(ENVIRONMENT)
    os.chdir(ROOT)
    for name in LIBRARIES:
        importlib.import_module(name)


def judge(mutants: Sequence[Mutant], known: Paths, tell: Told) -> None:
    """Tell of each mutant whether it was killed."""
    outside = [mutant for mutant in mutants if not mutant.is_inside]
    if outside and _forked(lambda: _imports(None, known.for_mutant(outside[0]))):
        raise SystemExit("the tests fail in a fork although nothing is changed")
    for mutant in outside:
        tell(mutant, _forked(partial(_imports, mutant, known.for_mutant(mutant))))
    inside = [mutant for mutant in mutants if mutant.is_inside]
    if inside:
        loop = _Loop(inside, known, tell)
        pytest.main([*FAST, *OPTIONS], plugins=[loop])
        if not loop.is_over:
            raise SystemExit("the tests could not be collected")


def _forked(trial: Callable[[], int]) -> bool:
    """Whether *trial*, in a process of its own, ends otherwise than well."""
    child = os.fork()
    if not child:
        code = KILLED
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            code = trial()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] != 0


def _start_the_clock() -> None:
    """End this process, and with it the mutant, where the next test takes too long."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS_OF_A_TEST)


class _Only:
    """Runs the tests that could notice something, and no others."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = frozenset(wanted)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if {item.nodeid, item.nodeid.partition("::")[0]} & self._wanted]

    def pytest_runtest_setup(self):
        _start_the_clock()


def _imports(mutant: Mutant | None, tests: Sequence[str]) -> int:
    """Import everything with the mistake, and run *tests*."""
    if mutant is not None:
        _mistaken(mutant)
    _start_the_clock()
    files = sorted({test.partition("::")[0] for test in tests}, key=_soonest)
    done = pytest.main([*files, *OPTIONS], plugins=[_Only(tests)])
    return SURVIVED if done in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else KILLED


def _mistaken(mutant: Mutant) -> None:
    """Have the module imported with the mistake."""
    code, sound = mutant.code(), SourceFileLoader.get_code

    def get_code(self, fullname):
        return code if self.path == str(mutant.path) else sound(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


class _Loop:
    """Runs, instead of all tests, those of each mutant in a fork of its own."""

    def __init__(self, mutants: Sequence[Mutant], known: Paths, tell: Told) -> None:
        self._mutants, self._known, self._tell = mutants, known, tell
        self.is_over = False

    def pytest_runtestloop(self, session):
        items = {item.nodeid: item for item in session.items}
        functions = _functions()
        gc.freeze()
        if _forked(lambda: _runs(None, session.items, functions)):
            raise SystemExit("the tests fail in a fork although nothing is changed")
        for mutant in self._mutants:
            chosen = [items[test] for test in self._known.for_mutant(mutant)]
            self._tell(mutant, _forked(partial(_runs, mutant, chosen, functions)))
        self.is_over = True
        return True


_Key = tuple[str, str, int]


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _functions() -> Mapping[_Key, Sequence[FunctionType]]:
    """Every function that is alive, by where it was written."""
    found: defaultdict[_Key, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            found[_key(one.__code__)].append(one)
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _runs(mutant: Mutant | None, items: Sequence[pytest.Item], functions: Mapping[_Key, Sequence[FunctionType]]) -> int:
    """Put the mistake into the functions that have it, and run *items* until one fails."""
    for code in _codes(mutant.code()) if mutant is not None else ():
        for function in functions.get(_key(code), ()):
            if len(function.__code__.co_freevars) == len(code.co_freevars):
                function.__code__ = code
    for item, following in zip(items, [*items[1:], None], strict=True):
        _start_the_clock()
        reports = pytest_runtest(item, following)
        if any(report.failed for report in reports):
            return KILLED
    return SURVIVED


def pytest_runtest(item: pytest.Item, following: pytest.Item | None) -> list[pytest.TestReport]:
    """The reports of one test, from its set-up to its end."""
    from _pytest.runner import runtestprotocol

    return runtestprotocol(item, nextitem=following, log=False)
