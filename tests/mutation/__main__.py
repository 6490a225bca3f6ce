"""Would the tests notice a mistake? ``python -m tests.mutation --sample 600 --seed 1``."""

import argparse
import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import attrs
from tests.mutation.explained import EXPLAINED
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.reach import ROOT
from tests.mutation.trials import judge, paths, prepare

CORE = ROOT / "src" / "federation_core"
USE_CASES = (
    "apply_orders",
    "apply_writes",
    "load_history",
    "mirror_projects",
    "order_index",
    "order_run",
    "orders",
    "outcome",
    "read_orders",
    "readings",
    "submit_create",
    "sync_usage",
    "tell_usage",
)
LEAST_SCORE = 0.9
_EXPLAINED = {(one.module, one.text, one.change) for one in EXPLAINED}


@attrs.define
class Count:
    """What became of the mutants of one module."""

    tried: int = 0
    killed: int = 0
    explained: int = 0

    @property
    def score(self) -> float:
        """The share that was killed of those that could be."""
        return self.killed / max(self.tried - self.explained, 1)

    def __str__(self) -> str:
        told = f"{self.killed:4} of {self.tried:4} killed"
        return f"{told}, {self.explained:2} explained, {self.score:6.1%}"


class Record:
    """Counts, and tells of survivors as they are found."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, Count] = defaultdict(Count)

    def tell(self, mutant: Mutant, killed: bool) -> None:  # noqa: FBT001 - a verdict, not a switch
        """Take in what became of one."""
        count = self.counts[below_core(mutant.path)]
        is_explained = key_of(mutant) in _EXPLAINED
        count.tried += 1
        count.killed += killed
        count.explained += is_explained and not killed
        if killed == is_explained:
            told = "killed although it is explained" if killed else "survived"
            _say(f"{told}: {mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.change}")

    def total(self) -> Count:
        """All modules together."""
        fields = attrs.fields_dict(Count)
        return Count(**{name: sum(getattr(one, name) for one in self.counts.values()) for name in fields})


def modules() -> list[Path]:
    """Those of which mistakes are tried: every decision, and the use cases of orders and usage."""
    use_cases = [CORE / "application" / f"{name}.py" for name in USE_CASES]
    return sorted([*(CORE / "domain").rglob("*.py"), *use_cases])


def below_core(path: Path) -> str:
    """How a module is called here."""
    return path.relative_to(CORE).as_posix()


def key_of(mutant: Mutant) -> tuple[str, str, str]:
    """What a mutant is known by when lines move."""
    return below_core(mutant.path), mutant.text, mutant.change


def main() -> int:
    """Try a sample, or all, and tell the score of each module; 1 where it is too low."""
    asked, started = _asked(), time.monotonic()
    chosen = [path for path in modules() if not asked.modules or below_core(path).startswith(tuple(asked.modules))]
    everything = [mutant for path in chosen for mutant in mutants_of(path)]
    _say_what_is_explained_in_vain(everything, chosen)
    sample = _sample(everything, asked.sample, asked.seed)
    _say(f"{len(sample):,} of {len(everything):,} mutants of {len(chosen)} modules, seed {asked.seed}")
    prepare()
    record = Record()
    judge(sample, paths(), record.tell)
    for name, count in sorted(record.counts.items()):
        _say(f"{name:36} {count}")
    total = record.total()
    _say(
        f"seed {asked.seed}, sample {len(sample):,} of {len(everything):,}: {total} ({time.monotonic() - started:.0f} s)"
    )
    return total.score < LEAST_SCORE


def _sample(everything: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """As many as asked for: others where code is changed stay the same ones, and a larger sample has all of a smaller one."""

    def lot(mutant: Mutant) -> bytes:
        return hashlib.sha256(repr((seed, key_of(mutant))).encode()).digest()

    kept = sorted(everything, key=lot)[: size or len(everything)]
    return sorted(kept, key=lambda mutant: (mutant.path, mutant.line, mutant.number))


def _say_what_is_explained_in_vain(mutants: Sequence[Mutant], chosen: Sequence[Path]) -> None:
    known, here = set(map(key_of, mutants)), set(map(below_core, chosen))
    for module, text, change in sorted(_EXPLAINED - known):
        if module in here:
            _say(f"explained, but no longer there: {module}: {change} in {text}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="only modules whose path below federation_core begins so")
    parser.add_argument("--sample", type=int, default=600, help="how many are tried; 0 for all")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
