#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Has Prometheus' own tool check the metrics of a real program. Needs `promtool`, of Debian's package `prometheus`;
without it, ends with 77: skipped."""
import shutil
import subprocess
import sys

from watched_program import Program

SKIPPED = 77


def main():
    if not shutil.which("promtool"):
        print("there is no promtool: skipped")
        return SKIPPED
    with Program(sys.argv[1], "healthy") as program:
        program.wait_for_batches(3)
        text = program.read("/metrics")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    print(checked.stdout + checked.stderr)
    return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
