# SPDX-License-Identifier: BSD-3-Clause
"""kill -9 of a job at random times, during its start and its recovery too. In the end its output is that of one run
that nobody interrupted."""
import contextlib
import random
import time

from kit import Job, require
from sender import Sender

LONGEST_PACE = 1  # seconds; on a busy machine with sanitizers a start may take longer, and more kills come early


def run(kit, seed, options):
    chance = random.Random(seed)
    sender = Sender()
    with kit.place() as place, contextlib.closing(sender):
        job = Job(kit, place, chance, sender=sender)
        pace = min(job.first_life(), LONGEST_PACE)
        early = 0
        for _ in range(options.kills):
            # Of three kills, one is most likely during the start or the recovery, and one while batches run.
            life = pace * chance.choice([chance.uniform(0, 1), chance.uniform(0, 3), chance.uniform(1, 5)])
            early += life < pace
            live(job, life, chance)
            if chance.random() < 0.3:
                job.put()
                job.send()
        job.last_life()
        found = job.compare(options.strict)
    return (f"{options.kills} kills, {early} of them within {pace * 1000:.0f} ms of the start; {job.files} files, "
            f"{len(sender.lines)} lines of a sender, {sender.sent - len(sender.lines)} of them sent again; "
            f"{sum(job.expected.values())} updates: {found}")


def live(job, seconds, chance):
    """Starts the job, feeds it, and kills it after so many seconds."""
    deadline = time.monotonic() + seconds
    process = job.start()
    try:
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, chance.uniform(0, 0.08)))
            if chance.random() < 0.4:
                job.put()
            if chance.random() < 0.4:
                job.send()
            require(process.poll() is None, f"it ended by itself, with {process.returncode}:\n{job.stderr()}")
    finally:
        process.kill()
        process.wait()
