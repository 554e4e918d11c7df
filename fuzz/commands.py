#!/usr/bin/env python3
"""Random command lines, drawn from all that `quenched models` lists, with values from everywhere.

    fuzz/commands.py [--program FILE] [--count N] [--seed S] [--jobs J]

Each is run as a command of its own. What holds of every one: an exit code of the contract, at most
60 CPU seconds, refusals of one line, no NaN anywhere, and nothing infinite in a row with the status ok
but a temperature that was asked for. What does not hold is printed, and the exit code is 1.
"""

import argparse
import concurrent.futures
import csv
import os
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
PATIENCE = 900.0
NUMBERS = ("alpha", "kappa", "gamma", "lambda", "delta", "rho", "distance", "norm", "beta")
ASKED = ("beta", "reference_beta")
MEMORY = 16 * 2**30


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def number(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.6:
        return f"{10 ** draw.uniform(-2, 1):.4g}"
    if kind < 0.85:
        return f"{draw.choice((1, 1, -1)) * 10 ** draw.uniform(-18, 9):.6g}"
    words = "0 -0 1 0.5 1e-320 1e308 -1e308 5e-324 inf -inf nan 1e999 0.1:0.1:0.3 1,2 1:0:2 x 1e-300 0.4999999999".split()
    return draw.choice(words)


def command(draw: random.Random, row: dict[str, str]) -> list[str]:
    verb = row["verb"]
    words = [verb] + ([row["quantity"]] if row["quantity"] else [])
    if verb != "classifiers":
        for name in ("machine", "weights", "data", "loss"):
            if row[name]:
                words += [f"--{name}", row[name]]
    if row["of"]:
        parts = row["of"].split(":")
        known = [number(draw) if part.isupper() and len(part) == 1 else part for part in parts]
        words += ["--reference", ":".join(known)]
    for name in row["options"].split():
        if name in NUMBERS and draw.random() < 0.9:
            words.append(f"--{name}={number(draw)}")
    if "beta" not in row["options"] and draw.random() < 0.4:
        words.append(f"--beta={number(draw)}")
    if verb == "solve" and draw.random() < 0.3:
        words += ["--branches", "all"]
    if verb == "simulate":
        words += ["--n", str(draw.choice((11, 101, 501))), "--samples", "1", "--max-iterations", "50"]
    return words


def limits() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def fault(program: Path, words: list[str]) -> str:
    """What does not hold of a command; empty where all does."""
    full = [program, *words, "--threads", "1", "--format", "csv"]
    try:
        ran = subprocess.run(full, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=limits)
    except subprocess.TimeoutExpired:
        return f"hangs: longer than {PATIENCE:.0f} s"
    if ran.returncode in (-9, -24):
        return f"more than {SECONDS} CPU seconds"
    if ran.returncode not in (0, 1, 2, 3, 4):
        return f"exit code {ran.returncode}: {ran.stderr[:300]}"
    if len(ran.stderr) > 2500 or len(ran.stderr.splitlines()) > 3:
        return f"{len(ran.stderr)} characters on stderr"
    for row in lines(ran.stdout):
        for name, cell in row.items():
            if cell in ("NaN", "nan"):
                return f"{name} is {cell}"
            if cell in ("inf", "-inf") and row.get("status") == "ok" and name not in ASKED:
                return f"{name} is {cell} in a row that is ok"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/quenched")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    known = subprocess.run([args.program, "models", "--format", "csv"], check=True, capture_output=True, text=True)
    rows = lines(known.stdout)
    draw = random.Random(args.seed)
    commands = [command(draw, draw.choice(rows)) for _ in range(args.count)]
    faults = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for words, said in zip(commands, pool.map(lambda words: fault(args.program, words), commands)):
            if said:
                faults += 1
                print(f"quenched {' '.join(words)}\n    {said}", flush=True)
    print(f"{args.count} commands, {faults} faults")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
