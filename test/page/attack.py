#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What clients that mean harm to the page cost the stream of a program: its latency and its memory, beside the same
program that nobody attacks, in turn. All of these at once: 100 clients that never finish a request, bodies of 1 GB,
paths of 64 KiB, 10,000 requests per second, wrong tokens. The clients run when no other process wants to, so that they
take no time from the program themselves.

The program starts again every two seconds, and its p99 is the median of all starts, as the machine stalls now and then.

usage: attack.py BENCH_LATENCY [STARTS [ROUNDS]]"""
import contextlib
import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOKEN = "what-the-reader-of-the-page-has-to-show"
MOST_RATIO = 1.2
MOST_MORE_MIB = 32
PACE = 0.01  # seconds between two rounds of a client


def connect(port):
    while True:
        with contextlib.suppress(OSError):
            result = socket.create_connection(("127.0.0.1", port), timeout=1)
            result.setblocking(False)
            return result
        time.sleep(PACE)


class Client:
    """A connection that is made again whenever the program closes it."""

    def __init__(self, port):
        self.port = port
        self.socket = connect(port)

    def renew(self):
        self.socket.close()
        self.socket = connect(self.port)

    def send(self, data):
        """How much of it the program takes now."""
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.renew()
            return 0

    def receive(self):
        """What has arrived; None if the program has closed the connection."""
        try:
            data = self.socket.recv(1 << 20)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.renew()
            return None
        return data


def never_finish(port, counts):
    clients = [Client(port) for _ in range(100)]
    while True:
        for x in clients:
            counts["bytes of requests without an end"] += x.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
                                                                 if x.receive() is None else b"x")
        time.sleep(0.2)


def post_a_gigabyte(port, counts):
    head = (b"POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n")
    client, left = Client(port), 0
    while True:
        if left <= 0:
            client.renew()
            left = 1 << 30
            counts["bytes posted"] += client.send(head % left)
        sent = client.send(b"x" * (1 << 16))
        counts["bytes posted"] += sent
        left -= sent
        if client.receive() is None:
            left = 0
        if sent == 0:
            time.sleep(PACE)


def ask_long_paths(port, counts):
    client = Client(port)
    while True:
        request = b"GET /" + b"x" * (1 << 16) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
        counts["paths of 64 KiB"] += client.send(request) > 0
        time.sleep(PACE)
        client.receive()


def ask_often(port, counts, request, name, per_second, connections):
    clients = [Client(port) for _ in range(connections)]
    start, asked = time.monotonic(), 0
    while True:
        for x in clients:
            due = int((time.monotonic() - start) * per_second) - asked
            if due <= 0:
                break
            burst = min(due, per_second // 100)
            sent = x.send(request * burst) // len(request)
            asked += burst  # one that the program does not even read has been asked, too
            counts[name] += burst
            counts[name + ", taken"] += sent
            answers = x.receive()
            counts[name + ", answered"] += (answers or b"").count(b"HTTP/1.1 ")
        time.sleep(PACE / 10)


def ask_again_and_again(port, counts):
    ask_often(port, counts, b"GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
              % TOKEN.encode(), "requests", 10_000, 20)


def show_wrong_tokens(port, counts):
    ask_often(port, counts, b"GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
              % (b"guess" * 20), "wrong tokens", 500, 5)


ATTACKS = [never_finish, post_a_gigabyte, ask_long_paths, ask_again_and_again, show_wrong_tokens]


class Counts(dict):
    """What a client has done, told to the process that started it."""

    def __init__(self, told):
        super().__init__()
        self.told = told
        self.last = time.monotonic()

    def __missing__(self, _):
        return 0

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if time.monotonic() > self.last + 0.5:
            self.last = time.monotonic()
            self.told.put(dict(self))


def attack(how, port, told):
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    how(port, Counts(told))


def free_port():
    with socket.socket() as x:
        x.bind(("127.0.0.1", 0))
        return x.getsockname()[1]


def peak_mib(pid):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0


def figure(report, name):
    return next(x["value"] for x in report["figures"] if x["name"].endswith("load, " + name))


def run(bench, starts, is_attacked, directory):
    """p50 and p99 in ms, the peak of memory in MiB, and what the attackers did."""
    token = directory / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    report = directory / "report.json"
    port = free_port()
    program = subprocess.Popen(
        [bench, "--parts", "latency", "--rate", "3000000", "--intervals", "2", "--loads", "0.5",
         "--seconds", "2", "--rounds", str(starts), "--ui", str(port), "--ui-token-file", token, "--json", report],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    queues, attackers = [], []
    if is_attacked:
        for x in ATTACKS:
            queues.append(multiprocessing.Queue())
            attackers.append(multiprocessing.Process(target=attack, args=(x, port, queues[-1]), daemon=True))
            attackers[-1].start()
    peak, done = 0, {}
    while program.poll() is None:
        peak = max(peak, peak_mib(program.pid))
        for x in queues:
            while not x.empty():
                done.update(x.get())
        time.sleep(0.1)
    for x in attackers:
        x.kill()
    if program.returncode != 0:
        raise RuntimeError(f"{bench} ends with {program.returncode}: {program.stderr.read()}")
    found = json.loads(report.read_text())
    return figure(found, "p50 ms"), figure(found, "p99 ms"), peak, done


def main():
    bench = sys.argv[1]
    starts = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    ratios, more = [], []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for _ in range(rounds):
            alone = run(bench, starts, False, directory)
            beside = run(bench, starts, True, directory)
            ratios.append(beside[1] / alone[1])
            more.append(beside[2] - alone[2])
            print(f"alone p50 {alone[0]:.2f} ms, p99 {alone[1]:.2f} ms, {alone[2]:.0f} MiB; "
                  f"attacked p50 {beside[0]:.2f} ms, p99 {beside[1]:.2f} ms, {beside[2]:.0f} MiB")
            print("  " + ", ".join(f"{n:,} {x}" for x, n in sorted(beside[3].items())), flush=True)
    ratio, mib = statistics.median(ratios), statistics.median(more)
    print(f"p99 is {ratio:.2f} times as long (at most {MOST_RATIO}), with {mib:.0f} MiB more (at most {MOST_MORE_MIB})")
    return 0 if ratio <= MOST_RATIO and mib <= MOST_MORE_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
