#!/usr/bin/env python3
"""How many values of independent computations lie within the errors that the program claims.

    benches/error_coverage.py [FOLDER...] [--program FILE] [--only WORD] [--grant X] [--jobs J]

Goes over the JSON files of tests/reference and of the folders given, asks the program for the row
that each value belongs to, and counts the values whose distance from the row's exceeds what the row
claims: `error_estimate`, absolute, of conjugates, responses, norms and stabilities relative to those
above one. The digits of the file are granted: half a unit of the last one that it
prints, the accuracy that it states of all, and the residual or change of resolution that it notes
beside the value. Most files say less of themselves than they know: --grant X adds X, relative to
values above one, and what is missed then is missed beyond doubt. Prints the coverage by file and by
column, how many times the distance the claim is at the median, and each miss. Nothing is asserted.
"""

import argparse
import concurrent.futures
import json
import math
import os
import statistics
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Columns whose error is relative where they are above one.
RELATIVE = {"q_hat", "m_hat", "t_hat", "s_hat", "norm", "norm_hat", "lambda"}
RELATIVE |= {"chi", "response", "slope", "field", "replicas", "reference_beta", "at_stability"}
# Fields of a file that bound the error of its own computation, relative to values above one.
OWN_ERRORS = ("resolution_change", "resid", "residual", "res", "saddle_residual", "beta_s_change")


class Number(float):
    """A number of a file that keeps half a unit of its last digit."""

    def __new__(cls, text: str):
        made = super().__new__(cls, text)
        mantissa, _, exponent = text.lower().partition("e")
        decimals = len(mantissa.partition(".")[2])
        digits = len(mantissa.replace(".", "").lstrip("-0"))
        # A short number is exact where it stands for an input or a limit, such as 0.0 or 1.0.
        made.half_unit = 0.5 * 10.0 ** (int(exponent or 0) - decimals) if digits > 5 else 0.0
        return made


@dataclass
class Wanted:
    """A row of the program, and what an independent computation has for its columns."""

    file: str
    words: tuple[str, ...]
    axis: str
    at: float
    columns: dict[str, tuple[float, float]] = field(default_factory=dict)
    # Among several rows at this place, that which is nearest in this column.
    nearest: str = ""


def stated(d: dict) -> float:
    """What a file says of the accuracy of all its values, such as "1e-10 absolute"."""
    return float(d.get("digits", "0").split()[0])


def own_error(row: dict) -> float:
    return max((abs(float(row[key])) for key in OWN_ERRORS if row.get(key) is not None), default=0.0)


def value(given, own: float = 0.0, of=lambda x: x) -> tuple[float, float] | None:
    """The value of a column and how far the file may be off, or none where it has none."""
    if given is None or isinstance(given, str):
        return None
    made = of(float(given))
    half = getattr(given, "half_unit", 0.0)
    return made, half + own * max(1.0, abs(made)) + 2.3e-16 * abs(made)


def read(row: dict, names: dict[str, str], own: float | None = None) -> dict:
    """Columns of the program from keys of a row; a replicon becomes 1 - replicon."""
    own = own_error(row) if own is None else own
    found = {}
    for column, key in names.items():
        of = (lambda x: 1.0 - x) if key.startswith("1-") else (lambda x: x)
        made = value(row.get(key.removeprefix("1-")), own, of)
        if made is not None:
            found[column] = made
    return found


def model(row: dict, *own: str) -> tuple[str, ...]:
    """Options of a model and of its own parameters."""
    words = []
    for name in ("weights", "data", "loss"):
        if name in row:
            words += [f"--{name}", row[name]]
    for name in own:
        if row.get(name) is not None and not math.isinf(float(row[name])):
            words += [f"--{name}={float(row[name])!r}"]
    return tuple(words)


# One function a kind of file.


def binary_storage(file, d):
    own = stated(d)
    for row in d["saddle"]:
        names = {"q": "q", "q_hat": "qh", "entropy": "entropy", "at_stability": "1-replicon"}
        yield Wanted(file, ("solve", *model(row, "kappa")), "alpha", row["alpha"], read(row, names, own))
    for row in d["capacity"]:
        names = {"alpha": "alpha_c", "q": "q", "q_hat": "qh", "at_stability": "1-replicon"}
        yield Wanted(file, ("threshold", "capacity"), "kappa", row["kappa"], read(row, names, own))
    for row in d["kappa_max"]:
        names = {"kappa": "kappa_max", "q": "q", "q_hat": "qh"}
        yield Wanted(file, ("threshold", "kappa-max"), "alpha", row["alpha"], read(row, names, own))


