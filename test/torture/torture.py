#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tortures real programs: see README.md. `./dev torture` calls it with a release build, and ctest with a small share.

Every part runs with seeds, one after another, and says in a line what it did. Of what went wrong it says the seed.
"""
import argparse
import dataclasses
import re
import sys
import time
from typing import Callable

import io_errors
import kills
import lossy_network
import power_cuts
from kit import Failed, Kit


@dataclasses.dataclass
class Part:
    name: str
    run: Callable
    about: str


PARTS = [
    Part("kills", kills.run, "kill -9 of a job at random times"),
    Part("power_cuts", power_cuts.run, "images of a disk whose power was cut"),
    Part("io_errors", io_errors.run, "a disk that fails at any write"),
    Part("full_disk", io_errors.run_full_disk, "a disk that is full"),
    Part("lossy_network", lossy_network.run, "a network that delays, trickles and cuts"),
]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pattern", nargs="?", default="", help="only parts whose name matches")
    parser.add_argument("--programs", default=".", help="the folder of the programs")
    parser.add_argument("--shim", default="torture_shim.so", help="the library that plays the disk")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each part")
    parser.add_argument("--minutes", type=float, help="go on with more seeds until so many minutes are over")
    parser.add_argument("--kills", type=int, default=100, help="of the job, a seed")
    parser.add_argument("--images", type=int, default=500, help="of a power cut, a seed")
    parser.add_argument("--faults", type=int, default=1000, help="calls of a store that fail, a seed")
    parser.add_argument("--job-faults", type=int, default=40, help="of a whole job, a seed")
    parser.add_argument("--disk", type=int, default=8 << 20, help="bytes of the disk that is full")
    parser.add_argument("--cuts", type=int, default=100, help="of connections, a seed")
    parser.add_argument("--strict", action="store_true", help="an update that is output twice is a fault, too")
    parser.add_argument("--list", action="store_true", help="say which parts there are")
    return parser.parse_args(arguments)


def seeds(options, begun):
    """The seeds to try; with --minutes as many more as there is time for."""
    seed = options.seed
    while seed < options.seed + options.seeds or (options.minutes and time.monotonic() - begun < options.minutes * 60):
        yield seed
        seed += 1


def main(arguments):
    options = parse(arguments)
    parts = [part for part in PARTS if re.search(options.pattern, f"torture/{part.name}")]
    if options.list:
        for part in parts:
            print(f"torture/{part.name:15} {part.about}")
        return 0
    kit = Kit(options.programs, options.shim)
    begun, failed = time.monotonic(), []
    for seed in seeds(options, begun) if parts else []:
        for part in parts:
            since = time.monotonic()
            try:
                verdict = part.run(kit, seed, options)
            except Failed as what:
                failed.append(f"{part.name} --seed {seed}")
                verdict = f"FAILED: {what}"
            print(f"torture/{part.name}, seed {seed}, {time.monotonic() - since:.1f} s: {verdict}", flush=True)
    if failed:
        print("failed: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
