#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a reviewer should not have to say. Called by `./dev lint` with a configured build folder.

Looks at every file git tracks or would track. clang-tidy's good verdicts are kept in BUILD/lint, by the content of a
source file, of everything of ours that it includes, of its compile command and of .clang-tidy.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

CLANG_FORMAT = "clang-format-19"
CLANG_TIDY = "clang-tidy-19"
CLANG_TIDY_ARGUMENTS = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-gch",
                        "--extra-arg=-include", f"--extra-arg={os.path.abspath('tools/clang_and_kj.hpp')}"]
LONGEST_FILE = 500
LONGEST_LINE = 120
CODE = {".hpp", ".cpp", ".capnp", ".cmake", ".py", ".sh"}
SCRIPTS = {"dev", ".ci/run", ".clang-tidy"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
BARE_TASK = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b(?!: \S+ \S+)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
TIDY_FOLDERS = ("actors/", "state/", "operators/", "receivers/", "runtime/", "connectors/", "testkit/",
                "examples/", "bench/", "tools/", "test/support/")
OUR_FILES = (r"/(actors|state|operators|receivers|runtime|connectors|testkit|examples|bench|tools|support)"
             r"/[a-z0-9_/]*\.[hc]pp$")
LARGEST_BATCH = 10
APART = ("bench/", "tools/")  # files that name their helpers alike


def is_code(path):
    return pathlib.Path(path).suffix in CODE or pathlib.Path(path).name == "CMakeLists.txt" or path in SCRIPTS


def check_text(path):
    """The rules that need no compiler."""
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # not text
    found = []
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            found.append(f"{path}:{number}: a path of somebody's machine")
        if BARE_TASK.search(line):
            found.append(f"{path}:{number}: a task left open without saying what and why")
        if line != line.rstrip():
            found.append(f"{path}:{number}: blanks at the end of the line")
        if is_code(path) and not path.endswith((".hpp", ".cpp")) and len(line) > LONGEST_LINE:
            found.append(f"{path}:{number}: longer than {LONGEST_LINE} columns")
    if is_code(path) and path != ".clang-tidy":
        if not any("SPDX-License-Identifier: BSD-3-Clause" in line for line in lines[:2]):
            found.append(f"{path}:1: no SPDX line (SPDX-License-Identifier: BSD-3-Clause)")
        if len(lines) > LONGEST_FILE:
            found.append(f"{path}: {len(lines)} lines; split what is longer than {LONGEST_FILE}")
    if path.endswith(".hpp") and "#pragma once" not in lines:
        found.append(f"{path}:1: no #pragma once")
    return found


def check_format(path):
    run = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", path], capture_output=True, text=True)
    if run.returncode == 0:
        return []
    lines = sorted({int(n) for n in re.findall(r"^[^\n]*?:(\d+):\d+: error", run.stderr, re.MULTILINE)})
    where = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
    return [f"{path}:{lines[0] if lines else 1}: not in our format at line {where}: {CLANG_FORMAT} -i {path}"]


class Tidy:
    """clang-tidy over the sources a build folder knows, with its good verdicts remembered."""

    def __init__(self, build):
        self.root = os.getcwd()
        self.build = build
        self.stamps = pathlib.Path(build, "lint")
        self.stamps.mkdir(exist_ok=True)
        self.contents = {}
        version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, text=True, check=True).stdout
        self.salt = version + pathlib.Path(".clang-tidy").read_text()
        database = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
        self.commands = {os.path.relpath(entry["file"], self.root): entry["command"] for entry in database}

    def sources(self, files):
        return [f for f in files if f in self.commands and f.startswith(TIDY_FOLDERS)]

    def generate_headers(self):
        """The Cap'n Proto headers that sources include are made by the build."""
        targets = subprocess.run(["ninja", "-C", self.build, "-t", "targets", "all"], capture_output=True, text=True,
                                 check=True).stdout
        headers = sorted(set(re.findall(r"^(\S+\.capnp\.h):", targets, re.MULTILINE)))
        if headers:
            made = subprocess.run(["ninja", "-C", self.build, "--quiet", *headers], capture_output=True, text=True)
            if made.returncode != 0:
                sys.exit(made.stdout + made.stderr)

    def read(self, path):
        if path not in self.contents:
            self.contents[path] = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
        return self.contents[path]

    def closure(self, source):
        """The source and every header inside this repository that it reaches."""
        options = shlex.split(self.commands[source])
        folders = [o[2:] for o in options if o.startswith("-I") and o[2:].startswith(self.root)]
        seen, todo = {source}, [source]
        while todo:
            here = todo.pop()
            for name in INCLUDE.findall(self.read(here)):
                for folder in (os.path.dirname(here), *folders):
                    path = os.path.join(folder, name)
                    if os.path.isfile(path):
                        path = os.path.relpath(os.path.realpath(path), self.root)
                        if path not in seen:
                            seen.add(path)
                            todo.append(path)
                        break
        return sorted(seen)

    def stamp(self, source):
        """The file that says that all was well with a source as it is now."""
        digest = hashlib.sha256((self.salt + self.commands[source]).encode())
        for path in self.closure(source):
            digest.update(self.read(path).encode())
        return self.stamps / digest.hexdigest()

    def batches(self, sources):
        """The sources without a good verdict, a few neighbours at a time: what they include is then looked at once."""
        by_folder = {}
        for source in sources:
            stamp = self.stamp(source)
            if not stamp.exists():
                group = source if source.startswith(APART) else os.path.dirname(source)
                by_folder.setdefault(group, []).append((source, stamp))
        return [of_folder[i:i + LARGEST_BATCH] for of_folder in by_folder.values()
                for i in range(0, len(of_folder), LARGEST_BATCH)]

    def check(self, batch):
        """Sources that do not compile as one, or have a fault, are looked at by halves."""
        run = self.run_one(batch[0][0]) if len(batch) == 1 else self.run_together([source for source, _ in batch])
        if run.returncode == 0:
            for _, stamp in batch:
                stamp.touch()
            return []
        if len(batch) > 1:
            half = len(batch) // 2
            return self.check(batch[:half]) + self.check(batch[half:])
        include_root = re.compile(re.escape(self.build) + r"/include/\w+/sluice/")
        report = run.stdout.replace(self.root + os.sep, "").strip() or run.stderr.strip()
        return [include_root.sub("", report)]

    def run_one(self, source):
        return subprocess.run([CLANG_TIDY, "--quiet", "-p", self.build, *CLANG_TIDY_ARGUMENTS, source],
                              capture_output=True, text=True)

    def run_together(self, sources):
        """As one source, compiled as the first of them; faults in any file of ours count."""
        with tempfile.TemporaryDirectory() as folder:
            together = os.path.join(folder, "together.cpp")
            with open(together, "w", encoding="utf-8") as text:
                for number, source in enumerate(sources):
                    path = os.path.join(self.root, source)
                    text.write(f'#define main main_{number}\n#include "{path}"\n#undef main\n')
            command = self.commands[sources[0]].replace(os.path.join(self.root, sources[0]), together)
            with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as database:
                json.dump([{"directory": os.path.abspath(self.build), "command": command, "file": together}], database)
            return subprocess.run([CLANG_TIDY, "--quiet", "-p", folder, f"--config-file={self.root}/.clang-tidy",
                                   "--checks=-bugprone-suspicious-include", f"--header-filter={OUR_FILES}",
                                   *CLANG_TIDY_ARGUMENTS, together], capture_output=True, text=True)


def main(build):
    start = time.monotonic()
    git = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(git, capture_output=True, text=True, check=True).stdout
    files = sorted(f for f in set(listed.splitlines()) if os.path.isfile(f) and not os.path.islink(f))
    cpp = [f for f in files if f.endswith((".hpp", ".cpp"))]
    tidy = Tidy(build)
    tidy.generate_headers()
    jobs = [(check_text, f) for f in files] + [(check_format, f) for f in cpp]
    jobs += [(tidy.check, batch) for batch in tidy.batches(tidy.sources(files))]

    found = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, problems in enumerate(pool.map(lambda job: job[0](job[1]), jobs), 1):
            for problem in problems:
                print(problem, flush=True)
            found += len(problems)
            if sys.stderr.isatty():
                print(f"\r{done}/{len(jobs)} checks", end="\r", file=sys.stderr)
    seconds = time.monotonic() - start
    print(f"lint: {len(files)} files, {found or 'no'} problem{'' if found == 1 else 's'} ({seconds:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
