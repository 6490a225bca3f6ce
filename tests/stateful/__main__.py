"""Play histories: ``python -m tests.stateful --steps 20000 --seed 1 --jobs 2``."""

import argparse
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.progress import track
from tests.stateful.histories import Played, play

STEPS_OF_A_SHARE = 1_000
SEEDS_APART = 1_000


def main() -> int:
    """Play as many steps as asked for, side by side, and say what was in them.

    Raises:
        AssertionError: an invariant was broken, in the history that its notes tell; no further share is begun.
    """
    options = _options()
    started = time.monotonic()
    shares = [min(STEPS_OF_A_SHARE, options.steps - done) for done in range(0, options.steps, STEPS_OF_A_SHARE)]
    seeds = range(options.seed * SEEDS_APART**2, sys.maxsize, SEEDS_APART)
    with ProcessPoolExecutor(options.jobs) as pool:
        playing = [
            pool.submit(play, share, seed, shrinks=options.shrink) for seed, share in zip(seeds, shares, strict=False)
        ]
        try:
            played = sum((share.result() for share in _shown(as_completed(playing), len(shares))), Played())
        finally:
            pool.shutdown(cancel_futures=True)
    sys.stdout.write(
        f"seed {options.seed}: {played.lives:,} histories, {played.steps:,} steps, {played.cycles:,} cycles, "
        f"{played.requests:,} requests, {played.troubles:,} troubles, {played.kills:,} kills: every invariant held "
        f"({time.monotonic() - started:.0f} s)\n"
    )
    return 0


def _shown(playing: Iterable[Future[Played]], total: int) -> Iterable[Future[Played]]:
    """A bar that tells how far it is, where there is a terminal."""
    console = Console(stderr=True)
    return track(playing, "histories", total, console=console, transient=True, disable=not console.is_terminal)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stateful", description="Play histories of two marketplaces.")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--no-shrink", dest="shrink", action="store_false", help="show the first failing history as it is"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
