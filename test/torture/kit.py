# SPDX-License-Identifier: BSD-3-Clause
"""What all parts of the torture kit share: where the programs are, processes, and the job that is tortured."""
import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds for what is bound to come: a busy machine with sanitizers is slow
SHIM_LINE = "torture:"


class Failed(Exception):
    """The program did what it must not do."""


def require(condition, message):
    if not condition:
        raise Failed(message)


class Kit:
    """Finds programs and the shim of a build, and makes places to work in."""

    def __init__(self, programs, shim):
        self.programs = pathlib.Path(programs).resolve()
        self.shim = pathlib.Path(shim).resolve()

    def program(self, name, *arguments):
        return [str(self.programs / name), *map(str, arguments)]

    def takes(self, name, option):
        """Whether a program of this build has an option."""
        return option in run(self.program(name, "--help")).stdout.split()

    def shimmed(self, directory, **settings):
        """An environment in which the shim looks at `directory`: see the head of shim/shim.c for the settings."""
        result = dict(os.environ, LD_PRELOAD=str(self.shim), TORTURE_DIR=str(directory))
        result.update({f"TORTURE_{name.upper()}": str(value) for name, value in settings.items()})
        result["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return result

    def place(self):
        return Place()


class Place:
    """A directory that is removed at the end, unless something went wrong. In memory where that is possible: a sync
    costs nothing there, and what is killed is processes."""

    def __enter__(self):
        memory = "/dev/shm"
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sluice-torture-",
                                                  dir=memory if os.access(memory, os.W_OK) else None))
        return self.path

    def __exit__(self, kind, error, trace):
        if kind is not None and issubclass(kind, Failed):
            error.args = (f"{error}\n    what was left: {self.path}",)
        else:
            shutil.rmtree(self.path, ignore_errors=True)


def run(command, environment=None):
    """Runs a program to its end."""
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: still running after {PATIENCE} s") from None


def words_of(stderr):
    """What the program itself wrote to standard error."""
    return "\n".join(line for line in stderr.splitlines() if line and not line.startswith(SHIM_LINE))


def require_clean_failure(what, code, stderr):
    """The program has ended as it should when the world fails it: with a sentence and exit code 1."""
    require(code == 1, f"{what}: it ended with {code}, not with 1:\n{stderr}")
    require("Sanitizer" not in stderr and "runtime error:" not in stderr, f"{what}: a sanitizer has spoken:\n{stderr}")
    require(re.search(r"\w+ \w+ \w+", words_of(stderr)), f"{what}: it failed without a word")


