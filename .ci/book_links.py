"""Checks links and formulas: those of the Markdown files that a code host shows, and those of the
built book, whose folder is the argument. Prints what is wrong and exits with 1."""

import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

sys.dont_write_bytecode = True
sys.path.insert(0, "theory/theme")
from formulas import formulas

ROOT = Path(".").resolve()
SHOWN = ["README.md", "CONTRIBUTING.md", "figures/README.md", "CHANGELOG.md"]
FENCE = re.compile(r"^(```+|~~~+).*?^\1[ ]*$", re.S | re.M)
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^\s)>]+)>?[^)]*\)")


def outside(target):
    return re.match(r"[a-z][a-z0-9+.-]*:", target) is not None


def anchors(path):
    """Names of the headings of a Markdown file, as code hosts make them."""
    found, count = set(), {}
    for line in FENCE.sub("", path.read_text()).splitlines():
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
            name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            number = count.get(name, 0)
            count[name] = number + 1
            found.add(f"{name}-{number}" if number else name)
    return found


def check_markdown(path):
    text = path.read_text()
    for formula in formulas(text):
        text = text.replace(formula, "")
    text = CODE.sub("", FENCE.sub("", text))
    wrong, count = [], 0
    for target in LINK.findall(text):
        count += 1
        if outside(target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / unquote(name)).resolve() if name else path
        if not file.exists() or ROOT not in [file, *file.parents]:
            wrong.append(f"{path}: {target}: there is no such file")
        elif anchor and unquote(anchor) not in anchors(file):
            wrong.append(f"{path}: {target}: there is no such heading")
    return count, wrong


class Page(HTMLParser):
    """Links, names and text of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.names, self.text, self.inside = [], set(), [], 0
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        self.inside += tag == "main"
        for key, value in attributes:
            if key in ("id", "name") and value:
                self.names.add(value)
            if key in ("href", "src") and value:
                self.links.append(value)

    def handle_endtag(self, tag):
        self.inside -= tag == "main"

    def handle_data(self, data):
        if self.inside:
            self.text.append(data)


def check_book(book):
    pages = {path.resolve(): Page(path) for path in sorted(book.rglob("*.html"))}
    wrong, count = [], 0
    for path, page in pages.items():
        # The page of errors does not know where it will stand.
        if path.name in ("404.html", "toc.html", "katex-header.html"):
            continue
        for target in page.links:
            if outside(target) or target.startswith("//"):
                continue
            count += 1
            name, _, anchor = target.partition("#")
            file = (path.parent / unquote(name)).resolve() if name else path
            if file.is_dir():
                file = file / "index.html"
            if not file.exists():
                wrong.append(f"book, {path.name}: {target}: there is no such file")
            elif anchor and file in pages and unquote(anchor) not in pages[file].names:
                wrong.append(f"book, {path.name}: {target}: there is no such place")
    return pages, count, wrong


def plain(text):
    return " ".join(text.split())


def check_formulas(book, pages):
    """Every formula has to reach its page as it stands in the chapter: there KaTeX sets it."""
    wrong, count = [], 0
    for chapter in sorted(Path("theory").rglob("*.md")):
        page = pages.get((book / chapter.relative_to("theory").with_suffix(".html")).resolve())
        if page is None:
            continue
        text = plain(html.unescape("".join(page.text)))
        for formula in formulas(chapter.read_text()):
            count += 1
            if plain(formula) not in text:
                wrong.append(f"{chapter}: Markdown has changed {plain(formula)}")
    head = (book / "stability.html").read_text().count("renderMathInElement")
    if head == 0:
        wrong.append("book: pages do not load KaTeX")
    return count, wrong


def main():
    book = Path(sys.argv[1])
    files = [Path(name).resolve() for name in SHOWN] + sorted(p.resolve() for p in Path("theory").rglob("*.md"))
    wrong, links = [], 0
    for path in files:
        count, found = check_markdown(path)
        links += count
        wrong += found
    pages, count, found = check_book(book)
    wrong += found
    formulas_found, found = check_formulas(book, pages)
    wrong += found
    listed = set(re.findall(r"\(([^)]+\.md)\)", Path("theory/SUMMARY.md").read_text()))
    for path in Path("theory").rglob("*.md"):
        name = path.relative_to("theory").as_posix()
        if name != "SUMMARY.md" and name not in listed:
            wrong.append(f"theory/SUMMARY.md: no {name}")
    print(f"{links} links in Markdown, {count} in {len(pages)} pages, {formulas_found} formulas")
    if links < 50 or count < 500 or formulas_found < 1000:
        wrong.append("too few were found: is the checker blind?")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
