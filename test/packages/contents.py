#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the Debian packages hold, beside what lintian looks at.

usage: contents.py DEBS PATH…

The folder DEBS has each of our packages once, all of one version. Each has its main files, and no file in any of them
names one of the PATHs, where the packages were made. Needs no root. 77 if there are no packages. Called by
`./dev package`.
"""
import argparse
import gzip
import io
import pathlib
import subprocess
import sys
import tarfile

SKIPPED = 77
MOST_SHOWN = 20
LIBRARIES = "usr/lib/x86_64-linux-gnu"
MAIN_FILES = {
    "libsluice-dev": ["usr/include/sluice/sluice.hpp", "usr/include/sluice/version.hpp",
                      f"{LIBRARIES}/libsluice_runtime_program.a", f"{LIBRARIES}/libsluice_testkit.a",
                      f"{LIBRARIES}/cmake/Sluice/SluiceConfig.cmake", f"{LIBRARIES}/pkgconfig/sluice.pc",
                      f"{LIBRARIES}/pkgconfig/sluice-testkit.pc", f"{LIBRARIES}/pkgconfig/sluice-sqlite.pc"],
    "sluice-tools": ["usr/bin/sluice", "usr/share/man/man1/sluice.1.gz",
                     "usr/share/bash-completion/completions/sluice", "usr/share/zsh/vendor-completions/_sluice",
                     "usr/share/fish/vendor_completions.d/sluice.fish", "usr/share/sluice/new_program/main.cpp"],
    "sluice-doc": ["usr/share/doc/sluice-doc/html/index.html", "usr/share/doc/sluice-doc/html/api/index.html",
                   "usr/share/doc/sluice-doc/html/docs/installing.html", "usr/share/doc-base/sluice-doc.sluice",
                   "usr/share/doc/sluice-doc/examples/word_counts_in_sqlite.cpp"],
}
PAPERS = ["copyright", "changelog.gz", "changelog.Debian.gz"]


def files_of(deb):
    """The content of each file of a package, unpacked where it is compressed."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE, check=True).stdout
    result = {}
    with tarfile.open(fileobj=io.BytesIO(tar)) as packed:
        for member in packed:
            if member.isfile():
                content = packed.extractfile(member).read()
                name = member.name.removeprefix("./")
                result[name] = gzip.decompress(content) if name.endswith(".gz") else content
    return result


def faults_of(package, deb, paths):
    files = files_of(deb)
    wanted = MAIN_FILES[package] + [f"usr/share/doc/{package}/{x}" for x in PAPERS]
    for name in wanted:
        if not files.get(name):
            yield f"{deb.name}: {name} is missing or empty"
    for name, content in files.items():
        for path in paths:
            if path.encode() in content:
                yield f"{deb.name}: {name} has the path {path}"


def main():
    parser = argparse.ArgumentParser(description="What the Debian packages hold.")
    parser.add_argument("debs", type=pathlib.Path)
    parser.add_argument("paths", nargs="+", help="what no file may name")
    given = parser.parse_args()
    if not any(given.debs.glob("*.deb")):
        print(f"skipped: there are no packages in {given.debs}; ./dev package makes them")
        return SKIPPED
    faults, versions = [], set()
    for package in MAIN_FILES:
        debs = list(given.debs.glob(f"{package}_*.deb"))
        if len(debs) != 1:
            faults.append(f"there are {len(debs)} packages {package}")
            continue
        versions.add(debs[0].name.split("_")[1])
        faults.extend(faults_of(package, debs[0], given.paths))
    if len(versions) > 1:
        faults.append(f"the packages are of several versions: {', '.join(sorted(versions))}")
    print("\n".join(faults[:MOST_SHOWN]) or "each package has what it should, and no path of where it was made")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
