# SPDX-License-Identifier: BSD-3-Clause
"""A disk that fails at any write, or is full: a clean message and exit code 1, no acknowledged commit lost, and the
program goes on when it is started again on a disk that is well."""
import collections
import errno
import random

import journal
from kit import Job, Failed, SHIM_LINE, require, require_clean_failure, run as run_program
from power_cuts import SUBJECTS, check

ERRORS = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS]
NO_ROOM = [errno.ENOSPC, errno.EDQUOT]
DIES = 0  # the process is killed in place of the call
FULL_AFTER = 20  # commits at the latest: a commit takes up more than a twentieth of the disk, until it is replaced


def run(kit, seed, options):
    """Every write of a store fails, one run for each; then some writes of a whole job."""
    chance = random.Random(seed)
    did = [each_write(kit, subject, chance, options.faults) for subject in SUBJECTS]
    did.append(job_faults(kit, chance, options.job_faults))
    return "; ".join(did)


def run_full_disk(kit, seed, options):
    chance = random.Random(seed)
    did = [full_store(kit, subject, options.disk) for subject in SUBJECTS]
    did.append(full_job(kit, chance, options.disk // 4))
    return "; ".join(did)


# --- a store ----------------------------------------------------------------------------------------------------------

def each_write(kit, subject, chance, faults):
    commits = max(12, faults // 5)
    calls = count_calls(kit, subject, commits)
    chosen = range(1, calls + 1) if calls <= faults else sorted(chance.sample(range(1, calls + 1), faults))
    for call in chosen:
        number = chance.choice([*ERRORS, DIES])
        fail = f"{call}{chance.choice(['', '+'])}"
        where = f"{subject}, {errno.errorcode.get(number, 'SIGKILL')} at call {fail}"
        with kit.place() as place:
            environment = kit.shimmed(place, fail=fail, errno=number)
            done = run_program(kit.program(subject, "write", place, commits), environment)
            acknowledged = len(done.stdout.split())
            if number == DIES:
                require(done.returncode == -9, f"{where}: ended with {done.returncode}:\n{done.stderr}")
            elif acknowledged < commits or done.returncode != 0:
                require_clean_failure(where, done.returncode, done.stderr)
            require(SHIM_LINE in done.stderr, f"{where}: there was no such call")
            goes_on(kit, subject, place, commits, acknowledged, where)
    return f"{subject}: {len(chosen)} of its {calls} calls failed, one a run"


def count_calls(kit, subject, commits):
    with kit.place() as place:
        (place / "watched").mkdir()
        environment = kit.shimmed(place / "watched", journal=place / "journal")
        done = run_program(kit.program(subject, "write", place / "watched", commits), environment)
        require(done.returncode == 0, f"{subject} failed by itself:\n{done.stderr}")
        return len(journal.read(place / "journal"))


def goes_on(kit, subject, place, commits, acknowledged, where):
    """Nothing acknowledged is lost, and a run on a disk that is well commits the rest."""
    check(kit, subject, place, acknowledged, where)
    done = run_program(kit.program(subject, "write", place, commits))
    require(done.returncode == 0, f"{where}: did not go on:\n{done.stderr}")
    done = run_program(kit.program(subject, "check", place))
    require((done.returncode, done.stdout) == (0, f"{commits}\n"), f"{where}: went on to {done.stdout}{done.stderr}")


def full_store(kit, subject, disk):
    commits = 2 * FULL_AFTER
    with kit.place() as place:
        done = run_program(kit.program(subject, "write", place, commits, disk // 8), kit.shimmed(place, disk=disk))
        acknowledged = len(done.stdout.split())
        where = f"{subject} on a disk of {disk >> 10} KiB"
        require_clean_failure(where, done.returncode, done.stderr)
        require_says_full(where, done.stderr)
        goes_on(kit, subject, place, commits, acknowledged, where)
    return f"{where}: full after {acknowledged} commits, none lost"


def require_says_full(where, stderr):
    require(any(word in stderr for word in ("full", "space", "room")), f"{where}: no word of a full disk:\n{stderr}")


# --- a job ------------------------------------------------------------------------------------------------------------

def job_faults(kit, chance, faults):
    """Each fault ends one life of a job; the next one goes on. Where there is no room the job may also try again and go
    on by itself, or wait until it is stopped (0, or 3 if something is left)."""
    if faults == 0:
        return "no job"
    ends = collections.Counter()
    with kit.place() as place:
        job = Job(kit, place, chance)
        job.first_life()
        for _ in range(faults):
            number = chance.choice(ERRORS)
            fail = f"{chance.randrange(1, 60)}{chance.choice(['', '+'])}"
            job.put()
            process = job.start("--run-for", "3s", "--graceful-timeout", "2s",
                                environment=kit.shimmed(job.checkpoint, fail=fail, errno=number))
            job.put()
            code = job.wait(process)
            if number in NO_ROOM and code in (0, 3):
                ends[errno.errorcode[number] + " that it lived through"] += 1
                continue
            require_clean_failure(f"the job, {errno.errorcode[number]} at call {fail}", code, job.stderr())
            ends[errno.errorcode[number]] += 1
        job.last_life()
        found = job.compare(strict=False)
    how_often = ", ".join(f"{n} × {name}" for name, n in sorted(ends.items()))
    return f"a job ended by {how_often}; of its updates {found}"


def full_job(kit, chance, disk):
    with kit.place() as place:
        job = Job(kit, place, chance, padding=2000)
        job.first_life()
        process = job.start(environment=kit.shimmed(job.checkpoint, disk=disk))
        for _ in range(2 * disk // (20 * job.padding)):
            job.put(20)
        where = f"a job on a disk of {disk >> 10} KiB"
        try:
            code = job.wait(process)
        except Failed:
            raise Failed(f"{where}: never full") from None
        require_clean_failure(where, code, job.stderr())
        require_says_full(where, job.stderr())
        job.last_life()
        job.compare(strict=False)
    return f"{where}: full, and went on"