def spherical_storage(file, d):
    own = stated(d)
    words = ("--weights", "spherical")
    for row in d["saddle"]:
        names = {"q": "q", "entropy": "phi", "at_stability": "1-replicon"}
        yield Wanted(file, ("solve", *words, *model(row, "kappa")), "alpha", row["alpha"], read(row, names, own))
    for row in d["capacity"]:
        names = {"alpha": "alpha_c_RS", "at_stability": "1-replicon_at_RS_capacity"}
        yield Wanted(file, ("threshold", "capacity", *words), "kappa", row["kappa"], read(row, names, own))
        names = {"alpha": "alpha_AT", "q": "q_AT", "entropy": "phi_AT"}
        yield Wanted(file, ("threshold", "at", *words), "kappa", row["kappa"], read(row, names, own))
    for row in d["AT_extra"]:
        first = dict(zip(("alpha", "q"), row["AT"][0]))
        columns = read(first, {"alpha": "alpha", "q": "q"}, own)
        yield Wanted(file, ("threshold", "at", *words), "kappa", row["kappa"], columns)


def given_curves(file, d):
    own = stated(d)
    for c in d["curves"]:
        weights = {"bin": "binary", "sph": "spherical"}[c["model"]]
        reference = ("--reference", f"margin:{float(c['kappa_ref'])!r}")
        words = ("local-entropy", "--weights", weights, *reference, *model(c, "alpha", "kappa"))
        of_reference = read(c, {"reference_q": "q_ref", "reference_entropy": "phi_ref_RS"}, own)
        for row in c["points"]:
            names = {"local_entropy": "phi", "slope": "dphi_dd", "q": "q", "t": "t", "q_hat": "qh", "t_hat": "th", "s_hat": "ph"}
            columns = read(row, names, own)
            columns["normalized_local_entropy"] = value(row["phi"] - row["free"], own)
            yield Wanted(file, words, "distance", row["d"], columns | of_reference)
        # The distance has twelve digits, and the local entropy is stationary there.
        yield Wanted(file, words, "distance", c["d_typ"], read(c, {"local_entropy": "phi_at_dtyp"}, own))


def reference_word(r: dict) -> tuple[str, ...]:
    if r["loss"] == "theta":
        return ("--reference", f"margin:{float(r['kappa'])!r}")
    if r["loss"] == "largest-margin":
        return ("--reference", "margin:max")
    name = f"cross-entropy:{float(r['gamma'])!r}" if r["loss"] == "cross-entropy" else r["loss"]
    hot = not (r.get("frozen") or r.get("ground"))
    return ("--reference", name) + ((f"--reference-beta={float(r['beta'])!r}",) if hot else ())


def oracle_curves(file, d):
    names = ("", "local_entropy", "slope", "q", "t", "q_hat", "t_hat", "s_hat", "at_stability", "entropy")
    for c in d["curves"]:
        words = ("local-entropy", *reference_word(c["reference"]), *model(c, "alpha", "kappa", "beta"))
        finite = c.get("beta") is not None and not math.isinf(float(c["beta"]))
        of_reference = {}
        if c["reference"]["loss"] == "largest-margin":
            of_reference = read(c["reference"], {"reference_kappa": "kappa"})
        if c["reference"].get("frozen"):
            of_reference = read(c["reference"], {"reference_beta": "beta"})
        for row in c["points"]:
            # Two resolutions agree within 1e-10 of the value, the nearer ones far better.
            columns = {n: value(x) for n, x in zip(names, row) if n and x is not None}
            if finite:
                columns["local_free_entropy"] = columns.pop("local_entropy")
            if "entropy" in columns:
                columns["local_entropy"] = columns.pop("entropy")
            yield Wanted(file, words, "distance", row[0], columns | of_reference)


