"""Franz-Parisi local entropy of the binary perceptron, written directly with numpy and scipy.

Task
  curve    phi(d) for 100 distances, log-spaced from 1e-3 to 0.5, alpha = 0.5, probe margin 0, around a
           typical solution of margin 0.2: the replica-symmetric saddle of the reference once, then the
           fixed point in (q, t) at every distance, started from the last one and sped up by Anderson mixing
The reference's own noise is integrated out by hand, so that the energetic term is a two-dimensional
integral: outer z (frozen field), inner omega (cavity field of the probe), with weight H(.)/H(.).
Prints two lines: `curve seconds value` (fastest run) and `curve_median seconds value`.
The value is phi at the last but one distance. One thread.
"""
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, log_ndtr, ndtr


def rule(edges, n=10):
    t, v = np.polynomial.legendre.leggauss(n)
    a, b = edges[..., :-1, None], edges[..., 1:, None]
    x, w = (a + b) / 2 + (b - a) / 2 * t, (b - a) / 2 * v
    return x.reshape(*edges.shape[:-1], -1), w.reshape(*edges.shape[:-1], -1)


def gauss(z):
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def mills(x):
    return np.sqrt(2 / np.pi) / erfcx(np.maximum(x, -37) / np.sqrt(2))


def ln2cosh(x):
    x = np.abs(x)
    return x + np.log1p(np.exp(-2 * x))


def gauss_rule(cut, panels, n=8):
    z, w = rule(np.linspace(-cut, cut, panels + 1), n)
    return z, w * gauss(z)


Z, WZ = gauss_rule(7.0, 10)     # outer field: 80 nodes
N, WN = gauss_rule(6.5, 5)      # local noise of the site term
GRADE = 0.9 * 2.0 ** np.arange(10)
GRADE = np.concatenate([-GRADE[::-1], [0.0], GRADE])


class Reference:
    def __init__(self, alpha, kappa):
        def overlap(qh):
            return WZ @ np.tanh(np.sqrt(qh) * Z) ** 2

        def conjugate(q):
            return alpha / (1 - q) * (WZ @ mills((kappa - np.sqrt(q) * Z) / np.sqrt(1 - q)) ** 2)

        self.alpha, self.kappa = alpha, kappa
        self.q = brentq(lambda q: overlap(conjugate(q)) - q, 1e-3, 0.8, xtol=1e-14)
        self.qh = conjugate(self.q)
        y = (kappa - np.sqrt(self.q) * Z) / np.sqrt(1 - self.q)
        self.ln_h, self.g = log_ndtr(-y), mills(y) / np.sqrt(1 - self.q)
        self.tanh = np.tanh(np.sqrt(self.qh) * Z)
        self.weight = (WZ * (1 + self.tanh))[:, None] * WN


def energetic(r, kappa, s, q, t, value=False):
    """alpha E g^2, alpha E g g_ref (and alpha E ln H) over the Franz-Parisi measure."""
    sigma = np.sqrt(q - t * t / r.q)
    rho = (s - t) / np.sqrt(1 - r.q) / sigma
    noise = np.sqrt(max(1 - rho * rho, 1e-14))
    c = np.sqrt(1 - r.q)
    # inner variable zeta, omega = t/sqrt(q_ref) z + sigma zeta; features: the edge of the reference's
    # margin and the edge of the probe's
    top = np.maximum(rho * mills((r.kappa - np.sqrt(r.q) * Z) / c), 0)
    edges = [top[:, None] + np.linspace(-7.5, 7.5, 9)]
    if rho > 0:
        at = (r.kappa - np.sqrt(r.q) * Z) / (c * rho)
        edges.append(at[:, None] + np.maximum(noise / rho, 1e-3) * GRADE)
    at = (kappa - t / np.sqrt(r.q) * Z) / sigma
    edges.append(at[:, None] + np.maximum(np.sqrt(1 - q) / sigma, 1e-3) * GRADE)
    edges = np.concatenate(edges, axis=1)
    edges = np.sort(np.clip(edges, top[:, None] - 7.5, top[:, None] + 7.5), axis=1)
    zeta, w = rule(edges, 7)
    y = (r.kappa - np.sqrt(r.q) * Z[:, None] - c * rho * zeta) / (c * noise)
    w = w * np.exp(log_ndtr(-y) - r.ln_h[:, None] - zeta * zeta / 2) / np.sqrt(2 * np.pi) * WZ[:, None]
    x = (kappa - t / np.sqrt(r.q) * Z[:, None] - sigma * zeta) / np.sqrt(1 - q)
    g = mills(x)
    wg = w * g
    qh = r.alpha * np.vdot(wg, g) / (1 - q)
    th = r.alpha * (wg.sum(axis=1) @ r.g) / np.sqrt(1 - q)
    return (qh, th, r.alpha * np.vdot(w, log_ndtr(-x))) if value else (qh, th)