class Job:
    """The job of programs/torture_job.cpp: its input, its checkpoint, its output, and what that has to be."""

    INTERVAL = "20ms"

    def __init__(self, kit, place, random, padding=0, sender=None):
        self.kit, self.random, self.padding, self.sender = kit, random, padding, sender
        self.input = place / "input"
        self.checkpoint = place / "checkpoint"
        self.output = place / "output"
        for directory in (self.input, self.checkpoint, self.output):
            directory.mkdir()
        # Where the same updates go; a build without SQLite has no such output.
        self.database = place / "updates.db" if kit and kit.takes("torture_job", "--sqlite") else None
        self.errors = place / "stderr"
        self.expected = collections.Counter()  # of words
        self.files = 0

    # --- the input ---

    def put(self, words=None):
        """Moves a file of random words into the input directory."""
        words = words or self.random.choices([1, 20, 200, 3000], [6, 6, 3, 1])[0]
        chosen = [f"w{self.random.randrange(300)}" + "x" * self.padding for _ in range(words)]
        self.expected.update(chosen)
        hidden = self.input / f".file{self.files}"
        hidden.write_text("".join(word + "\n" for word in chosen))
        hidden.rename(self.input / f"file{self.files}")
        self.files += 1

    def send(self):
        """Lets the sender send some random words."""
        for _ in range(self.random.choice([1, 5, 50])):
            word = f"w{self.random.randrange(300)}"
            self.expected[word] += 1
            self.sender.put(word)

    # --- its life ---

    def start(self, *options, environment=None):
        command = self.kit.program("torture_job", self.input, self.checkpoint, self.output / "batch", "--interval",
                                   self.INTERVAL, "--partitions", "2", *options)
        if self.sender:
            command += ["--server", str(self.sender.port)]
        if self.database:
            command += ["--sqlite", str(self.database)]
        with open(self.errors, "w", encoding="utf-8") as errors:
            return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=environment)

    def stderr(self):
        return self.errors.read_text(encoding="utf-8")

    def first_life(self):
        """Commits once: a job that has never committed sees only files that come while it runs. Returns how many
        seconds starting and stopping take."""
        begun = time.monotonic()
        process = self.start("--run-for", "200ms")
        require(self.wait(process) == 0, f"the first run failed:\n{self.stderr()}")
        return max(0.05, time.monotonic() - begun - 0.2)

    def wait(self, process):
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"the job did not end within {PATIENCE} s:\n{self.stderr()}") from None

    def last_life(self):
        """Lets it finish: it must come to all that was put in, and stop as asked."""
        process = self.start()
        wanted = sum(self.expected.values())
        deadline = time.monotonic() + PATIENCE
        read, found = set(), set()
        try:
            # A process that has said nothing yet would not know what the signal means.
            while len(found) < wanted or "committed up to" not in self.stderr():
                require(process.poll() is None, f"the last run ended with {process.returncode}:\n{self.stderr()}")
                if time.monotonic() > deadline:
                    break  # whoever compares says what is missing
                time.sleep(0.1)
                for batch in self.batches():
                    if batch not in read:
                        read.add(batch)
                        found.update(updates_in(batch))
        finally:
            process.send_signal(signal.SIGINT)
            code = self.wait(process)
        require(code == 0, f"the last run ended with {code}:\n{self.stderr()}")

    # --- the output ---

    def batches(self):
        """The outputs of batches that are whole; the others have a temporary name."""
        return sorted(x for x in self.output.iterdir() if x.name.endswith(".txt"))

    def compare(self, strict):
        """Every update of one uninterrupted run is there, and no other; with `strict` it is there once, and nothing
        unfinished is left. In SQLite it is always there once, as a transactional output promises. Says what it has
        found, for a sentence."""
        seen = collections.Counter()
        for batch in self.batches():
            seen.update(updates_in(batch))
        repeated = self.compare_updates(seen, "files", strict)
        if strict:
            left = [x.name for x in self.output.iterdir() if not x.name.endswith(".txt")]
            require(not left, f"unfinished output is left: {left[:3]}")
        outputs = "in files"
        if self.database:
            self.compare_updates(rows_of(self.database), "SQLite", strict=True)
            outputs += " and in SQLite"
        if repeated:
            return f"none missing or wrong {outputs}, {repeated} repeated in files"
        return f"none missing, wrong or repeated, {outputs}"

    def compare_updates(self, seen, output, strict):
        """The same of one output. Returns the number of updates that are there more than once."""
        expected = {(word, n) for word, count in self.expected.items() for n in range(1, count + 1)}
        missing = sorted(expected - seen.keys())
        require(not missing, f"{len(missing)} updates are missing in {output}, such as {missing[:3]}")
        unknown = sorted(seen.keys() - expected)
        require(not unknown, f"{len(unknown)} updates in {output} count something twice, such as {unknown[:3]}")
        repeated = sorted(update for update, n in seen.items() if n > 1)
        require(not (strict and repeated), f"{len(repeated)} updates are in {output} more than once, such as "
                f"{repeated[:3]}")
        return len(repeated)


def updates_in(batch):
    """The updates in the output directory of a batch: words with their counts."""
    result = []
    for part in sorted(batch.glob("part-*")):
        text = part.read_text(encoding="utf-8")
        require(text == "" or text.endswith("\n"), f"{part} ends in the middle of a line")
        for line in text.splitlines():
            found = re.fullmatch(r"\((\w+),(\d+)\)", line)
            require(found, f"{part} has the line '{line}'")
            result.append((found[1], int(found[2])))
    return result


def rows_of(database):
    """How often each update is in the table of an SQLite file."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
            return collections.Counter(opened.execute("SELECT word, n FROM updates"))
    except sqlite3.Error as why:
        raise Failed(f"{database} cannot be read: {why}") from None
