# SPDX-License-Identifier: BSD-3-Clause
"""A program of the tests that serves its page, for as long as a block."""
import json
import re
import subprocess
import time
import urllib.request


class Program:
    def __init__(self, path, what):
        self.process = subprocess.Popen([path, what, "--ui", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if not found:
            raise RuntimeError("no address on standard error: " + line + self.process.stderr.read())
        self.address = found[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def read(self, path):
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:
            return answer.read().decode()

    def get(self, path):
        return json.loads(self.read(path))

    def wait_for_batches(self, n):
        end = time.monotonic() + 30
        while self.get("/api/v1/overview")["totals"]["completedBatches"] < n:
            if time.monotonic() > end:
                raise TimeoutError("the program completes no batches")
            time.sleep(0.1)
