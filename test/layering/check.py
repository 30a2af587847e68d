#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The house stays as it is drawn: the graph of folders, who may know CAF's actors, and that the compiler enforces it.

usage: check.py ROOT COMPILER FOLDER=DIR:DIR… for each folder, with the include folders its sources are compiled with.
"""
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

# What each folder may include, directly or through another (README.md draws it).
GRAPH = {
    "actors": set(),
    "state": {"actors"},
    "operators": {"actors", "state"},
    "receivers": {"actors", "state"},
    "runtime": {"actors", "state", "operators", "receivers"},
    "testkit": {"actors", "state", "operators", "receivers", "runtime"},
}

# The folder that stands in for the actor system itself: its scheduler, its clock and its network.
STAND_IN = "testkit"

# The files that may include CAF's actor classes: the shells, what they say to each other, who watches whom, and the
# system's settings.
SHELL = re.compile(
    r"(.*_actor|.*_process|interfaces|ownership|roll_call|supervision|config|scheduler)\.(hpp|cpp)$")

# CAF's plain values, which any file may include.
VALUES = re.compile(
    r"caf/(allowed_unsafe_message_type|atom|binary_deserializer|binary_serializer|deep_to_string|deserializer|error|"
    r"expected|fwd|intrusive_cow_ptr|intrusive_ptr|make_copy_on_write|make_counted|make_message|message|meta/\w+|"
    r"node_id|none|optional|pec|ref_counted|sec|serializer|span|string_view|timespan|type_id|unit|variant)\.hpp$")

# CAF's headers for everything at once: seconds of compile time a file.
BUNDLES = {"caf/all.hpp", "caf/io/all.hpp", "caf/test/dsl.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".hpp", ".cpp"))


def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def closure(graph, folder):
    reached = set()
    todo = list(graph[folder])
    while todo:
        here = todo.pop()
        if here not in reached:
            reached.add(here)
            todo += graph.get(here, ())
    return reached


def declared(root, folder):
    """The DEPS of sluice_library(FOLDER …), or None where the folder is no library yet."""
    text = re.sub(r"#.*", "", (root / folder / "CMakeLists.txt").read_text())
    call = re.search(rf"sluice_library\(\s*{folder}\b([^)]*)\)", text)
    if not call:
        return None
    words = itertools.dropwhile(lambda word: word != "DEPS", call.group(1).split())
    return set(itertools.takewhile(lambda word: not word.isupper(), itertools.islice(words, 1, None)))


def check_graph(root):
    graph = {folder: declared(root, folder) for folder in GRAPH}
    for folder, deps in graph.items():
        if deps is None and sources(root / folder):
            yield f"{folder}/CMakeLists.txt: has sources, but no sluice_library({folder} …)"
    graph = {folder: deps for folder, deps in graph.items() if deps is not None}
    for folder in graph:
        reached = closure(graph, folder)
        if folder in reached:
            yield f"{folder}/CMakeLists.txt: depends on itself, through {', '.join(sorted(reached - {folder}))}"
        for extra in sorted(reached - GRAPH[folder] - {folder}):
            yield f"{folder}/CMakeLists.txt: {folder} must not depend on {extra}"
        for absent in sorted(GRAPH[folder] - reached):
            yield f"{folder}/CMakeLists.txt: DEPS do not reach {absent}, as the graph says they do"


def check_includes(root):
    for folder in GRAPH:
        allowed = GRAPH[folder] | {folder}
        for path in sources(root / folder):
            where = path.relative_to(root)
            for bracket, name in includes(path):
                target = re.match(r"sluice/(?:(\w+)/)?", name)
                if target and (target.group(1) or "runtime") not in allowed:
                    yield f"{where}: includes <{name}>, and {folder} may include {', '.join(sorted(allowed))} alone"
                elif bracket == '"' and (".." in name or name.startswith("/")):
                    yield f'{where}: includes "{name}"; write <sluice/FOLDER/FILE>'
                elif name.startswith("caf/") and not VALUES.match(name) and not (
                        SHELL.match(path.name) or folder == STAND_IN):
                    yield (f"{where}: includes <{name}>, which is for *_actor.*, *_process.*, interfaces.hpp, config.* "
                           "and scheduler.* alone")


def check_bundles(root):
    for folder in (*GRAPH, "examples", "bench", "test"):
        for path in sources(root / folder):
            for name in BUNDLES.intersection(name for _, name in includes(path)):
                yield f"{path.relative_to(root)}: includes <{name}>; include what is used"


def check_readmes(root):
    for folder in GRAPH:
        if sources(root / folder) and not (root / folder / "README.md").is_file():
            yield f"{folder}: has no README.md that says what it is, what it may know and where to look"


def check_compiler(root, compiler, include_folders):
    """Every edge that is not drawn fails to compile, for that reason, and each folder's own header compiles."""
    headers = {f: [p.name for p in sorted((root / f).glob("*.hpp"))] for f in GRAPH}

    def compile_one(folder, name):
        options = [f"-I{path}" for path in include_folders[folder]]
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
            source.write(f"#include <{name}>\n")
            source.flush()
            return subprocess.run([compiler, "-std=c++20", "-fsyntax-only", *options, source.name],
                                  capture_output=True, text=True)

    for folder, other in itertools.product(GRAPH, GRAPH):
        if not headers[folder] or not headers[other]:
            continue
        name = f"sluice/{other}/{headers[other][0]}"
        if other == folder:
            run = compile_one(folder, name)
            if run.returncode != 0:
                yield f"{folder}: <{name}> does not compile:\n{run.stderr}"
        elif other not in GRAPH[folder]:
            run = compile_one(folder, name)
            if run.returncode == 0:
                yield f"{folder}: <{name}> compiles, and must not"
            elif f"{name}: No such file" not in run.stderr:
                yield f"{folder}: <{name}> fails for another reason than that it cannot be found:\n{run.stderr}"


def main(root, compiler, *folders):
    root = pathlib.Path(root)
    include_folders = {}
    for argument in folders:
        folder, _, paths = argument.partition("=")
        include_folders[folder] = [path for path in paths.split(":") if path]
    found = [*check_graph(root), *check_includes(root), *check_bundles(root), *check_readmes(root),
             *check_compiler(root, compiler, include_folders)]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
