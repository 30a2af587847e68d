#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The names that a program sees: what <sluice/sluice.hpp> and the test kit declare in the namespace sluice.

  check.py ROOT          compares them with test/api/names.txt, and fails on every name that is new or gone
  check.py ROOT --write  writes the file, for a change that is meant; a reviewer then sees it

Names in sluice::detail are nobody's business and may change at any time.
"""
import pathlib
import re
import sys

DOORS = ("runtime/sluice.hpp", "runtime/program/actor_stream.hpp", "connectors/sqlite/sqlite_output.hpp",
         "testkit/pipeline.hpp", "testkit/simulation.hpp")
SEEN = ("sluice", "sluice::testkit")
INCLUDE = re.compile(r"^#include <sluice/([^>]+\.hpp)>", re.MULTILINE)
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
                   re.DOTALL | re.MULTILINE)
NAMESPACE = re.compile(r"\s*(?:inline\s+)?namespace\s*([\w:]*)\s*$")
DECLARED = (re.compile(r"\bconcept\s+(\w+)"), re.compile(r"\busing\s+(\w+)\s*="),
            re.compile(r"\b(?:class|struct|enum\s+class|enum)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?!\w*\s*<)"),
            re.compile(r"(?<![\w:])(\w+)\s*(?:<[^()]*>)?\("), re.compile(r"(\w+)\s*(?:=|$)"))
CONSTRAINT = re.compile(r"^requires\s+(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s(]+(?:<[^>]*>)?(?:\([^)]*\))?)\s*")
NOT_NAMES = {"requires", "noexcept", "static_assert", "operator", "alignas", "decltype", "sizeof"}


def header(root, name):
    """The file of an include: sluice.hpp and its like stand in runtime/."""
    return next((p for p in (root / name, root / "runtime" / name) if p.is_file()), None)


def reached(root):
    seen, todo = set(), [root / door for door in DOORS]
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += filter(None, (header(root, name) for name in INCLUDE.findall(path.read_text())))
    return sorted(seen)


def without_templates(text):
    """A declaration without `template <…>` in front of it, and without its initialiser or body."""
    text = text.strip()
    while text.startswith("template"):
        depth, at = 0, text.index("<")
        for at in range(at, len(text)):
            depth += {"<": 1, ">": -1}.get(text[at], 0)
            if depth == 0:
                break
        text = text[at + 1:].strip()
        if text.startswith("requires"):
            text = CONSTRAINT.sub("", text)
    return text


def name_of(declaration):
    text = without_templates(declaration)
    if not text or text.startswith(("friend", "static_assert", "extern template", "using namespace", "}")):
        return None
    if re.match(r"(class|struct)\s+\w+\s*<", text):
        return None  # a specialisation declares nothing new
    if re.search(r"[\w>]::(operator\W+|~?\w+)\s*$", text.split("(")[0]):
        return None  # nor does a member that is defined outside its class
    for pattern in DECLARED:
        for name in pattern.findall(text):
            if name not in NOT_NAMES and not name[0].isdigit():
                return name
    return None


def declarations(text):
    """(namespace, text) of what stands directly in a namespace."""
    scopes, here = [], ""
    for c in NOISE.sub(" ", text):
        in_namespace = all(scope is not None for scope in scopes)
        if c == "{":
            space = NAMESPACE.match(here)
            if space and in_namespace:
                scopes.append(space.group(1))
                here = ""
                continue
            if in_namespace:
                yield "::".join(scopes), here
            scopes.append(None)
        elif c == "}":
            scopes.pop()
            if all(scope is not None for scope in scopes):
                here = ""
        elif c == ";":
            if in_namespace:
                yield "::".join(scopes), here
                here = ""
        elif in_namespace:
            here += c


def names(root):
    lines = []
    for path in reached(root):
        found = {name_of(text) for space, text in declarations(path.read_text()) if space in SEEN}
        lines += [f"{path.relative_to(root)} {name}" for name in sorted(filter(None, found))]
    return lines


def main(root, write):
    root = pathlib.Path(root).resolve()
    kept = root / "test" / "api" / "names.txt"
    now = names(root)
    if write:
        kept.write_text("\n".join(now) + "\n")
        return 0
    before = kept.read_text().splitlines()
    for line in sorted(set(now) - set(before)):
        print(f"new: {line}")
    for line in sorted(set(before) - set(now)):
        print(f"gone: {line}")
    if set(now) != set(before):
        print("The names that programs see have changed. If that is meant: python3 test/api/check.py . --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--write" in sys.argv[2:]))