def robust_oracle(file, d):
    names = ("", "local_entropy", "slope", "external_entropy", "", "", "q_hat", "at_stability")
    for c in d["infinite"]:
        words = ("local-entropy", "--reference", "robust", *model(c, "alpha", "kappa"))
        for row in c["points"]:
            columns = {n: value(x) for n, x in zip(names, row) if n and x is not None}
            if c["weights"] != "binary":
                columns.pop("q_hat", None)
            yield Wanted(file, words, "distance", row[0], columns)
    names = ("", "local_free_entropy", "slope", "external_entropy", "local_entropy", "q", "q_hat", "at_stability")
    for c in d["finite"]:
        for row in c["points"]:
            words = ("local-entropy", "--reference", f"robust:{float(row[0])!r}", *model(c, "alpha", "kappa"))
            columns = {n: value(x) for n, x in zip(names, row) if n and x is not None}
            yield Wanted(file, words, "distance", c["d"], columns)
    names = ("", "replicas", "local_free_entropy", "slope", "q", "q_hat", "at_stability")
    for c in d["zero_complexity"]:
        words = ("local-entropy", "--reference", "robust:complexity-zero", *model(c, "alpha", "kappa"))
        row = c["point"]
        columns = {n: value(x) for n, x in zip(names, row) if n and x is not None}
        columns["local_entropy"] = columns["local_free_entropy"]
        yield Wanted(file, words, "distance", row[0], columns)


SOLVED = {n: n for n in ("q", "q_hat", "m", "m_hat", "free_entropy", "entropy", "training_loss", "training_error")}
SOLVED |= {"generalization_error": "generalization_error", "at_stability": "1-replicon"}


def oracle_points(file, d):
    for row in d["points"]:
        if row["status"] == "no_solution":
            continue
        words = ("solve", *model(row, "kappa", "gamma", "beta"))
        many = row["data"] == "teacher" and row["loss"] == "theta"
        if many:
            words += ("--branches", "all")
        columns = read(row, SOLVED)
        if math.isinf(float(row["beta"])):
            columns.pop("free_entropy")
        yield Wanted(file, words, "alpha", row["alpha"], columns, "q" if many else "")
    for row in d["zero_temperature_spherical"]:
        words = ("solve", *model(row, "kappa", "gamma"))
        if not row["sat"]:
            names = {n: n for n in ("q", "m", "chi", "training_error", "generalization_error")}
            names["at_stability"] = "1-replicon"
        elif row["loss"] == "square":
            names = {"q": "q", "m": "m"}
        else:
            names = {k: v for k, v in SOLVED.items() if k != "free_entropy"}
        columns = read(row, names)
        energy = value(row["ground_state_energy"], own_error(row))
        columns["ground_state_energy"] = tuple(row["alpha"] * x for x in energy)
        yield Wanted(file, words, "alpha", row["alpha"], columns)
    for row in d["frozen_binary"]:
        words = ("threshold", "freezing", *model(row, "kappa", "gamma"))
        names = {n: n for n in ("q", "q_hat", "free_entropy", "training_loss", "training_error")}
        names |= {"beta": "beta_s", "at_stability": "1-replicon"}
        yield Wanted(file, words, "alpha", row["alpha"], read(row, names))
    yield from oracle_thresholds(file, d["thresholds"])


def oracle_thresholds(file, t):
    def at(quantity, weights, axis, place, row, names, own, *more):
        words = ("threshold", quantity, "--weights", weights, *more)
        return Wanted(file, words, axis, place, read(row, names, own))

    known = t["resolution_change"]
    names = {"q": "q", "q_hat": "q_hat", "at_stability": "1-replicon"}
    for row in t["binary_capacity"]:
        yield at("capacity", "binary", "kappa", row["kappa"], row, names | {"alpha": "alpha"}, known["binary_capacity"])
    for row in t["binary_kappa_max"]:
        own = known["binary_kappa_max"]
        yield at("kappa-max", "binary", "alpha", row["alpha_wanted"], row, names | {"kappa": "kappa_max"}, own)
    for weights in ("binary", "spherical"):
        for row in t[f"{weights}_AT"]:
            first = row["crossings"][0]
            at_line = {"alpha": "alpha", "q": "q", "q_hat": "q_hat", "entropy": "entropy"}
            yield at("at", weights, "kappa", row["kappa"], first, at_line, known[f"{weights}_AT"])
    precise = t["binary_teacher_high_precision_mpmath"]
    for quantity, key in (("first-order", "first_order"), ("spinodal", "spinodal")):
        row = {k: Number(v) for k, v in precise[key].items()}
        names = {"alpha": "alpha", "q": "q", "q_hat": "q_hat", "m": "q", "m_hat": "q_hat"}
        yield at(quantity, "binary", "kappa", 0.0, row, names, 0.0, "--data", "teacher")
    teacher = {n: n for n in ("q", "m", "entropy", "generalization_error", "bayes_error")}
    for row in t["spherical_teacher"]:
        words = ("solve", "--weights", "spherical", "--data", "teacher")
        columns = read(row, teacher | {"at_stability": "1-replicon"}, known["spherical_teacher"])
        yield Wanted(file, words, "alpha", row["alpha"], columns)
    capacities = t["spherical_capacity"]
    for kappa, alpha in capacities["theta_storage"].items():
        yield at("capacity", "spherical", "kappa", float(kappa), {"alpha": alpha}, {"alpha": "alpha"}, 1e-15)
    for loss in ("hinge", "square"):
        for data in ("storage", "teacher"):
            row = {"alpha": capacities[f"{loss}_{data}"]}
            more = ("--loss", loss, "--data", data)
            yield at("capacity", "spherical", "beta", math.inf, row, {"alpha": "alpha"}, 1e-15, *more)


