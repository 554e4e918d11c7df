"""Coefficients of the polynomials in `kernels.rs`.

Usage: python3 coefficients.py > coefficients.rs

Needs mpmath (any 1.x). Running it reproduces `coefficients.rs` byte for byte. Every polynomial
interpolates its function in Chebyshev nodes with 60 digits and is then expanded in powers; the
coefficients are rounded to doubles one by one.
"""
from mpmath import atanh, cos, erfc, exp, log, mp, mpf, pi, sqrt

mp.dps = 60

# Argument of the middle of the excess map t = (x - K)/(x + K), which takes [0, inf) to [-1, 1].
EXCESS_MIDDLE = mpf(4)


def chebyshev(function, degree, nodes):
    """Chebyshev coefficients of the function on [-1, 1], constant term already halved."""
    angles = [pi * (mpf(j) + mpf(1) / 2) / nodes for j in range(nodes)]
    values = [function(cos(angle)) for angle in angles]
    result = []
    for k in range(degree + 1):
        total = sum(value * cos(k * angle) for value, angle in zip(values, angles))
        result.append(total * (1 if k == 0 else 2) / nodes)
    return result


def powers(series):
    """The Chebyshev series as a polynomial in powers of its argument."""
    before, current = [mpf(1)], [mpf(0), mpf(1)]
    result = [mpf(0)] * len(series)
    for coefficient in series:
        for i, c in enumerate(before):
            result[i] += coefficient * c
        following = [mpf(0)] + [2 * c for c in current]
        for i, c in enumerate(before):
            following[i] -= c
        before, current = current, following
    return result


def substitute(polynomial, scale, offset):
    """Coefficients of p(scale z + offset) in powers of z."""
    result = [mpf(0)] * len(polynomial)
    power = [mpf(1)]
    for coefficient in polynomial:
        for i, c in enumerate(power):
            result[i] += coefficient * c
        power = [
            (power[i] * offset if i < len(power) else 0) + (power[i - 1] * scale if i else 0)
            for i in range(len(power) + 1)
        ]
    return result


def excess(x):
    """G(x)/H(x) - x; in the far tail from its continued fraction, where the difference cancels."""
    if x > 200:
        rest = mpf(0)
        for n in range(400, 1, -1):
            rest = n / (x + rest)
        return 1 / (x + rest)
    return sqrt(2 / pi) * exp(-x * x / 2) / erfc(x / sqrt(mpf(2))) - x


def scaled_excess(t):
    """(x + K) (G/H - x) with x = K (1 + t)/(1 - t): between 1 and 3.2, smooth on [-1, 1]."""
    x = EXCESS_MIDDLE * (1 + t) / (1 - t)
    return (x + EXCESS_MIDDLE) * excess(x)


def exponential_rest(r):
    """(e^r - 1 - r)/r²."""
    if abs(r) < mpf("1e-12"):
        return mpf(1) / 2 + r / 6
    return (exp(r) - 1 - r) / r**2


def logarithm_rest(z):
    """(2 artanh s - 2 s)/s³ with z = s²."""
    if z < mpf("1e-20"):
        return mpf(2) / 3
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s) / s**3


def on(function, start, stop, degree, nodes):
    """Polynomial of the function on [start, stop]."""
    middle, radius = (start + stop) / 2, (stop - start) / 2
    series = chebyshev(lambda t: function(middle + radius * t), degree, nodes)
    return substitute(powers(series), 1 / radius, -middle / radius)


def table(name, documentation, coefficients):
    print(f"\n/// {documentation}")
    print(f"pub(super) const {name}: [f64; {len(coefficients)}] = [")
    for c in coefficients:
        print(f"    {float(c)!r},")
    print("];")


half = log(mpf(2)) / 2 * mpf("1.0001")
mantissa = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.0001")

print("//! Coefficients of polynomials, lowest power first. Written by `coefficients.py`.")
print("\n/// `K` of the map `t = (x - K)/(x + K)`.")
print(f"pub(super) const EXCESS_MIDDLE: f64 = {float(EXCESS_MIDDLE)!r};")
table(
    "EXCESS",
    "`(x + K)(G/H - x)` in powers of `t`, for `x ≥ 0`.",
    powers(chebyshev(scaled_excess, 27, 80)),
)
table(
    "EXPONENTIAL",
    "`(e^r - 1 - r)/r²` in powers of `r`, for `|r| ≤ ½ ln 2`.",
    on(exponential_rest, -half, half, 10, 40),
)
table(
    "LOGARITHM",
    "`(2 artanh s - 2s)/s³` in powers of `s²`, for `s ≤ (√2 - 1)/(√2 + 1)`.",
    on(logarithm_rest, mpf(0), mantissa, 7, 40),
)
table(
    "LOGARITHM_WIDE",
    "The same for `s ≤ 1/3`.",
    on(logarithm_rest, mpf(0), mpf(1) / 9, 13, 50),
)
