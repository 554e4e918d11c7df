#!/usr/bin/env python3
"""CPU seconds of single points drawn from all that `quenched models` lists.

    benches/every_combination.py [--program FILE] [--points N] [--seed S] [--jobs J] [--above SECONDS]

Draws combinations of theory and parameters at random, runs each as a command of one thread that
is stopped after --limit seconds, and prints the points that took longer than --above seconds and
the quantiles of all. Nothing is asserted: machines differ.
"""

import argparse
import concurrent.futures
import csv
import os
import random
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THEORY = ("solve", "local-entropy", "threshold", "classifiers")


def combinations(program: Path) -> list[dict[str, str]]:
    text = subprocess.run([program, "models", "--format", "csv"], check=True, capture_output=True, text=True).stdout
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [row for row in rows if row["verb"] in THEORY]


def value(draw: random.Random, name: str) -> str:
    """A value of a parameter, over the range that papers plot."""
    return {
        "alpha": lambda: f"{10 ** draw.uniform(-1, 0.4):.4f}",
        "kappa": lambda: f"{draw.uniform(-0.5, 1.2):.4f}",
        "gamma": lambda: f"{10 ** draw.uniform(-0.5, 0.7):.4f}",
        "lambda": lambda: f"{10 ** draw.uniform(-2, 1):.4f}",
        "delta": lambda: f"{10 ** draw.uniform(-0.7, 0.5):.4f}",
        "rho": lambda: f"{draw.uniform(0.1, 0.9):.4f}",
        "distance": lambda: f"{10 ** draw.uniform(-2, -0.35):.4f}",
        "norm": lambda: f"{10 ** draw.uniform(-1, 1):.4f}",
        "beta": lambda: f"{10 ** draw.uniform(-0.5, 1.3):.4f}",
    }[name]()


def reference(draw: random.Random, name: str) -> str:
    numbers = {
        "margin:K": lambda: f"{draw.uniform(-0.2, 0.5):.3f}",
        "cross-entropy:G": lambda: value(draw, "gamma"),
        "tilted:H": lambda: f"{draw.uniform(0, 0.5):.3f}",
        "robust:Y": lambda: str(draw.randint(2, 10)),
    }
    words = name.split(":")
    known = ":".join(words[:2])
    if known in numbers:
        words[1] = numbers[known]()
    return ":".join(value(draw, "norm") if w == "Q" else w for w in words)


def point(draw: random.Random, row: dict[str, str]) -> list[str]:
    words = [row["verb"]] + ([row["quantity"]] if row["verb"] == "threshold" else [])
    for name in ("machine", "weights", "data", "loss"):
        if row[name] and row["verb"] != "classifiers":
            words += [f"--{name}", row[name]]
    if row["of"]:
        words += ["--reference", reference(draw, row["of"])]
    for name in row["options"].split():
        if name in ("alpha", "kappa", "gamma", "lambda", "delta", "rho", "distance", "norm"):
            words.append(f"--{name}={value(draw, name)}")
        elif name == "bias" and draw.random() < 0.5:
            words += ["--bias", "learned"]
    if row["beta"] == "finite" or row["beta"] == "any" and draw.random() < 0.4:
        words.append(f"--beta={value(draw, 'beta')}")
    return words


def measure(program: Path, words: list[str], limit: float) -> tuple[float, str]:
    """CPU seconds, and the status of the first row or what went wrong."""
    process = subprocess.Popen(
        [program, *words, "--threads", "1", "--format", "csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    start = time.monotonic()
    try:
        out, error = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return limit, "stopped"
    taken = time.monotonic() - start
    if process.returncode == 2:
        return taken, "refused: " + error.strip()
    rows = list(csv.DictReader(line for line in out.splitlines() if not line.startswith("#")))
    return taken, rows[0].get("status", "") if rows else f"exit code {process.returncode}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "release" / "quenched")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--above", type=float, default=2.0)
    parser.add_argument("--only", default="", help="only combinations that hold this word")
    given = parser.parse_args()
    draw = random.Random(given.seed)
    rows = [row for row in combinations(given.program) if given.only in " ".join(row.values())]
    points = [point(draw, draw.choice(rows)) for _ in range(given.points)]
    seconds, states = [], {}
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for words, (taken, state) in zip(points, pool.map(lambda w: measure(given.program, w, given.limit), points)):
            seconds.append(taken)
            kind = state.split(":")[0]
            states[kind] = states.get(kind, 0) + 1
            if taken > given.above or kind not in ("ok", "rs_unstable", "no_solution", "not_converged"):
                print(f"{taken:7.2f}  {state[:60]:14} {' '.join(words)}", flush=True)
    seconds.sort()
    for part in (0.5, 0.9, 0.99, 1.0):
        print(f"{part:5.0%} of {len(seconds)} points within {seconds[int(part * (len(seconds) - 1))]:.3f} s")
    print(", ".join(f"{n} {state or 'without status'}" for state, n in sorted(states.items())))


if __name__ == "__main__":
    main()