FREE = {"q": "q", "norm": "Q", "q_hat": "q_hat", "norm_hat": "A", "m": "m", "m_hat": "m_hat"}
FREE["generalization_error"] = "generalization_error"


def free_norm(file, d):
    for row in d["storage"] + d["teacher"]:
        words = ("solve", *model(row, "kappa", "gamma", "beta"))
        entropy = "entropy" if row.get("beta") is None else "free_entropy"
        yield Wanted(file, words, "alpha", row["alpha"], read(row, FREE | {entropy: "free_entropy"}))
    for row in d["capacity"]:
        words = ("threshold", "capacity", "--weights", row["weights"], "--loss", row["loss"])
        columns = read(row, FREE | {"alpha": "alpha"})
        yield Wanted(file, words, "kappa", row["kappa"], columns)
    for row in d["ridge_ground_state"]:
        words = ("solve", *model(row, "lambda"))
        names = {"chi": "chi", "q": "Q", "ground_state_energy": "energy"}
        if row["data"] == "teacher":
            names["m"] = "m"
        yield Wanted(file, words, "alpha", row["alpha"], read(row, names))


def free_norm_priors(file, d):
    names = {"q": "q", "norm": "Q", "q_hat": "q_hat", "norm_hat": "Q_hat", "entropy": "entropy"}
    for row in d["saddle"]:
        words = ("solve", "--weights", row["weights"], *model(row, "kappa")[2:])
        yield Wanted(file, words, "alpha", row["alpha"], read(row, names))
    for row in d["capacity"]:
        words = ("threshold", "capacity", "--weights", row["weights"])
        # Of the code that has the residuals above; it notes none here.
        yield Wanted(file, words, "kappa", row["kappa"], read(row, {"alpha": "alpha"}, 1e-14))


def messages(file, d):
    # Its values of theory differ by 1e-13 from those of two-layer.json, which has them from another code.
    own = 1e-12
    for row in d["entropy_and_overlap"]:
        yield Wanted(file, ("solve",), "alpha", row["alpha"], read(row, {"entropy": "s_RS", "q": "q_RS"}, own))


def broken_symmetry(file, d):
    for kappa, row in d["spherical_capacity"].items():
        words = ("threshold", "capacity", "--weights", "spherical")
        yield Wanted(file, words, "kappa", float(kappa), read(row, {"alpha": "rs"}))
    for row in d["ground_state"]:
        if row["loss"] == "hinge2/2":
            words = ("solve", "--weights", "spherical", "--loss", "squared-hinge", *model(row, "kappa")[2:])
            yield Wanted(file, words, "alpha", row["alpha"], read(row, {"ground_state_energy": "rs"}))


def two_layer(file, d):
    for row in d["rs_table"]:
        if row["K"] == 1:
            names = {"q": "q", "q_hat": "qhat", "entropy": "phi", "at_stability": "1-AT"}
            if row["weights"] != "binary":
                names.pop("q_hat")
            words = ("solve", "--weights", row["weights"])
            yield Wanted(file, words, "alpha", row["alpha"], read(row, names, 1e-13))


def clusters(row: dict) -> tuple[str, ...]:
    return ("--data", "mixture", f"--delta={float(row['Delta'])!r}", f"--rho={float(row['rho'])!r}")


