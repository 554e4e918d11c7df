#!/usr/bin/env python3
"""Preprocessor of mdBook: lets formulas through Markdown as they stand.

Markdown would take an underscore for emphasis and a backslash for an escape. Every punctuation mark
between dollar signs is escaped here, so that the page holds the formula, which KaTeX sets there.
"""

import json
import re
import sys

# Code first: dollar signs in it are no formulas.
CODE_OR_MATH = re.compile(
    r"(?P<fence>^(?P<mark>```+|~~~+).*?^(?P=mark)[ ]*$)"
    r"|(?P<code>(?<!`)(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`))"
    r"|(?P<block>\$\$.+?\$\$)"
    r"|(?P<inline>(?<![\\$])\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d))",
    re.S | re.M,
)
PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def formulas(text):
    """The formulas of a chapter with their dollar signs, in order."""
    found = CODE_OR_MATH.finditer(text)
    return [m.group() for m in found if m.group("block") or m.group("inline")]


def escaped(text):
    """The chapter with its formulas escaped; an empty line would end a paragraph, and is left out."""

    def escape(match):
        if not (match.group("block") or match.group("inline")):
            return match.group()
        lines = [line for line in match.group().splitlines() if line.strip()]
        return PUNCTUATION.sub(lambda mark: "\\" + mark.group(), " ".join(lines))

    return CODE_OR_MATH.sub(escape, text)


def visit(item):
    chapter = item.get("Chapter") if isinstance(item, dict) else None
    if chapter:
        chapter["content"] = escaped(chapter["content"])
        for inner in chapter["sub_items"]:
            visit(inner)


def main():
    if sys.argv[1:2] == ["supports"]:
        sys.exit(0 if sys.argv[2:3] == ["html"] else 1)
    _, book = json.load(sys.stdin)
    for item in book["items"]:
        visit(item)
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
