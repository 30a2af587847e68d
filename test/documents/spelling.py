#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The prose of the documentation is spelt right, as far as Debian's codespell knows; 77 if it is not installed.

usage: spelling.py ROOT
"""
import pathlib
import shutil
import subprocess
import sys

# Words that codespell takes for mistakes: part of a name, or a term of the trade.
WORDS = "crate,sting,te"


def main(root):
    if shutil.which("codespell") is None:
        print("codespell is not installed")
        return 77
    root = pathlib.Path(root)
    pages = [*root.glob("*.md"), *root.glob("*/README.md"), *root.glob("*/*/README.md"), *root.glob("docs/**/*.md"),
             root / "llms.txt"]
    return subprocess.run(["codespell", "--builtin", "clear,rare", f"--ignore-words-list={WORDS}", *pages],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