def mixture_bayes(file, d):
    for row in d["table"]:
        for name, names in {
            "bayes-optimal": {"generalization_error": "bayes_error", "training_error": "bayes_train_error", "bias": "bayes_b", "q": "q_b"},
            "oracle": {"generalization_error": "oracle_error"},
            "hebb": {"generalization_error": "hebb_error_b0", "cosine": "hebb_cos"},
            "plug-in": {"generalization_error": "plugin_error"},
        }.items():
            words = ("classifiers", "--classifier", name, *clusters(row)[2:])
            yield Wanted(file, words, "alpha", row["alpha"], read(row, names))


def mixture_counting(file, d):
    for row in d["table"]:
        bias = "learned" if row["b_opt"] else f"fixed:{float(row['b'])!r}"
        words = ("solve", "--weights", "spherical", "--loss", "theta", "--bias", bias, *clusters(row), *model(row, "beta"))
        names = {"q": "q", "m": "m", "bias": "b", "entropy": "entropy", "training_error": "train_err"}
        names |= {"generalization_error": "gen_err", "at_stability": "AT"}
        if not math.isinf(float(row["beta"])):
            names["free_entropy"] = "phi"
        yield Wanted(file, words, "alpha", row["alpha"], read(row, names))


def mixture_separability(file, d):
    for row in d["table"]:
        bias = {"optimised": "learned", "zero": "fixed:0"}[row["b"]]
        words = ("threshold", "interpolation", "--weights", "spherical", "--bias", bias, *clusters(row))
        # Where its two ways to the maximum differ; the place of a maximum has half of the digits.
        off = abs(row["alpha_c"] - row["nelder_mead"]) + 2e-15 * row["alpha_c"]
        columns = {"alpha": (float(row["alpha_c"]), off)}
        columns |= {"m": (float(row["m"]), 2e-8), "bias": (float(row["b_star"]), 2e-8)}
        yield Wanted(file, words, "kappa", 0.0, columns)


MINIMISER = {"m": "m", "q": "q", "bias": "b", "cosine": "cos", "chi": "V", "training_loss": "train_loss"}
MINIMISER |= {"training_error": "train_err", "generalization_error": "gen_err", "best_bias_error": "gen_err_bopt"}


def mixture_risk(file, d):
    for row in d["table"]:
        loss = ("--loss", "cross-entropy", "--gamma=0.5") if row["loss"] == "ce0.5" else ("--loss", row["loss"])
        bias = "learned" if row["bias"] == "learned" else "fixed:0"
        words = ("solve", "--weights", "ridge", *loss, f"--lambda={float(row['lam'])!r}", "--bias", bias, *clusters(row))
        columns = read(row, MINIMISER | {"ground_state_energy": "f"})
        yield Wanted(file, words, "alpha", row["alpha"], columns)


def of_norm(file, case, row, loss, bias, names):
    words = ("solve", "--weights", "spherical", *loss, f"--norm={float(row['Q'])!r}", "--bias", bias, *clusters(case))
    return Wanted(file, words, "alpha", case["alpha"], read(row, names))


def mixture_norm(file, d):
    square = ("--loss", "square")
    names = {k: v for k, v in MINIMISER.items() if k not in ("q", "chi")} | {"lambda": "lam"}
    for case in d["mse"]:
        for key, bias in (("curve", "learned"), ("curve_b0", "fixed:0")):
            for row in case[key]:
                made = of_norm(file, case, row, square, bias, names)
                made.columns["bayes_error"] = value(case["bayes_error"])
                if row.get("gamma") is not None:
                    made.columns["chi"] = value(row["gamma"], 0.0, lambda x: x / case["Delta"])
                yield made
    for row in d["mse_min"]:
        at_best = {"generalization_error": "gen_err_min", "m": "m", "bias": "b", "training_loss": "train_loss"}
        given = row | {"Q": row["Q_opt"]}
        yield of_norm(file, row, given, square, "learned", at_best | {"bayes_error": "bayes_error"})
    for row in d["fixed_b"]:
        bias = f"fixed:{float(row['b_best'])!r}"
        yield of_norm(file, row, row, square, bias, {"generalization_error": "gen_err", "bayes_error": "bayes_error"})
    for row in d["ce"]:
        loss = ("--loss", "cross-entropy", "--gamma=0.5")
        yield of_norm(file, row, row, loss, "learned", MINIMISER | {"lambda": "lam"})


