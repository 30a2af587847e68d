#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Takes checks of the protocol away, one at a time, and sees whether a suite notices: the table is mutants.txt.

Works on a copy of the sources in build/mutants, which has a build folder of its own. With --check nothing is built: it
only sees whether the table still fits the sources.
"""
import argparse
import dataclasses
import fcntl
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "test/torture/mutants.txt"
# The copy is built as its original is, in the same place below it, so that a compiler cache knows what is not changed.
SOURCE = ROOT / "build/mutants"
BUILD = SOURCE / "build/dev"
TARGET_SHARE = 0.95
LONGEST_RUN = 60  # seconds: a suite that runs longer hangs, which is a way to notice


@dataclasses.dataclass
class Mutant:
    name: str
    file: str = ""
    suites: list = dataclasses.field(default_factory=list)
    old: list = dataclasses.field(default_factory=list)
    new: list = dataclasses.field(default_factory=list)

    def applied_to(self, text):
        """The text with the check taken away; None if it is not there exactly once."""
        pattern = re.compile(r"\s*\n\s*".join(map(re.escape, self.old)))
        return pattern.sub(lambda _: "\n".join(self.new), text) if len(pattern.findall(text)) == 1 else None


def read_table(path=TABLE):
    result = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        word, _, rest = line.partition(" ")
        if word == "mutant":
            result.append(Mutant(rest))
        elif word == "file":
            result[-1].file = rest
        elif word == "suites":
            result[-1].suites = rest.split()
        elif word in ("-", "+"):
            (result[-1].old if word == "-" else result[-1].new).append(rest.strip())
        elif word not in ("", "#"):
            sys.exit(f"{path}:{number}: what is '{word}'?")
    return result


def check(mutants, root):
    """Mutants that do not fit the sources, each with the reason."""
    wrong = []
    for mutant in mutants:
        path = root / mutant.file
        if not mutant.file or not path.is_file():
            wrong.append(f"{mutant.name}: there is no file '{mutant.file}'")
        elif not mutant.old or mutant.applied_to(path.read_text(encoding="utf-8")) is None:
            wrong.append(f"{mutant.name}: its lines are not in {mutant.file} exactly once")
        for suite in mutant.suites or ["none"]:
            if not (root / f"test/{suite}_test.cpp").is_file():
                wrong.append(f"{mutant.name}: there is no suite '{suite}'")
    return wrong


# --- building and running ---------------------------------------------------------------------------------------------

def copy_sources():
    """A copy in which only what has changed gets a new time."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    files = [name for name in listed if (ROOT / name).is_file()]
    for name in files:
        content, to = (ROOT / name).read_bytes(), SOURCE / name
        if not to.is_file() or to.read_bytes() != content:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(content)
    there = {str(x.relative_to(SOURCE)) for x in SOURCE.rglob("*") if x.is_file() and BUILD not in x.parents}
    for name in there - set(files) - {"build.lock"}:
        (SOURCE / name).unlink()


def configure():
    if (BUILD / "build.ninja").exists():
        return
    done = subprocess.run(["cmake", "--preset", "dev"], cwd=SOURCE, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"configuring {BUILD} failed:\n{done.stdout}{done.stderr}")


def build(suites, jobs):
    """Why it does not compile, or None."""
    targets = [suite.replace("/", "_", 1) + "_test" for suite in suites]
    done = subprocess.run(["ninja", "-C", str(BUILD), f"-j{jobs}", *targets], capture_output=True, text=True)
    return None if done.returncode == 0 else done.stdout


def passes(suite):
    program = BUILD / "test" / (suite.replace("/", "_", 1) + "_test")
    try:
        return subprocess.run([str(program)], capture_output=True, timeout=LONGEST_RUN, cwd=BUILD).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def fate(mutant, jobs):
    """What became of a mutant: (whether it was noticed, in words)."""
    path = SOURCE / mutant.file
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied_to(original), encoding="utf-8")
    try:
        why = build(mutant.suites, jobs)
        if why is not None:
            return False, "does not compile: " + next((x for x in why.splitlines() if " error: " in x), why[-200:])
        killer = next((suite for suite in mutant.suites if not passes(suite)), None)
        return killer is not None, f"killed by {killer}" if killer else "SURVIVES"
    finally:
        path.write_text(original, encoding="utf-8")


def torture(mutants, jobs):
    SOURCE.mkdir(parents=True, exist_ok=True)
    with open(SOURCE / "build.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another process works in {SOURCE}")
        return torture_copy(mutants, jobs)


def torture_copy(mutants, jobs):
    copy_sources()
    configure()
    suites = sorted({suite for mutant in mutants for suite in mutant.suites})
    print(f"{len(mutants)} mutants; building and running their {len(suites)} suites as they are", flush=True)
    why = build(suites, jobs)
    if why is not None:
        sys.exit(f"the suites do not compile:\n{why}")
    failing = [suite for suite in suites if not passes(suite)]
    if failing:
        sys.exit(f"these fail without a mutant: {' '.join(failing)}")
    killed = 0
    for mutant in mutants:
        since = time.monotonic()
        noticed, words = fate(mutant, jobs)
        killed += noticed
        print(f"{mutant.name:60} {time.monotonic() - since:5.1f} s  {words}", flush=True)
    share = killed / len(mutants)
    print(f"{killed} of {len(mutants)} killed: {100 * share:.0f} % (target {100 * TARGET_SHARE:.0f} %)")
    return 0 if share >= TARGET_SHARE else 1


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pattern", nargs="?", default="", help="only mutants whose name matches")
    parser.add_argument("--check", action="store_true", help="only see whether the table fits the sources")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="of the compiler at once")
    options = parser.parse_args(arguments)
    mutants = [mutant for mutant in read_table() if re.search(options.pattern, mutant.name)]
    wrong = check(mutants, ROOT)
    if wrong:
        print("mutants.txt has to be brought up to date:", *wrong, sep="\n  ")
        return 1
    if options.check or not mutants:
        print(f"{len(mutants)} mutants fit the sources")
        return 0
    return torture(mutants, options.jobs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
