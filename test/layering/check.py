#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The house stays as it is drawn: the arrows between folders, who may know CAF's actors, and that the compiler enforces
it.

usage: check.py ROOT COMPILER HOUSE

HOUSE is written by CMake: a line for each sluice_library with its folder, the folders of its DEPS (joined by commas)
and the include folders of those who link it (joined by colons).
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# The rooms, lowest first: a folder may depend on folders of its own room and of those before it, and on no others.
ROOMS = ["actors", "state", "operators", "receivers", "runtime", "connectors", "testkit"]
APART = {"receivers": {"state", "operators"}}  # rooms that come before, and are not to be known

# The folder that stands in for the actor system itself: its scheduler, its clock and its network.
STAND_IN = "testkit"

# The files that may include CAF's actor classes: the shells, what they say to each other, who watches whom, and the
# system's settings.
SHELL = re.compile(
    r"(.*_actor|.*_process|interfaces|ownership|roll_call|supervision|config|endpoint|scheduler|deployment|"
    r"handshake|wiring|actor_input)\.(hpp|cpp)$")

# CAF's plain values, which any file may include.
VALUES = re.compile(
    r"caf/(allowed_unsafe_message_type|atom|binary_deserializer|binary_serializer|deep_to_string|deserializer|error|"
    r"expected|fwd|intrusive_cow_ptr|intrusive_ptr|make_copy_on_write|make_counted|make_message|message|meta/\w+|"
    r"node_id|none|optional|pec|ref_counted|sec|serializer|span|string_view|timespan|type_id|unit|variant)\.hpp$")

# The one file that may include CAF's network: whoever connects goes through it.
NETWORK = re.compile(r"caf/(io|openssl)/")
ENDPOINT = re.compile(r"endpoint\.(hpp|cpp)$")

# CAF's headers for everything at once: seconds of compile time a file.
BUNDLES = {"caf/all.hpp", "caf/io/all.hpp", "caf/test/dsl.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


class Library:
    def __init__(self, line):
        self.folder, deps, include_folders = line.split(" ")
        self.deps = {dep for dep in deps.split(",") if dep}
        self.include_folders = [path for path in include_folders.split(":") if path]
        self.room = self.folder.split("/")[0]


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".hpp", ".cpp"))


def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def reached(house, folder):
    """What a folder may include as far as the compiler knows: its DEPS, and theirs."""
    seen, todo = set(), [folder]
    while todo:
        for dep in house[todo.pop()].deps - seen:
            seen.add(dep)
            todo.append(dep)
    return seen


def check_rooms(root, house):
    for room in ROOMS:
        if sources(root / room) and not (root / room / "README.md").is_file():
            yield f"{room}: has no README.md that says what it is, what it may know and where to look"
        for path in sources(root / room):
            if str(path.parent.relative_to(root)) not in house and path.name != "sluice.hpp":
                yield f"{path.relative_to(root)}: is in no folder of a sluice_library"
    for library in house.values():
        for dep in sorted(library.deps):
            room = house[dep].room
            if ROOMS.index(room) > ROOMS.index(library.room) or room in APART.get(library.room, ()):
                yield f"{library.room}/CMakeLists.txt: {library.folder} must not depend on {dep}"
        if library.folder in reached(house, library.folder):
            yield f"{library.room}/CMakeLists.txt: {library.folder} depends on itself"


def check_includes(root, house):
    for library in house.values():
        used = set()
        for path in sources(root / library.folder):
            where = path.relative_to(root)
            for bracket, name in includes(path):
                target = re.match(r"sluice/(.*)/\w+\.hpp$", name)
                if target and target.group(1) != library.folder:
                    used.add(target.group(1))
                    if target.group(1) not in library.deps:
                        yield f"{where}: includes <{name}>, and {target.group(1)} is not among the DEPS of its folder"
                elif bracket == '"' and (".." in name or name.startswith("/")):
                    yield f'{where}: includes "{name}"; write <sluice/FOLDER/FILE>'
                elif NETWORK.match(name) and not (ENDPOINT.match(path.name) or library.room == STAND_IN):
                    yield f"{where}: includes <{name}>; only actors/system/endpoint may speak to CAF's network"
                elif name.startswith("caf/") and not VALUES.match(name) and not (
                        SHELL.match(path.name) or library.room == STAND_IN):
                    yield (f"{where}: includes <{name}>, which is for *_actor.*, *_process.*, interfaces.hpp, config.* "
                           "and scheduler.* alone")
        for dep in sorted(library.deps - used):
            yield f"{library.room}/CMakeLists.txt: {library.folder} has {dep} among its DEPS and includes nothing of it"


def check_bundles(root):
    for folder in (*ROOMS, "examples", "bench", "test"):
        for path in sources(root / folder):
            for name in BUNDLES.intersection(name for _, name in includes(path)):
                yield f"{path.relative_to(root)}: includes <{name}>; include what is used"


def check_compiler(root, compiler, house):
    """The compiler finds what DEPS reach, and nothing else."""
    header = {folder: next((p.name for p in sources(root / folder) if p.suffix == ".hpp"), None) for folder in house}

    def check(library):
        found = reached(house, library.folder) | {library.folder}
        lines = []
        for folder, name in header.items():
            if name:
                unless, word = ("!", "cannot be found") if folder in found else ("", "can be found, and must not")
                lines += [f"#if {unless}__has_include(<sluice/{folder}/{name}>)", f"#error {folder} {word}", "#endif"]
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
            source.write("\n".join(lines) + "\n")
            source.flush()
            options = [f"-I{path}" for path in library.include_folders]
            run = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", *options, source.name],
                                 capture_output=True, text=True)
        if run.returncode != 0:
            return [f"{library.folder}: {what}" for what in re.findall(r"#error (.*)", run.stderr)] or [run.stderr]
        return []

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for problems in pool.map(check, house.values()):
            yield from problems


def main(root, compiler, house_file):
    root = pathlib.Path(root)
    libraries = [Library(line) for line in pathlib.Path(house_file).read_text().splitlines()]
    house = {library.folder: library for library in libraries}
    found = [*check_rooms(root, house), *check_includes(root, house), *check_bundles(root),
             *check_compiler(root, compiler, house)]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
