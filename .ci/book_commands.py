"""Runs the commands of Markdown files, each file in a fresh copy of the sources, and compares what
they print with what the file shows.

```sh         a script, run by bash with -eu and pipefail
```python     run by one interpreter for the whole file
```text       right after either: what it prints; a line ... stands for any lines
```console    lines that start with $ are run; the others are what they print
a first line with norun, such as ```sh,norun: shown only

Commands see a terminal on stdout, as a reader does, and what they say on stderr is added. Numbers may
differ in their last digits between processors: they are compared to 1e-6.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BLOCK = re.compile(r"^([ ]*)```([^\n`]*)\n(.*?)^\1```[ ]*$", re.S | re.M)
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w])")
LIMIT = 300


def blocks(text):
    """Language, whether it is shown only, body, line, and whether it follows the one before."""
    end = 0
    for match in BLOCK.finditer(text):
        words = [word.strip() for word in match.group(2).split(",")]
        body = re.sub(f"^{match.group(1)}", "", match.group(3), flags=re.M)
        line = text.count("\n", 0, match.start()) + 1
        follows = end > 0 and not text[end : match.start()].strip()
        end = match.end()
        yield words[0], "norun" in words, body, line, follows


def run(words, folder, script=None):
    """Exit code and what is printed: stdout on a terminal, then stderr."""
    master, slave = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"}
    process = subprocess.Popen(
        words,
        cwd=folder,
        stdin=subprocess.PIPE if script else subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.PIPE,
        env=environment,
    )
    os.close(slave)
    said = []
    error = threading.Thread(target=lambda: said.append(process.stderr.read()))
    error.start()
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    if script:
        process.stdin.write(script.encode())
        process.stdin.close()
    printed = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        printed += part
    code = process.wait()
    timer.cancel()
    error.join()
    os.close(master)
    text = printed.replace(b"\r\n", b"\n") + said[0]
    return code, text.decode()


def same_line(shown, printed):
    if shown.rstrip() == printed.rstrip():
        return True
    a, b = NUMBER.findall(shown), NUMBER.findall(printed)
    words = lambda text: NUMBER.sub("0", text).split()
    if words(shown) != words(printed) or len(a) != len(b):
        return False
    close = lambda x, y: abs(x - y) <= 1e-6 * (1 + abs(x))
    return all(close(float(x), float(y)) for x, y in zip(a, b))


def compare(shown, printed):
    """The first difference, or nothing."""
    shown, printed = shown.rstrip().splitlines(), printed.rstrip().splitlines()
    at = 0
    skip = False
    for line in shown:
        if line.strip() == "...":
            skip = True
            continue
        while skip and at < len(printed) and not same_line(line, printed[at]):
            at += 1
        if at >= len(printed) or not same_line(line, printed[at]):
            found = printed[at] if at < len(printed) else "nothing"
            return f"shown:   {line}\nprinted: {found}"
        skip = False
        at += 1
    if at < len(printed) and not skip:
        return f"not shown: {printed[at]}"
    return None


def console(body):
    """Commands with what is shown of each."""
    steps = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif steps and steps[-1][0].endswith("\\"):
            steps[-1][0] = steps[-1][0][:-1] + line
        elif steps:
            steps[-1][1].append(line)
    return [(command, "\n".join(shown)) for command, shown in steps]


def sources(folder):
    """A copy of the sources without what is built."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True
    )
    for name in filter(None, names.stdout.decode().split("\0")):
        if Path(name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, folder / name)


def check(path, folder):
    """What is wrong in a file, how many blocks were run, and how many were shown only."""
    wrong, ran, only_shown = [], 0, 0
    printed, where, python = None, 0, []
    for language, norun, body, line, follows in blocks(path.read_text()):
        if language == "text":
            if follows and printed is not None:
                difference = compare(body, printed)
                if difference:
                    wrong.append(f"{path}:{where}:\n{difference}")
            printed = None
            continue
        printed = None
        if language not in ("sh", "python", "console"):
            continue
        if norun:
            only_shown += 1
            continue
        ran += 1
        where = line
        if language == "console":
            for command, shown in console(body):
                code, text = run(["bash", "-c", f"set -o pipefail\n{command}"], folder)
                difference = compare(shown, text)
                if difference or (code != 0 and "quenched: " not in shown and "..." not in shown):
                    wrong.append(f"{path}:{line}: $ {command} (exit code {code})\n{difference}")
            continue
        if language == "python":
            # Earlier blocks are run again in silence: the file is one session.
            quiet = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    exec({!r})\n"
            script = quiet.format("\n".join(python)) + body
            python.append(body)
            code, printed = run([sys.executable, "-"], folder, script)
        else:
            code, printed = run(["bash", "-euo", "pipefail", "-c", body], folder)
        if code != 0:
            wrong.append(f"{path}:{line}: exit code {code}\n{printed}")
    return wrong, ran, only_shown


def main():
    failed = False
    for name in sys.argv[1:]:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            sources(Path(folder))
            wrong, ran, only_shown = check(Path(name), Path(folder))
        seconds = time.monotonic() - start
        print(f"{name}: {ran} blocks run, {only_shown} shown only, {seconds:.1f} s", flush=True)
        for text in wrong:
            failed = True
            print(text)
    sys.exit(1 if failed else 0)


main()
