#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every block of C++ in the documentation compiles, and so does every example in the comments of operators.

usage: check.py ROOT COMPILER INCLUDE_DIR:INCLUDE_DIR…

A block is cut at its blank lines. Parts that define something stay as they are, in a namespace of the block; parts
that begin with an indented line are members of a source; all others are statements, and go into a function with a
context and the streams that the page talks of.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^ *///\n((?: *///     .*\n)+)", re.MULTILINE)
OPERATORS = ["dataset_operations", "mapped_stream", "pair_operations", "state_operations", "window_operations"]
DEFINITION = re.compile(r"(#include|using namespace|enum|class|struct|template|(?:[\w:<>*&,]+ )+\w+\([^;]*\) \{\n)")

# The streams that statements find besides `ctx`, by page.
PARAMETERS = {
    "connectors/sqlite/README.md": "word_pairs counts",
    "docs/rdd.md": "sluice::dstream<std::string_view> words",
    "docs/records.md": "sluice::dstream<std::string_view> words",
    "docs/state-and-names.md": "word_pairs words",
    "operators": "sluice::dstream<std::string_view> words, word_pairs pairs, word_pairs counts, "
                 "sluice::dstream<int> numbers, sluice::dstream<std::pair<std::string_view, double>> prices, "
                 "sluice::mapped_stream<int, std::string_view, int> running",
    "pages": "sluice::dstream<std::string_view> lines, sluice::dstream<std::string_view> words, "
             "word_pairs pairs, sluice::dstream<std::pair<std::string_view, double>> prices",
}
for name in ("operators", "windows", "outputs", "concepts", "tuning", "faq", "migrating-from-spark"):
    PARAMETERS[f"docs/{name}.md"] = PARAMETERS["pages"]


def parts(block):
    """The block, cut at those blank lines that are not inside braces."""
    depth, part = 0, []
    for line in block.splitlines():
        if not line and depth == 0:
            if part:
                yield "\n".join(part) + "\n"
            part = []
            continue
        part.append(line)
        depth += line.count("{") - line.count("}")
    if part:
        yield "\n".join(part) + "\n"


def translate(page, number, block, line):
    includes, definitions, members, statements = [], [], [], []
    for part in parts(block):
        if part.startswith("#include"):
            includes.append(part)
        elif part.startswith(" "):
            members.append(part)
        elif DEFINITION.match(part):
            definitions.append(part)
        else:
            statements.append(part)
    text = "".join(includes) + f'#line {line + 1} "{page}"\nnamespace block_{number} {{\n' + "\n".join(definitions)
    if members:
        text += "class members : public sluice::source<long> {\n" + "\n".join(members) + "long next_ = 0;\n};\n"
    if statements:
        more = PARAMETERS.get(page)
        text += f"void use(sluice::streaming_context& ctx{', ' + more if more else ''}) {{\n"
        text += "\n".join(statements) + "}\n"
    return text + "}\n"


def translate_example(page, number, example, line):
    return (f'#line {line - 1} "{page}"\nnamespace block_{number} {{\nusing namespace std::chrono_literals;\n'
            f"void use({PARAMETERS['operators']}) {{\n{example}}}\n}}\n")


def main(root, compiler, include_dirs):
    root = pathlib.Path(root)
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md")), *sorted((root / "docs/formats").glob("*.md"))]
    # Those of connectors that have been built.
    pages += [page for page in sorted(root.glob("connectors/*/README.md"))
              if any(pathlib.Path(path, "sluice", page.parent.relative_to(root)).is_dir()
                     for path in include_dirs.split(":") if path)]
    program, number = '#include "prelude.hpp"\n', 0
    for path in pages:
        text = path.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            number += 1
            line = text.count("\n", 0, match.start()) + 1
            program += translate(str(path.relative_to(root)), number, match.group(1), line)
    for name in OPERATORS:
        page = f"operators/stream/{name}.hpp"
        text = (root / page).read_text(encoding="utf-8")
        for match in EXAMPLE.finditer(text):
            number += 1
            line = text.count("\n", 0, match.start()) + 1
            example = "".join(f"{each.split('///     ')[1]}\n" for each in match.group(1).splitlines())
            program += translate_example(page, number, example, line)
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
        source.write(program)
        source.flush()
        options = [f"-I{path}" for path in (root / "test/documents", *include_dirs.split(":")) if path]
        run = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-DCAF_ENABLE_TYPE_ID_CHECKS", *options,
                              source.name], capture_output=True, text=True)
    print(run.stderr, end="")
    print(f"{number} blocks")
    return 0 if run.returncode == 0 and number != 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
