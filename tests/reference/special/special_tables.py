"""Reference tables of the special functions of perceptron theory, 50 digits, by mpmath.

Usage: python special_tables.py [OUTDIR]
H(x) = erfc(x/sqrt 2)/2, G(x) = exp(-x^2/2)/sqrt(2 pi), g = G/H.
Every value is computed twice, with DPS and with 2*DPS decimal digits; the two must agree
to 1e-55 relative, otherwise the script stops. The arguments are exact binary64 numbers,
printed with 17 significant digits (which parse back to exactly the same binary64).
Third column: `ok`, or `tiny` where 0 < |value| < 1e-300 (skip or expect underflow), or `huge`
where |value| > 1e300.
"""
import sys, math, random
import mpmath
from mpmath import mp, mpf

DPS = 150
OUT = sys.argv[1] if len(sys.argv) > 1 else "."

def H(x): return mp.erfc(x / mp.sqrt(2)) / 2
def G(x): return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
def ln_h(x): return mp.log1p(-H(-x)) if x < 0 else mp.log(H(x))
def mills(x): return G(x) / H(x)
def excess(x): return mills(x) - x
def curvature(x): return mills(x) * excess(x)
def variance(x):
    return 1 - curvature(x)
def ln_2cosh(x):
    a = abs(x)
    return a + mp.log1p(mp.exp(-2 * a))
def ln_h_scaled(x): return ln_h(x) + x * x / 2
def inverse_ln_h(L):
    """x with ln H(x) = L, by Newton from an asymptotic start, bracketed by bisection."""
    if L > -mpf("0.69"):
        t = -mp.expm1(L)                     # H(-x) = t
        lo, hi = -mp.sqrt(-2 * mp.log(t)) - 3, mpf(3)
    else:
        lo, hi = mpf(-3), mp.sqrt(-2 * L) + 3
    for _ in range(40):
        mid = (lo + hi) / 2
        if ln_h(mid) > L: lo = mid
        else: hi = mid
    x = (lo + hi) / 2
    for _ in range(60):
        if x < 0:                                # there H(-x) = 1 - e^L has no cancellation
            x_new = x + (-mp.expm1(L) - H(-x)) / G(x)
        else:
            x_new = x + (ln_h(x) - L) / mills(x)
        if abs(x_new - x) <= abs(x_new) * mpf(10) ** (-mp.dps + 12) or x_new == x:
            return x_new
        x = x_new
    raise RuntimeError("no convergence at L=%s" % L)

def points():
    p = {0.0}
    for e in (-300, -200, -100, -50, -20, -16, -12, -10, -8, -6, -5, -4, -3, -2, -1):
        for m in (1.0, 3.7): p |= {float("%ge%d" % (m, e)), -float("%ge%d" % (m, e))}
    for i in range(-80, 81): p.add(i / 2)                       # dense in [-40,40]
    for c in (0.5, 1, 2, 3, 5, 8, 10, 26.5, 37, 37.5, 38, 38.5):          # near usual crossovers
        for s in (-1, 1):
            for f in (c, math.nextafter(c, 0), math.nextafter(c, 99), c - 0.013, c + 0.017): p.add(s * f)
    for v in (45, 60, 80, 100, 150, 300, 1e3, 3e3, 1e4, 1e5, 1e6, 1e7, 67108865.0, 9.4906267e7, 1e8):
        p |= {float(v), -float(v)}
    rng = random.Random(7)
    for _ in range(40): p.add(rng.uniform(-12, 12))
    return sorted(p)

def levels():
    p = set()
    for e in range(-12, 16):
        for m in (1, 2.3, 5.9): p.add(-float("%ge%d" % (m, e)))
    p = {v for v in p if v >= -1e15}
    ln2 = math.log(2)
    p |= {-ln2, -math.nextafter(ln2, 0), -math.nextafter(ln2, 1), -0.69, -0.7, -0.5, -0.1, -0.17275377902344988,
          -1.8410216450092634, -3.783184, -15.06499839398872, -35.0, -37.0, -700.0, -745.2, -708.4, -1e15}
    p |= {-ln2 * (1 + d) for d in (1e-3, -1e-3, 1e-6, -1e-6, 1e-9, -1e-9)}
    for i in range(1, 81): p.add(-i / 4)
    return sorted(p, reverse=True)

def table(name, what, f, xs, arg="x"):
    rows, worst = [], mpf(0)
    for x in xs:
        mp.dps = DPS; a = f(mpf(x))
        mp.dps = 2 * DPS; b = f(mpf(x))
        if b != 0:
            d = abs(a / b - 1); worst = max(worst, d)
            assert d < mpf(10) ** -55, (name, x, d)
        else: assert a == 0
        flag = "ok" if b == 0 or mpf("1e-300") <= abs(b) <= mpf("1e300") else ("tiny" if abs(b) < 1 else "huge")
        s = mp.nstr(b, 50, strip_zeros=False, min_fixed=0, max_fixed=0)
        assert float("%.17g" % x) == x
        rows.append("%.17g %s %s" % (x, s, flag))
    with open("%s/ref-%s-mpmath.txt" % (OUT, name), "w") as h:
        h.write("# %s\n# made by special_tables.py, mpmath %s, %d decimal digits, checked against %d digits "
                "(largest relative difference %s)\n# 50 significant digits; H(x) = erfc(x/sqrt 2)/2, "
                "G(x) = exp(-x^2/2)/sqrt(2 pi)\n# columns: %s (exact binary64, 17 digits), value, "
                "flag (ok; tiny: |value| < 1e-300; huge: |value| > 1e300)\n"
                % (what, mpmath.__version__, DPS, 2 * DPS, mp.nstr(worst, 3), arg))
        h.write("\n".join(rows) + "\n")
    print(name, len(rows), mp.nstr(worst, 3))

if __name__ == "__main__":
    xs = points()
    table("ln-h", "ln H(x)", ln_h, xs)
    table("mills", "G(x)/H(x)", mills, xs)
    table("excess", "G(x)/H(x) - x", excess, xs)
    table("curvature", "(G/H)(G/H - x) = -d^2 ln H/dx^2", curvature, xs)
    table("variance", "1 - (G/H)(G/H - x): variance of a Gaussian truncated to [x, inf)", variance, xs)
    table("ln-2cosh", "ln(2 cosh x)", ln_2cosh, xs)
    table("ln-h-scaled", "ln(H(x) exp(x^2/2))", ln_h_scaled, xs)
    table("inverse-ln-h", "x such that ln H(x) = L, for L < 0", inverse_ln_h, levels(), "L")