def mixture_reference(r: dict) -> tuple[str, ...]:
    name = {"linear": "bayes-optimal", "square": f"square:{float(r['q'])!r}", "ce0.5": f"cross-entropy:0.5:{float(r['q'])!r}"}
    return ("--reference", name[r["loss"]])


LOCAL = {"q": "q", "m": "m", "response": "r", "local_entropy": "entropy", "training_error": "train_err"}
LOCAL |= {"generalization_error": "gen_err", "at_stability": "AT", "normalized_local_entropy": "entropy_minus_shell"}


def mixture_local(file, d, recomputed=None):
    key = lambda c, tag, r: (c["alpha"], c["Delta"], c["rho"], tag, r["S"], r.get("target_err", r["beta"]))
    again = {key(r, r["tag"], r): r for r in recomputed or []}
    for case in d["table"]:
        reference = case["ref"]
        words = ("local-entropy", "--weights", "spherical", *clusters(case), *model(case, "alpha"), *mixture_reference(reference))
        names = {"reference_q": "q", "reference_m": "m", "reference_bias": "b"}
        names |= {"reference_training_error": "train_err", "reference_generalization_error": "gen_err"}
        of_reference = read(reference, names)
        for row in case["local"]:
            columns = read(row, {"local_training_error": "local_train_err"})
            # Warm probes are at every distance.
            yield Wanted(file, (*words, "--beta=1.0"), "distance", 0.5 * (1.0 - row["S"]), columns | of_reference)
        for row in case["curves"] + [r for r in case["at_error"] if "beta" in r]:
            row = again.get(key(case, reference["tag"], row), row)
            finite = not math.isinf(float(row["beta"]))
            given = "target_err" in row
            columns = read(row, LOCAL | ({"local_free_entropy": "phi"} if finite else {}) | ({"beta": "beta"} if given else {}))
            # What is given is no result.
            if given:
                columns.pop("training_error")
            how = f"--training-error={float(row['target_err'])!r}" if given else f"--beta={float(row['beta'])!r}"
            yield Wanted(file, (*words, how), "distance", 0.5 * (1.0 - row["S"]), columns)
        if case["smax_zero_error"] is not None:
            overlap, m, response = case["smax_zero_error"]
            columns = {"overlap": value(overlap, 1e-13), "m": value(m, 1e-13), "response": value(response, 1e-13)}
            nearest = ("threshold", "closest-distance", *words[1:])
            yield Wanted(file, nearest, "kappa", 0.0, columns)


KINDS = {
    "binary-perceptron-rs": binary_storage,
    "spherical-perceptron-rs": spherical_storage,
    "franz-parisi-binary": given_curves,
    "franz-parisi-spherical": given_curves,
    "binary-franz-parisi": given_curves,
    "spherical-franz-parisi": given_curves,
    "franz-parisi-oracle": oracle_curves,
    "robust-oracle": robust_oracle,
    "rs-oracle": oracle_points,
    "free-norm": free_norm,
    "free-norm-priors": free_norm_priors,
    "message-passing": messages,
    "replica-symmetry-breaking": broken_symmetry,
    "two-layer": two_layer,
    "mixture-bayes": mixture_bayes,
    "mixture-error-counting": mixture_counting,
    "mixture-separability": mixture_separability,
    "mixture-risk-minimisation": mixture_risk,
    "mixture-norm-constrained": mixture_norm,
    "mixture-local-entropy": mixture_local,
}
# Rows of another file, computed again: read with it.
AGAIN = "recomputed-local-entropy"


def load(path: Path) -> dict:
    return json.loads(path.read_text(), parse_float=Number)


def wanted(folders: list[Path]) -> list[Wanted]:
    files = [path for folder in folders for path in sorted(folder.rglob("*.json"))]
    again = [row for path in files if path.stem == AGAIN for row in load(path)["rows"]]
    rows, known = [], set()
    for path in files:
        if path.stem == AGAIN:
            continue
        kind = KINDS.get(path.stem)
        if kind is None:
            print(f"{path.name}: no kind of file that is known here")
            continue
        more = (again,) if kind is mixture_local else ()
        for row in kind(path.stem, load(path), *more):
            # A value that two folders have counts once.
            new = {c: v for c, v in row.columns.items() if (row.words, row.axis, row.at, c, v[0]) not in known}
            known |= {(row.words, row.axis, row.at, c, v[0]) for c, v in new.items()}
            row.columns = new
            if new:
                rows.append(row)
    return rows


