#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every cause that a program can name has a sentence in docs/monitoring.md, advice in docs/tuning.md, and a place in
the OpenAPI file; and there are no others.

usage: causes.py ROOT
"""
import json
import pathlib
import re
import sys

NAMED = re.compile(r'level::\w+,\s*"(\w+)"')


def in_table(page):
    """What is in the first column of the table of causes."""
    table = page.read_text().split("\n| cause |", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", table, re.MULTILINE)
    return {cause for row in rows for cause in re.findall(r"`(\w+)`", row)}


def main():
    root = pathlib.Path(sys.argv[1])
    causes = {cause for file in (root / "runtime/monitor").glob("*.cpp") for cause in NAMED.findall(file.read_text())}
    api = json.loads((root / "runtime/web/page/openapi.json").read_text())
    places = {
        "docs/monitoring.md": in_table(root / "docs/monitoring.md"),
        "docs/tuning.md": in_table(root / "docs/tuning.md"),
        "openapi.json": set(api["components"]["schemas"]["Reason"]["properties"]["cause"]["enum"]),
    }
    wrong = 0
    for where, there in places.items():
        for cause in sorted(causes - there):
            print(f"{where}: has nothing about the cause {cause}")
            wrong += 1
        for cause in sorted(there - causes):
            print(f"{where}: no program names the cause {cause}")
            wrong += 1
    print(f"{len(causes)} causes, {wrong} things wrong")
    return 1 if wrong or len(causes) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
