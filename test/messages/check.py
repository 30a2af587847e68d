#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A function that does not fit an operator is refused with words: the operator and the record type come first.

usage: check.py SOURCE COMPILER DIR:DIR… with the include folders of a program.
"""
import re
import subprocess
import sys

# How many lines of the compiler's output may come before the words.
FIRST_LINES = 8


def main(source, compiler, folders):
    text = open(source, encoding="utf-8").read().split("\n")
    expected = {n + 2: line.split("expect: ")[1] for n, line in enumerate(text) if "// expect: " in line}
    command = [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", "-DCAF_ENABLE_TYPE_ID_CHECKS"]
    command += [f"-I{folder}" for folder in folders.split(":") if folder]
    said = subprocess.run(command + [source], capture_output=True, text=True, check=False).stderr.split("\n")
    problems = []
    for line, words in expected.items():
        # "required from here" ends the way to the call; what follows until the next such way belongs to it.
        found = [i for i, x in enumerate(said) if re.match(rf".*wrong_program\.cpp:{line}:\d+:", x)]
        block = said[max(found[0] - 2, 0):found[0] + FIRST_LINES] if found else []
        if not any("sluice: " + words in x for x in block):
            problems.append(f"line {line}: not said among the first {FIRST_LINES} lines: {words}\n  "
                            + "\n  ".join(block))
        elif not any("std::basic_string_view<char>" in x for x in block):
            problems.append(f"line {line}: the record type is not named:\n  " + "\n  ".join(block))
    for problem in problems:
        print(problem)
    print(f"{len(expected)} wrong programs, {len(problems)} problems")
    return 1 if problems or not expected else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