def ask(program: Path, words: tuple[str, ...], axis: str, places: list[float]) -> list[dict]:
    listed = ",".join("inf" if math.isinf(x) else repr(float(x)) for x in places)
    command = [program, *words, f"--{axis}={listed}", "--format", "json", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        print(f"{' '.join(map(str, command[1:]))}: {done.stderr.strip()}")
        return []
    return json.loads(done.stdout)["rows"]


def number(given) -> float | None:
    return math.inf if given == "inf" else given


@dataclass
class Compared:
    row: Wanted
    column: str
    got: float | None
    want: float
    distance: float
    claimed: float
    granted: float

    def within(self) -> bool:
        return self.distance <= self.claimed + self.granted


def compare(row: Wanted, found: list[dict], grant: float) -> list[Compared]:
    here = [r for r in found if number(r[row.axis]) == row.at] if row.axis in (found or [{}])[0] else found
    if row.nearest:
        want = row.columns[row.nearest][0]
        here = [r for r in here if r[row.nearest] is not None and r[row.nearest] < 1.0]
        here.sort(key=lambda r: abs(r[row.nearest] - want))
    results = []
    for column, (want, granted) in row.columns.items():
        granted += grant * max(1.0, abs(want))
        got = number(here[0].get(column)) if here else None
        claimed = number(here[0].get("error_estimate")) if here else None
        if got is None or claimed is None:
            results.append(Compared(row, column, None, want, math.inf, 0.0, granted))
            continue
        if column in RELATIVE:
            claimed *= max(1.0, abs(got))
        results.append(Compared(row, column, got, want, abs(got - want), claimed, granted + 2.3e-16 * abs(want)))
    return results


def summary(title: str, groups: dict[str, list[Compared]]) -> None:
    print(f"\n{title:28} {'values':>7} {'within':>7} {'share':>8} {'claim/distance':>15} {'claim':>9}")
    for name, group in sorted(groups.items()):
        there = [c for c in group if c.got is not None]
        inside = sum(c.within() for c in group)
        # A distance of zero says nothing of the ratio beyond the digits of the file.
        ratios = [c.claimed / max(c.distance, c.granted, 1e-17) for c in there]
        loose = statistics.median(ratios) if ratios else math.nan
        claim = statistics.median([c.claimed for c in there]) if there else math.nan
        print(f"{name:28} {len(group):7} {inside:7} {inside / len(group):8.2%} {loose:15.3g} {claim:9.1e}")


def grouped(results: list[Compared], key) -> dict[str, list[Compared]]:
    groups = defaultdict(list)
    for c in results:
        groups[key(c)].append(c)
        groups["all"].append(c)
    return groups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="folders of references besides tests/reference")
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "release" / "quenched")
    parser.add_argument("--only", default="", help="only files whose name holds this word")
    parser.add_argument("--grant", type=float, default=0.0, help="accuracy of the files that is granted besides")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    rows = [row for row in wanted([ROOT / "tests" / "reference", *given.folders]) if given.only in row.file]
    batches = defaultdict(list)
    for row in rows:
        batches[row.words, row.axis].append(row)

    def answer(batch) -> list[Compared]:
        (words, axis), asked = batch
        found = ask(given.program, words, axis, sorted({float(row.at) for row in asked}))
        return [c for row in asked for c in compare(row, found, given.grant)]

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        results = [c for part in pool.map(answer, batches.items()) for c in part]
    misses = [c for c in results if not c.within()]
    for c in sorted(misses, key=lambda c: (c.row.file, c.column)):
        place = f"{' '.join(c.row.words)} --{c.row.axis}={float(c.row.at)!r}"
        print(f"miss: {c.row.file} {c.column} off by {c.distance:.1e} claimed {c.claimed:.1e} granted {c.granted:.1e} ({c.got} for {float(c.want)!r}): {place}")
    summary("file", grouped(results, lambda c: c.row.file))
    summary("column", grouped(results, lambda c: f"{c.row.words[0]} {c.column}"))


if __name__ == "__main__":
    main()
