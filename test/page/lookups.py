#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How fast the state of a program at full load can be looked up, and whether all answers are of one committed batch:
two operators of the program count the same records, so their values are the same as of any batch.

usage: lookups.py WATCHED [SECONDS]"""
import http.client
import json
import os
import random
import sys
import tempfile
import time
import urllib.parse

from watched_program import Program

KEYS = 200_000
AT_ONCE = 200  # keys in a request, half of them of each operator
ASKED_PER_SECOND = 24_000
LEAST_PER_SECOND = 20_000
MOST_P99_MS = 5


class States:
    """Asks over one connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=20)

    def ask(self, keys, batch=None):
        body = {"keys": {"first": keys, "second": keys}}
        if batch is not None:
            body["batch"] = batch
        self.connection.request("POST", "/api/v1/state/lookup", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def wait_until_ready(states):
    end = time.monotonic() + 60
    while states.ask([1])[0] != 200:
        if time.monotonic() > end:
            raise TimeoutError("the state is not read within a minute")
        time.sleep(0.5)


def measure(program, seconds):
    states = States(program.address)
    wait_until_ready(states)
    before = program.get("/api/v1/overview")["totals"]["processedRecords"]
    times, wrong, batches, found = [], 0, set(), 0
    start = time.monotonic()
    due = start
    while time.monotonic() < start + seconds:
        due += AT_ONCE / ASKED_PER_SECOND
        time.sleep(max(0, due - time.monotonic()))
        keys = [random.randrange(KEYS) for _ in range(AT_ONCE // 2)]
        asked = time.monotonic()
        status, answer = states.ask(keys)
        times.append((time.monotonic() - asked) * 1000)
        if status == 429:
            continue
        wrong += status != 200 or answer["values"]["first"] != answer["values"]["second"]
        batches.add(answer.get("batch"))
        found += sum(x is not None for x in answer["values"]["first"])
    passed = time.monotonic() - start
    records = program.get("/api/v1/overview")["totals"]["processedRecords"] - before
    return sorted(times), wrong, batches, found, passed, records


def main():
    os.environ["CHECKPOINT_DIR"] = tempfile.mkdtemp()
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    with Program(sys.argv[1], "two_states") as program:
        program.wait_for_batches(10)
        times, wrong, batches, found, passed, records = measure(program, seconds)
    per_second = len(times) * AT_ONCE / passed
    p99 = times[len(times) * 99 // 100]
    print(f"{per_second:,.0f} look-ups per second (at least {LEAST_PER_SECOND:,}), {AT_ONCE} in a request; "
          f"a request takes {times[len(times) // 2]:.1f} ms, p99 {p99:.1f} ms (at most {MOST_P99_MS})\n"
          f"{len(batches)} batches seen, {found:,} keys found, {wrong} answers of no single batch; "
          f"the program took {records / passed:,.0f} records per second")
    return 0 if wrong == 0 and found and per_second >= LEAST_PER_SECOND and p99 <= MOST_P99_MS else 1


if __name__ == "__main__":
    sys.exit(main())
