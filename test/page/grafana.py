#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the Grafana dashboard: its form, that Prometheus understands each expression, and that a real program serves
each metric. Needs `promtool`, of Debian's package `prometheus`; without it, ends with 77: skipped.

usage: grafana.py PROGRAM DASHBOARD"""
import json
import re
import shutil
import subprocess
import sys
import tempfile

from watched_program import Program

SKIPPED = 77
WIDTH = 24  # columns of a dashboard
UNITS = {"s", "short", "cps", "percentunit", "bytes"}


def problems_of_form(dashboard):
    """What Grafana would not take, or what a reader would miss."""
    for field in ("uid", "title", "schemaVersion", "time", "templating", "panels"):
        if field not in dashboard:
            yield f"the dashboard has no {field}"
    taken = set()
    ids = set()
    for panel in dashboard["panels"]:
        name = panel.get("title") or f"panel {panel.get('id')}"
        if not panel.get("title"):
            yield f"{name} has no title"
        if panel["id"] in ids:
            yield f"{name} has the number of another panel"
        ids.add(panel["id"])
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        if place["x"] + place["w"] > WIDTH:
            yield f"{name} is wider than the dashboard"
        if cells & taken:
            yield f"{name} lies on another panel"
        taken |= cells
        if panel["type"] == "row":
            continue
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            yield f"{name} has no unit that is known"
        if not panel["targets"]:
            yield f"{name} shows nothing"


def expressions(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def problems_of_expressions(all_of_them):
    """What Prometheus says of them, as rules."""
    filled = [x.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*") for x in all_of_them]
    rules = [{"record": f"dashboard:{n}", "expr": x} for n, x in enumerate(filled)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # JSON is YAML as well
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        checked = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
    if checked.returncode != 0:
        yield checked.stdout + checked.stderr
    if f"{len(rules)} rules found" not in checked.stdout:
        yield f"promtool has not checked all {len(rules)} expressions: {checked.stdout}"


def problems_of_metrics(all_of_them, served):
    names = {line.split("{")[0].split(" ")[0] for line in served.splitlines() if line and not line.startswith("#")}
    for expression in all_of_them:
        for name in re.findall(r"\b(?:sluice|process)_\w+", expression):
            if name not in names:
                yield f"no program serves {name}"


def main():
    if not shutil.which("promtool"):
        print("there is no promtool: skipped")
        return SKIPPED
    program, file = sys.argv[1:]
    with open(file, encoding="utf-8") as content:
        dashboard = json.load(content)
    with Program(program, "healthy") as running:
        running.wait_for_batches(3)
        served = running.read("/metrics")
    shown = expressions(dashboard)
    problems = [*problems_of_form(dashboard), *problems_of_expressions(shown), *problems_of_metrics(shown, served)]
    for problem in problems:
        print(problem)
    print(f"{len(shown)} expressions in {len(dashboard['panels'])} panels, {len(problems)} problems")
    return 1 if problems or not shown else 0


if __name__ == "__main__":
    sys.exit(main())
