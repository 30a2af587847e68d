#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program that does not fit is refused with words: the mistake and the type come first, and little else is said.

usage: check.py SOURCE COMPILER DIR:DIR… with the include folders of a program.
"""
import re
import subprocess
import sys

# How many lines the compiler may say of one mistake, in all, without the folders that headers were included from.
MOST_LINES = 12

INCLUDED = re.compile(r"In file included from |\s+from ")
USED_TYPE = "std::basic_string_view<char>"


def statements(said, source):
    """The lines of the output by the line of the program that they are about. An error is told from the outside in:
    first the functions and the line they were instantiated from, then the error itself."""
    result = {}
    waiting, line = [], None
    for x in said:
        if INCLUDED.match(x):
            continue
        place = re.match(rf".*{re.escape(source)}:(\d+):\d+:", x)
        if place:
            line = int(place.group(1))
            result.setdefault(line, []).extend(waiting + [x])
            waiting = []
        elif re.search(r": (In instantiation of|In substitution of|In (lambda |member )?function)", x):
            waiting, line = [x], None
        elif line is None:
            waiting.append(x)
        else:
            result[line].append(x)
    return result


def main(source, compiler, folders):
    text = open(source, encoding="utf-8").read().split("\n")
    expected = {n + 2: line.split("expect: ")[1] for n, line in enumerate(text) if "// expect: " in line}
    names = {n + 3: line.split("names: ")[1] for n, line in enumerate(text) if "// names: " in line}
    command = [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", "-DCAF_ENABLE_TYPE_ID_CHECKS"]
    command += [f"-I{folder}" for folder in folders.split(":") if folder]
    said = subprocess.run(command + [source], capture_output=True, text=True, check=False).stderr.split("\n")
    found = statements([x for x in said if x], source.split("/")[-1])
    problems = []
    for line, words in expected.items():
        block = found.get(line, [])
        name = names.get(line, USED_TYPE)
        if not any("sluice: " + words in x for x in block):
            problem = f"not said: {words}"
        elif name not in "\n".join(block):
            problem = f"the type {name} is not named"
        elif "sluice: " not in next(x for x in block if ": error: " in x):
            problem = "the first error is not Sluice's"
        elif len(block) > MOST_LINES:
            problem = f"{len(block)} lines instead of {MOST_LINES}"
        else:
            continue
        problems.append(f"line {line}: {problem}:\n  " + "\n  ".join(x[:200] for x in block[:40]))
    for line in found:
        if line not in expected:
            problems.append(f"line {line}: not expected:\n  " + "\n  ".join(x[:200] for x in found[line][:10]))
    for problem in problems:
        print(problem)
    print(f"{len(expected)} wrong programs, {len(problems)} problems")
    return 1 if problems or not expected else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