def site(r, s, qh, th, sh):
    """Solves E tanh h = S for S_hat; returns it, 1-q, t and E ln 2cosh h."""
    h0 = th / np.sqrt(r.qh) * Z[:, None] + np.sqrt(max(qh - th * th / r.qh, 0)) * N - th
    for _ in range(50):
        m = np.tanh(h0 + sh)
        f, df = np.vdot(r.weight, m) - s, np.vdot(r.weight, 1 - m * m)
        sh -= np.clip(f / df, -0.7, 0.7)
        if abs(f / df) < 1e-12:
            break
    m = np.tanh(h0 + sh)
    return sh, np.vdot(r.weight, 1 - m * m), (r.weight * m).sum(axis=1) @ r.tanh, h0 + sh


def local_entropy(r, kappa, d, state, tol=1e-10):
    """phi at distance d; state = [(1-q)/(1-S^2), t, S_hat] is read and updated."""
    s, room = 1 - 2 * d, 4 * d * (1 - d)
    x, xs, fs = np.array(state[:2]), [], []
    for _ in range(100):
        qh, th = energetic(r, kappa, s, 1 - x[0] * room, x[1])
        state[2], v, t, _ = site(r, s, qh, th, state[2])
        f = np.array([v / room, t]) - x
        xs, fs = [*xs, x][-3:], [*fs, f][-3:]
        x = x + f
        if np.abs(f).max() < tol:
            break
        if len(xs) > 1:
            df, dx = np.diff(np.array(fs), axis=0).T, np.diff(np.array(xs), axis=0).T
            new = x - (dx + df) @ np.linalg.lstsq(df, f, rcond=1e-10)[0]
            q, t = 1 - new[0] * room, new[1]
            if new[0] > 0 and q - t * t / r.q - (s - t) ** 2 / (1 - r.q) > -1e-14:
                x = new
    q, t = 1 - x[0] * room, x[1]
    qh, th, energy = energetic(r, kappa, s, q, t, value=True)
    state[2], _, _, h = site(r, s, qh, th, state[2])
    state[:2] = x
    return -s * state[2] + t * th - qh * (1 - q) / 2 + np.vdot(r.weight, ln2cosh(h)) + energy


def curve(alpha=0.5, kappa_ref=0.2, kappa=0.0, distances=np.geomspace(1e-3, 0.5, 100)):
    r = Reference(alpha, kappa_ref)
    state = [0.7, r.q * 0.6, 0.5]
    out = [local_entropy(r, kappa, d, state) for d in distances[::-1]]
    return np.array(out[::-1])


def report(name, run, value, repeats):
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    print(f"{name} {min(seconds):.6e} {value(result):.15g}")
    print(f"{name}_median {statistics.median(seconds):.6e} {value(result):.15g}")


if __name__ == "__main__":
    report("curve", curve, lambda phi: phi[-2], 3)
