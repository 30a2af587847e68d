# SPDX-License-Identifier: BSD-3-Clause
"""Power cuts: whatever a disk keeps of the writes since the last sync, what is stored opens as a committed prefix, with
everything in it that was acknowledged before.

A subject is a program that stores numbers and can check them: see programs/subject.hpp. Another one is one more name in
SUBJECTS.
"""
import random
import shutil

import journal
from kit import require, run as run_program

SUBJECTS = ["checkpoint_numbers", "log_numbers"]
COMMITS = 60


def run(kit, seed, options):
    chance = random.Random(seed)
    return "; ".join(run_subject(kit, subject, chance, options.images) for subject in SUBJECTS)


def run_subject(kit, subject, chance, images):
    with kit.place() as place:
        recorded, image, entries_file = place / "recorded", place / "image", place / "journal"
        recorded.mkdir()
        environment = kit.shimmed(recorded, journal=entries_file)
        for commits in (COMMITS // 2, COMMITS):  # two lives: a recovery is among what is cut
            done = run_program(kit.program(subject, "write", recorded, commits), environment)
            require(done.returncode == 0, f"{subject} failed by itself:\n{done.stderr}")
        entries = journal.read(entries_file)
        behind = 0
        for number in range(images):
            cut = chance.randrange(len(entries))
            journal.save(journal.image(entries, cut, chance), recorded, image)
            acknowledged = last_acknowledged(entries[:cut])
            where = f"{subject}, image {number}, cut at write {cut} of {len(entries)}"
            behind += acknowledged < check(kit, subject, image, acknowledged, where)
            shutil.rmtree(image, ignore_errors=True)
    return (f"{subject}: {images} images of {len(entries)} writes and syncs, each a committed prefix; {behind} with "
            "the commit that was being made")


def last_acknowledged(entries):
    return max([int(x.content) for x in entries if x.kind == journal.WRITE and x.path.endswith("/acknowledged")],
               default=0)


def check(kit, subject, directory, acknowledged, where):
    """The last commit in `directory`, which is the one acknowledged last or the next one."""
    done = run_program(kit.program(subject, "check", directory))
    require(done.returncode == 0, f"{where}: ended with {done.returncode}:\n{done.stderr}")
    found = int(done.stdout)
    require(acknowledged <= found <= acknowledged + 1, f"{where}: commit {found} is the last one, {acknowledged} was "
            "acknowledged")
    return found
