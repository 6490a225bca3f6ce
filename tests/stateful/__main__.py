"""Play histories: ``python -m tests.stateful --steps 20000 --seed 1 --jobs 2``."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.stateful.histories import Played, play

SEEDS_APART = 1_000_000


def main() -> int:
    """Play as many steps as asked for, side by side, and say what was in them; 1 where an invariant was broken."""
    options = _options()
    started = time.monotonic()
    share = -(-options.steps // options.jobs)
    with ProcessPoolExecutor(options.jobs) as pool:
        shards = [
            pool.submit(play, share, options.seed + SEEDS_APART * job, shrinks=options.shrink)
            for job in range(options.jobs)
        ]
        played = sum((shard.result() for shard in shards), Played())
    sys.stdout.write(
        f"seed {options.seed}: {played.lives:,} histories, {played.steps:,} steps, {played.cycles:,} cycles, "
        f"{played.requests:,} requests, {played.troubles:,} troubles, {played.kills:,} kills: every invariant held "
        f"({time.monotonic() - started:.0f} s)\n"
    )
    return 0


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
