"""Trying mutants: which tests go through a line, and whether one of them fails when there is a mistake in it.

Everything is collected once; each mutant is a fork of that process, with the code of the functions exchanged. A mistake outside of
functions, or in one that is called while modules are imported, shows in what they hold from then on. There the fork comes before
the import, and every file of tests is asked that can see the module, as reading a constant executes no line of it.
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
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import attrs
import pytest
from coverage import CoverageData
from tests.mutation.mutants import Mutant
from tests.mutation.reach import ROOT, modules_seen_by, nearest

FAST = ("tests/unit/core", "tests/unit/application", "tests/property", "tests/scenario/test_check.py")
"""Tests that stay within one process, and the doctor's, whose checks of what two marketplaces show have no other tests."""

OPTIONS = ("-qq", "-x", "-p", "no:cacheprovider", "--capture=no", "-Wignore::pytest.PytestAssertRewriteWarning")
LIBRARIES = ("attrs", "cattrs", "coverage", "httpx", "hypothesis.stateful", "tenacity", "werkzeug", "yaml")
SECONDS_OF_A_TEST = 20
"""Of work: on a busy machine a test may wait much longer before it counts as one that never ends."""

MOST_WAITING = 10 * SECONDS_OF_A_TEST
MOST_MEMORY = 4 << 30

SURVIVED, KILLED = 0, 1
Told = Callable[[Mutant, bool], None]


@attrs.frozen
class Paths:
    """Which tests go through which lines.

    Attributes:
        tests: all of them, in their order.
        through: module -> line -> numbers of the tests that execute it.
        at_import: module -> lines that are executed before the first test.
    """

    tests: tuple[str, ...]
    through: Mapping[str, Mapping[int, frozenset[int]]]
    at_import: Mapping[str, frozenset[int]]

    def is_seen_at_import(self, mutant: Mutant) -> bool:
        """Whether *mutant* changes what happens before the first test: outside of functions, or in one that is called there."""
        lines = self.at_import.get(str(mutant.path), frozenset())
        return not mutant.is_inside or not lines.isdisjoint(_lines(mutant))

    def tests_for(self, mutant: Mutant) -> tuple[str, ...]:
        """The tests that could notice *mutant*, which is in a function: those that execute its lines."""
        lines = self.through.get(str(mutant.path), {})
        wanted = (lines.get(line, frozenset()) for line in _lines(mutant))
        return tuple(self.tests[number] for number in sorted(frozenset[int]().union(*wanted)))

    def files_for(self, mutant: Mutant) -> tuple[tuple[str, ...], ...]:
        """The files of tests that could notice *mutant* when it is there from the start, the likely ones first."""
        return nearest({file: modules_seen_by(file) for file in _files()}, str(mutant.path))


def _files() -> Iterator[str]:
    """All files of the fast tests; some of them execute nothing of ours, and look at what it is."""
    for name in FAST:
        for path in (ROOT / name).rglob("test_*.py") if (ROOT / name).is_dir() else [ROOT / name]:
            yield path.relative_to(ROOT).as_posix()


def _lines(mutant: Mutant) -> range:
    return range(mutant.line, mutant.last_line + 1)


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
    through, at_import = {}, {}
    for module in measured.measured_files():
        lines = measured.contexts_by_lineno(module)
        at_import[module] = frozenset(line for line, contexts in lines.items() if "" in contexts)
        through[module] = {
            line: frozenset(number[test] for name in contexts if (test := name.rpartition("|")[0]))
            for line, contexts in lines.items()
        }
    return Paths(tuple(names), through, at_import)


def _soonest(name: str) -> tuple[int, str]:
    return ("tests/unit", "tests/property", "tests/scenario").index("/".join(name.split("/")[:2])), name


def prepare() -> None:
    """Import what tests stand on, but nothing of ours, so that forks need not."""
    os.environ.update(ENVIRONMENT)
    os.chdir(ROOT)
    for name in LIBRARIES:
        importlib.import_module(name)


def judge(mutants: Sequence[Mutant], known: Paths, tell: Told) -> None:
    """Tell of each mutant whether it was killed."""
    early = [mutant for mutant in mutants if known.is_seen_at_import(mutant)]
    if early:

        def is_killed(mutant: Mutant | None) -> bool:
            groups = known.files_for(mutant or early[0])
            return any(_forked(partial(_imports, mutant, files)) for files in groups[: None if mutant else 1])

        _side_by_side(early, is_killed, tell)
    late = [mutant for mutant in mutants if not known.is_seen_at_import(mutant)]
    if late:
        loop = _Loop(late, known, tell)
        pytest.main([*FAST, *OPTIONS], plugins=[loop])
        if not loop.is_over:
            raise SystemExit("the tests could not be collected")


def _side_by_side(mutants: Sequence[Mutant], is_killed: Callable[[Mutant | None], bool], tell: Told) -> None:
    """Tell of each in turn; as many are tried at once as there are processors, after none at all, which has to go well."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if pool.submit(is_killed, None).result():
            raise SystemExit("the tests fail in a fork although nothing is changed")
        for mutant, killed in zip(mutants, pool.map(is_killed, mutants), strict=True):
            tell(mutant, killed)


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
    for clock, signal_sent, seconds in (
        (signal.ITIMER_PROF, signal.SIGPROF, SECONDS_OF_A_TEST),
        (signal.ITIMER_REAL, signal.SIGALRM, MOST_WAITING),
    ):
        signal.signal(signal_sent, signal.SIG_DFL)
        signal.setitimer(clock, seconds)


class _Clock:
    """Ends tests that take too long."""

    def pytest_runtest_setup(self):
        _start_the_clock()


def _imports(mutant: Mutant | None, files: Sequence[str]) -> int:
    """Import everything with the mistake, and run the tests in *files*."""
    if mutant is not None:
        _mistaken(mutant)
    _start_the_clock()
    done = pytest.main([*files, *OPTIONS], plugins=[_Clock()])
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
        chosen = {mutant: [items[test] for test in self._known.tests_for(mutant)] for mutant in self._mutants}

        def is_killed(mutant: Mutant | None) -> bool:
            return _forked(partial(_runs, mutant, chosen[mutant or self._mutants[0]], functions))

        _side_by_side(self._mutants, is_killed, self._tell)
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
