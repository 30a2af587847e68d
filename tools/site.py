#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Builds the documentation site: pages with mkdocs, the API reference with doxygen. Called by `./dev docs`.

usage: site.py ROOT OUT        the site is in OUT/site

mkdocs wants one folder of pages, but ours link to files all over the tree. So OUT/pages gets a copy of README.md, of
docs/, and of every file that they link to, each at its place in the tree: links work there as they do here.
"""
import pathlib
import re
import shutil
import subprocess
import sys

LINK = re.compile(r"\]\(([^)\s#]+)")
FILE_NAME = re.compile(r"\[[\w/.-]+\.md\]\((([^)\s#]+)[^)]*)\)")


def linked_files(root):
    """README.md, all pages in docs/, and what they link to, directly or not."""
    seen, todo = set(), [root / "README.md", root / "CHANGELOG.md", *(root / "docs").rglob("*.*")]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        if path.suffix == ".md":
            links = (link for link in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link)
            todo += (target for target in ((path.parent / link).resolve() for link in links) if target.is_file())
    return sorted(seen)


def with_titles(path):
    """The page; a link that shows the name of a file shows the title of that page instead."""
    def titled(match):
        title = (path.parent / match[2]).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        return f"[{title}]({match[1]})"
    return FILE_NAME.sub(titled, path.read_text(encoding="utf-8"))


def public_headers(root):
    """What test/api/check.py says a program sees, and the whole test kit."""
    sys.path.insert(0, str(root / "test/api"))
    import check  # pylint: disable=import-error,import-outside-toplevel
    return sorted({*check.reached(root), *(root / "testkit").glob("*.hpp")})


def run_doxygen(root, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    headers = " ".join(f'"{path.relative_to(root)}"' for path in public_headers(root))
    settings = (root / "tools/Doxyfile").read_text(encoding="utf-8")
    settings += f'\nOUTPUT_DIRECTORY = "{out}"\nINPUT = tools/api.md {headers}\n'
    return subprocess.run(["doxygen", "-"], cwd=root, input=settings, text=True, check=False).returncode == 0


def run_mkdocs(root, pages, site):
    for path in linked_files(root):
        copy = pages / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            copy.write_text(with_titles(path), encoding="utf-8")
        else:
            shutil.copyfile(path, copy)
    return subprocess.run(["mkdocs", "--quiet", "build", "--strict", "--clean", "--site-dir", site],
                          cwd=root, check=False).returncode == 0


def main(root, out):
    root, out = pathlib.Path(root).resolve(), pathlib.Path(out).resolve()
    shutil.rmtree(out, ignore_errors=True)
    is_good = run_doxygen(root, out / "pages/api") and run_mkdocs(root, out / "pages", out / "site")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
