#!/usr/bin/env python3
"""Seconds of one thread of the present program against an earlier version, in the same run.

    benches/before_after.py [--before COMMIT] [--rounds N] [--only WORDS]

Builds the earlier commit in a work tree of its own under target/, runs both programs in turn on
the same commands, and prints for each the medians of the CPU seconds, their ratio, and what the
work may take at most. Work that is a row of a table is measured on many rows, less a run on one
row. Nothing is asserted: machines differ.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The last commit before sites and channels.
BEFORE = "528c5d6"

# Name, command, rows over which the seconds are shared out (None: the whole command, start
# included), and the most that it may take in seconds.
ROWS = [
    ("binary row with observables", "solve --alpha 0.2:0.0005:0.8", 1201, 0.15e-3),
    ("teacher row, dominant", "solve --data teacher --alpha 0.2:0.005:1.2", 201, 0.6e-3),
    ("teacher row, all branches", "solve --data teacher --alpha 0.2:0.05:1.2 --branches all", 21, 6e-3),
    ("cross-entropy row, β = 2", "solve --loss cross-entropy --beta 2 --alpha 0.2:0.01:1.2", 101, 1.5e-3),
    ("hinge row, β = 2", "solve --loss hinge --beta 2 --alpha 0.2:0.01:1.2", 101, 0.4e-3),
    ("200 capacities, with stability", "threshold capacity --kappa=-1:0.015:1.985", None, 0.03),
    ("AT line, 41 margins", "threshold at --weights spherical --kappa=-2:0.05:0", None, 0.1),
    ("AT line of binary weights, 41 margins", "threshold at --kappa=-2:0.1:2", None, 0.1),
    ("teacher's spinodal", "threshold spinodal --data teacher", None, 0.01),
    ("teacher's first-order transition", "threshold first-order --data teacher", None, 0.01),
    ("curve of 100 points: margin", "local-entropy --alpha 0.5 --distance 0.001:0.004:0.397 --reference margin:0.2", None, 0.12),
    ("curve of 100 points: margin:max", "local-entropy --alpha 0.5 --distance 0.001:0.004:0.397 --reference margin:max", None, 0.3),
    ("curve of 100 points: cross-entropy:2", "local-entropy --alpha 0.5 --distance 0.001:0.004:0.397 --reference cross-entropy:2", None, 0.5),
    ("break-up threshold", "threshold local-entropy-break", None, 0.4),
    ("isolation load", "threshold isolation-load", None, 0.4),
    ("isolation margin", "threshold isolation-margin --alpha 0.5", None, 0.4),
    ("figure break-up", "figure figures/break-up.toml", None, 8.0),
    ("figure phase-diagram", "figure figures/phase-diagram.toml", None, 0.5),
    ("figure cross-entropy-flatness", "figure figures/cross-entropy-flatness.toml", None, 2.0),
    ("figure teacher-student", "figure figures/teacher-student.toml", None, 1.0),
]


def build(folder: Path, target: Path) -> Path:
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    command = ["cargo", "build", "--release", "--quiet", "--bin", "quenched"]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return target / "release" / "quenched"


def earlier(commit: str) -> Path:
    folder = ROOT / "target" / "before"
    if not folder.exists():
        command = ["git", "worktree", "add", "--detach", "--force", str(folder), commit]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return build(folder, folder / "target")


def seconds(program: Path, folder: Path, words: list[str]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        if words[0] == "figure":
            words = words + ["-o", scratch]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [str(program), *words, "--threads", "1"]
        subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def one_row(words: list[str]) -> list[str]:
    """The command at the first value of its range."""
    return [w.split(":")[0] if ":" in w and w[0].isdigit() else w for w in words]


def measure(program: Path, folder: Path, command: str, rows: int | None) -> float:
    words = command.split()
    whole = seconds(program, folder, words)
    if rows is None:
        return whole
    return max(whole - seconds(program, folder, one_row(words)), 0.0) / (rows - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", default=BEFORE)
    parser.add_argument("--program", help="a built program of the earlier version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    now = build(ROOT, Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")))
    before = Path(given.program) if given.program else earlier(given.before)
    print(f"{'work':42} {'before':>11} {'now':>11} {'ratio':>7} {'at most':>9}")
    for name, command, rows, most in ROWS:
        if given.only not in name:
            continue
        old, new = [], []
        for _ in range(given.rounds):
            new.append(measure(now, ROOT, command, rows))
            old.append(measure(before, ROOT, command, rows))
        a, b = statistics.median(old), statistics.median(new)
        print(f"{name:42} {a:11.3e} {b:11.3e} {a / max(b, 1e-9):7.1f} {most:9.1e}{'' if b <= most else '  above'}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
