#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long it takes from `apt install` to the graph of a running program, on a machine that has nothing of ours.

usage: first_picture.py DEBS WORK [--limit SECONDS] [--no-sync]

Installs the packages of the folder DEBS into a new Debian 12, makes a project there with `sluice new`, builds it and
runs it on lines from a socket, and asks the page of the program for its graph. Packages are downloaded before the time
begins. Then the rest of what was installed is tried: the project's test, pkg-config, the manual page, the completion,
an example of the documentation, and that the packages can be removed. WORK keeps the clean Debian and what was
downloaded for the next time. 77 if this machine cannot do that, or if there are no packages. Called by
`./dev package --test`.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SKIPPED = 77
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb",
               "DEBIAN_FRONTEND": "noninteractive",
               **{x: os.environ[x] for x in ("http_proxy", "https_proxy") if x in os.environ}}
# A process tree and mounts of its own, which end with it.
ENTER = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
INSIDE = 'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && exec chroot "$1" sh -c "$2"'


def entered(root, command):
    return [*ENTER, "sh", "-c", INSIDE, "sh", str(root), command]


def run(root, command):
    """Runs a command in the root, as a user would type it; its output."""
    done = subprocess.run(entered(root, command), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def is_possible():
    if os.geteuid() != 0 or not all(shutil.which(x) for x in ("debootstrap", "unshare", "chroot")):
        return False
    return subprocess.run([*ENTER, "true"], capture_output=True, check=False).returncode == 0


def clean_root(work):
    """A new Debian that holds its essential packages and nothing else."""
    base, root = work / "base", work / "root"
    if not (base / "etc/hosts").exists():
        print(f"making a clean Debian in {base}", flush=True)
        shutil.rmtree(base, ignore_errors=True)
        made = subprocess.run(["debootstrap", "--variant=minbase", SUITE, str(base), MIRROR], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if made.returncode != 0:
            sys.exit("debootstrap failed:\n" + made.stdout[-2000:])
        (base / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", str(base), str(root)], check=True)
    return root


def download(root, work, packages):
    """Puts everything that installing the packages will take where apt looks first."""
    kept, inside = work / "archives", root / "var/cache/apt/archives"
    kept.mkdir(exist_ok=True)
    shutil.copytree(kept, inside, dirs_exist_ok=True)
    run(root, "apt-get update")
    run(root, f"apt-get install -y --download-only {packages}")
    for file in inside.glob("*.deb"):
        if not (kept / file.name).exists():
            shutil.copy(file, kept)


@contextlib.contextmanager
def lines_from_socket():
    """The port of a server that sends some lines each tenth of a second."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client, contextlib.suppress(OSError):
                        while True:
                            client.sendall(b"to be or\nnot to be\n" * 10)
                            time.sleep(0.1)
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@contextlib.contextmanager
def running(root, command):
    """The address of the page of a program while it runs."""
    with tempfile.TemporaryFile("w+") as log:
        with subprocess.Popen(entered(root, "exec " + command), env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                              stderr=log) as program:
            try:
                yield page_of(program, log)
            finally:
                program.kill()


def page_of(program, log):
    while program.poll() is None:
        log.seek(0)
        if found := re.search(r"the page of this program: (http://\S+)", log.read()):
            return found[1]
        time.sleep(0.01)
    log.seek(0)
    sys.exit("the program ended:\n" + log.read())


def answer(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read().decode()


def graph_with_records(page):
    """What /api/v1/graph says as soon as records have gone through it."""
    for _ in range(1000):
        graph = json.loads(answer(page + "/api/v1/graph"))
        if re.search(r'"records\w*": [1-9]', json.dumps(graph)):
            return graph
        time.sleep(0.01)
    return sys.exit(f"no record went through the program:\n{json.dumps(graph, indent=1)}")


def times():
    """Now, and the seconds that cores have worked for the commands so far: others may keep them busy, too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic(), used.ru_utime + used.ru_stime


class stopwatch:
    """The time of each step, printed when it is over."""
    def __init__(self):
        self.start = self.last = times()

    def lap(self, step):
        now = times()
        self.tell(self.last, now, step)
        self.last = now

    def total(self):
        self.tell(self.start, self.last, "in all")
        return self.last[0] - self.start[0]

    @staticmethod
    def tell(start, end, what):
        print(f"{end[0] - start[0]:7.1f} s, {end[1] - start[1]:5.1f} s of a core: {what}", flush=True)


def first_picture(root, packages, port):
    watch = stopwatch()
    run(root, f"apt-get install -y {packages}")
    watch.lap("apt install ./sluice-tools*.deb ./libsluice-dev*.deb")
    run(root, "cd && sluice new words")
    run(root, "cd ~/words && cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release")
    watch.lap("sluice new words && cmake -S . -B build …")
    run(root, "cmake --build ~/words/build")
    watch.lap("cmake --build build")
    with running(root, f"~/words/build/words 127.0.0.1 {port}") as page:
        graph = graph_with_records(page)
        if "<html" not in answer(page + "/"):
            sys.exit("there is no page of the program")
        watch.lap("words 127.0.0.1 PORT, until /api/v1/graph shows records")
        run(root, f"sluice status --at {page.removeprefix('http://')}")
        run(root, f"sluice graph --at {page.removeprefix('http://')} | grep -q '{graph['operators'][0]['name']}'")
    return watch.total()


def try_the_rest(root, documentation):
    """What a user finds besides, in the same root."""
    run(root, "ctest --test-dir ~/words/build --no-tests=error")
    run(root, "cd ~/words && g++ -std=c++20 -O1 main.cpp $(pkg-config --cflags --libs sluice) -o by-pkg-config")
    run(root, "~/words/by-pkg-config --help")
    run(root, "test \"$(pkg-config --modversion sluice)\" = \"$(sluice --version | grep -o '[0-9.]*$')\"")
    run(root, "gzip -dc /usr/share/man/man1/sluice.1.gz | grep -q '^.TH SLUICE 1'")
    run(root, "bash -c '. /usr/share/bash-completion/completions/sluice && complete -p sluice'")
    # An example of the documentation, with the connector for SQLite.
    run(root, f"apt-get install -y {documentation}")
    run(root, "cd && g++ -std=c++20 -O1 /usr/share/doc/sluice-doc/examples/word_counts_in_sqlite.cpp "
              "$(pkg-config --cflags --libs sluice-sqlite) -o in-sqlite && ./in-sqlite --help")
    # Nothing of it is left behind when it goes.
    run(root, "apt-get purge -y sluice-tools libsluice-dev sluice-doc")
    run(root, "! find /usr /etc /var/lib -name '*sluice*' -not -path '*/dpkg/*' -not -path '*/apt/*' | grep .")


def main():
    parser = argparse.ArgumentParser(description="From apt install to the graph of a running program.")
    parser.add_argument("debs", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--limit", type=float, help="the most seconds that it may take")
    parser.add_argument("--no-sync", action="store_true",
                        help="dpkg does not wait for the disk at each file, as in Debian's images for containers")
    given = parser.parse_args()
    if not is_possible():
        print("skipped: this needs root, debootstrap, and a process tree of its own")
        return SKIPPED
    debs = [next(given.debs.glob(f"{x}_*.deb"), None) for x in ("sluice-tools", "libsluice-dev", "sluice-doc")]
    if None in debs:
        print(f"skipped: {given.debs} has not all of our packages; ./dev package makes them")
        return SKIPPED
    given.work.mkdir(parents=True, exist_ok=True)
    root = clean_root(given.work.resolve())
    (root / "debs").mkdir()
    if given.no_sync:
        (root / "etc/dpkg/dpkg.cfg.d/no-sync").write_text("force-unsafe-io\n", encoding="utf-8")
    for deb in debs:
        shutil.copy(deb, root / "debs")
    tools, development, documentation = (f"/debs/{x.name}" for x in debs)
    packages = f"{tools} {development}"
    print("downloading what it takes", flush=True)
    download(root, given.work, packages)
    with lines_from_socket() as port:
        seconds = first_picture(root, packages, port)
    try_the_rest(root, documentation)
    print("the project's test, pkg-config, the manual page, the completion, an example and the removal are fine")
    if given.limit and seconds > given.limit:
        print(f"too slow: more than {given.limit:g} s")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
