#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every link in the documentation leads somewhere, every page can be reached, and llms.txt has the form of llmstxt.org.

usage: links.py ROOT

An anchor must be right in two places that derive it from a heading by rules of their own: where the repository is read,
and on the site that mkdocs builds.
"""
import pathlib
import re
import sys
import unicodedata

FENCE = re.compile(r"^(```|~~~).*?^\1[ ]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.MULTILINE)
LLMS = re.compile(r"# \S.*\n\n> \S.*\n(?:> .*\n)*(?:\n## \S.*\n\n(?:- \[[^\]]+\]\([^)]+\): .*\.\n)+)+\Z")


def plain(heading):
    """The text of a heading, without its marks."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[`*]", "", heading).strip()


def repository_anchor(text):
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def site_anchor(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def anchors(path):
    """The anchors of a page that are the same in both places; a second heading of one name has none of its own."""
    headings = [plain(x) for x in HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))]
    return {repository_anchor(x) for x in headings if repository_anchor(x) == site_anchor(x)}


def repeated_headings(path):
    headings = [plain(x) for x in HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))]
    return sorted({x for x in headings if headings.count(x) > 1})


def links(path):
    """(line, target) of every link outside of code."""
    text = FENCE.sub(lambda m: "\n" * m.group().count("\n"), path.read_text(encoding="utf-8"))
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(CODE.sub("code", line)):
            yield number, target


def faults_of(root, path, reached):
    name = path.relative_to(root)
    for number, target in links(path):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            yield f"{name}:{number}: there is no {file}"
            continue
        reached.add(there)
        if anchor and anchor not in anchors(there):
            yield f"{name}:{number}: {there.relative_to(root)} has no heading for #{anchor}"


def main(root):
    root = pathlib.Path(root).resolve()
    pages = [*(root / x for x in ("README.md", "CHANGELOG.md", "llms.txt")), *sorted((root / "docs").rglob("*.md"))]
    folders = [*root.glob("[a-z]*/README.md"), *root.glob("[a-z]*/*/README.md")]
    faults, reached = [], {root / x for x in ("README.md", "CHANGELOG.md", "llms.txt")}
    for path in sorted({*pages, *folders}):
        faults += faults_of(root, path, reached)
        if "CHANGELOG" not in path.name:
            faults += [f"{path.relative_to(root)}: two headings '{x}'" for x in repeated_headings(path)]
    faults += [f"{path.relative_to(root)}: no page links to it" for path in pages if path not in reached]
    if not LLMS.match((root / "llms.txt").read_text(encoding="utf-8")):
        faults.append("llms.txt: not of the form title, summary, sections with a list of [name](link): sentence.")
    navigation = (root / "mkdocs.yml").read_text(encoding="utf-8")
    faults += [f"mkdocs.yml: the navigation lacks {path.relative_to(root)}" for path in (root / "docs").glob("*.md")
               if str(path.relative_to(root)) not in navigation]
    print("\n".join(faults) or f"{len(pages)} pages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
