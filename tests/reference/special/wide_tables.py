"""Reference tables of what `quenched::math::wide` computes beyond `special_tables.py`.

Usage: python wide_tables.py [OUTDIR]
Same arguments, precision, checks and columns as `special_tables.py`, whose code this uses.
"""
from pathlib import Path

from mpmath import mp

import special_tables
from special_tables import G, points


def softplus(x): return mp.log1p(mp.exp(-x))
def softplus_slope(x): return -1 / (1 + mp.exp(x))
def softplus_bend(x): return 1 / (4 * mp.cosh(x / 2) ** 2)
def sech2(x): return 1 / mp.cosh(x) ** 2


def tanh(x):
    rest = mp.expm1(-2 * abs(x))
    return mp.sign(x) * -rest / (2 + rest)


def table(name, what, f, xs):
    special_tables.table(name, what, f, xs)
    path = Path(special_tables.OUT, "ref-%s-mpmath.txt" % name)
    path.write_text(path.read_text().replace("made by special_tables.py", "made by wide_tables.py", 1))


if __name__ == "__main__":
    xs = points()
    small = [x for x in xs if abs(x) <= 1000]
    table("tanh", "tanh x", tanh, xs)
    table("sech2", "1/cosh(x)^2", sech2, small)
    table("softplus", "ln(1 + exp(-x))", softplus, small)
    table("softplus-slope", "-1/(1 + exp(x))", softplus_slope, small)
    table("softplus-bend", "1/(4 cosh(x/2)^2)", softplus_bend, small)
    table("exp", "exp(x)", mp.exp, small)
    table("ln", "ln(x), x > 0", mp.log, [x for x in xs if x > 0])
    table("gauss", "G(x)", G, small)
