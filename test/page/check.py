#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks at each page of four real programs in a real browser: one that is healthy, one that is idle, one whose output
fails, and one that is overloaded. Needs Debian's `chromium`; without it, ends with 77: skipped."""
import argparse
import json
import pathlib
import shutil
import sys

from browser import Browser
from watched_program import Program

SKIPPED = 77
MOST_BYTES = 150_000
PROGRAMS = {"healthy": "healthy", "idle": "no_records", "failing": "failing_output", "overloaded": "slow_function"}


class Check:
    def __init__(self, browser, options):
        self.browser = browser
        self.folder = options.screenshots
        self.longest_load = options.longest_load
        self.wrong = []
        self.looked_at = 0

    def expect(self, is_right, sentence):
        if not is_right:
            self.wrong.append(sentence)
            print("  WRONG: " + sentence, flush=True)

    def look(self, name, program, route, texts, width=1280, dark=False):
        page = self.browser.page()
        page.size(width, 900, dark)
        page.go(program.address + "/#/" + route)
        where = f"{name} /{route or 'overview'} at {width}{' dark' if dark else ''}"
        for text in texts:
            try:
                page.wait_for(f"(document.body?.innerText ?? '').includes({json.dumps(text)})")
            except TimeoutError as e:
                self.expect(False, f"{where}: does not show '{text}': {e}")
        self.expect(not page.errors(), f"{where}: errors on the console: {page.errors()}")
        strangers = [x for x in page.requested() if not x.startswith((program.address, "data:", "about:"))]
        self.expect(not strangers, f"{where}: asks others: {strangers}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        self.expect(too_wide <= 0, f"{where}: wider than the window by {too_wide} px")
        unnamed = page.evaluate("[...document.querySelectorAll('button, a')]"
                                ".filter(x => !(x.innerText || x.ariaLabel || x.title)).length")
        self.expect(unnamed == 0, f"{where}: {unnamed} buttons or links without a name")
        if self.folder:
            label = f"{name}_{route.replace('/', '_') or 'overview'}_{width}{'_dark' if dark else ''}.png"
            page.screenshot(self.folder / label)
        page.close()
        self.looked_at += 1

    def load_time(self, program):
        times = []
        for _ in range(3):
            page = self.browser.page()
            page.go(program.address + "/")
            page.wait_for("document.querySelector('table') !== null")
            times.append(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
            size = page.evaluate("performance.getEntriesByType('resource').concat("
                                 "performance.getEntriesByType('navigation'))"
                                 ".filter(x => !x.name.includes('/api/')).reduce((n, x) => n + x.encodedBodySize, 0)")
            page.close()
        load = sorted(times)[1]
        print(f"loaded in {load:.0f} ms (median of {[round(x) for x in times]}), {size} bytes", flush=True)
        self.expect(load <= self.longest_load, f"the page takes {load:.0f} ms to load, more than {self.longest_load}")
        self.expect(size <= MOST_BYTES, f"the page has {size} bytes, more than {MOST_BYTES}")


def look_at_all(check, name, program):
    program.wait_for_batches(3)
    overview = program.get("/api/v1/overview")
    graph = program.get("/api/v1/graph")
    batch = next((x for x in overview["completed"] if x["outputsFailed"]), overview["completed"][0])
    inner = graph["operators"][1]
    failure = ["the file is full: <b>"] if name == "failing" else []
    routes = {
        "": ["watched", overview["inputs"][0]["name"], "Completed", *failure],
        f"batch/{batch['id']}": [overview["inputs"][0]["name"], *failure],
        "graph": [x["name"] for x in graph["operators"]],
        f"operator/{inner['id']}": [inner["name"], "artition"],
        "state": ["keeps no committed state"],
        "nodes": ["driver"],
        "events": ["The program has started."],
        "config": ["--interval", "--ui"],
    }
    for route, texts in routes.items():
        check.look(name, program, route, texts)
    check.look(name, program, "", routes[""][:1], width=400, dark=True)
    check.look(name, program, "graph", routes["graph"][:1], width=400)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the test program `watched`")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder for them")
    parser.add_argument("--longest-load", type=float, default=300, help="ms, for the median of three (300)")
    options = parser.parse_args()
    if not shutil.which("chromium"):
        print("there is no chromium: skipped")
        return SKIPPED
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with Browser() as browser:
        check = Check(browser, options)
        for name, what in PROGRAMS.items():
            print(name, flush=True)
            with Program(options.program, what) as program:
                look_at_all(check, name, program)
                if name == "healthy":
                    check.load_time(program)
    print(f"{check.looked_at} pages looked at, {len(check.wrong)} things wrong")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
