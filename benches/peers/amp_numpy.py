"""Approximate message passing for the binary perceptron, with numpy and with numba.

One iteration from the means m of the weights and the answers g of the patterns, labels absorbed in
the patterns:

    V = sum(1 - m**2),  omega = X m - V g,  g = R(-omega / sqrt V) / sqrt V,
    b = sum(g**2 + g omega / V),  h = X' g + b m,  m = tanh h,

with R(x) = G(x) / H(x). numpy multiplies a matrix of float32; numba runs over two copies of int8
patterns, one in each order, in parallel loops over their rows. Both iterate the same instance from
zero and have to agree with each other; their overlap q has to be that of the theory of large
instances within what samples of this size scatter.

Lines "task seconds value": seconds of one iteration, and the overlap.
"""

import math
import statistics
import time

import numba
import numpy as np
from scipy.special import erfcx

N, M, ITERATIONS, ROUNDS = 5001, 3751, 40, 3
# Replica-symmetric overlap at alpha = 0.75; samples of this size scatter by 0.006.
OVERLAP, SCATTER = 0.499699, 0.03


def mills(x):
    return math.sqrt(2 / math.pi) / erfcx(x / math.sqrt(2))


class Numpy:
    def __init__(self, signs):
        self.x = signs.astype(np.float32)
        self.xt = np.ascontiguousarray(self.x.T)
        self.m, self.g = np.zeros(N, np.float32), np.zeros(M, np.float32)

    def step(self):
        v = np.sum(1 - self.m.astype(float) ** 2)
        omega = self.x @ self.m - np.float32(v) * self.g
        self.g = (mills(-omega / np.sqrt(v)) / np.sqrt(v)).astype(np.float32)
        b = np.sum(self.g * (self.g + omega / v))
        self.m = np.tanh(self.xt @ self.g + np.float32(b) * self.m)


@numba.njit(parallel=True, fastmath=True)
def product(x, a, out):
    for row in numba.prange(x.shape[0]):
        total = np.float32(0)
        for column in range(x.shape[1]):
            total += np.float32(x[row, column]) * a[column]
        out[row] = total


@numba.njit(fastmath=True)
def answers(omega, g, v):
    root = math.sqrt(v)
    b = 0.0
    for mu in range(g.size):
        omega[mu] -= v * g[mu]
        x = -omega[mu] / root
        if x > 5:
            # Continued fraction.
            ratio = x
            for k in range(30, 0, -1):
                ratio = x + k / ratio
        else:
            ratio = math.sqrt(2 / math.pi) * math.exp(-x * x / 2) / math.erfc(x / math.sqrt(2))
        g[mu] = ratio / root
        b += g[mu] * (g[mu] + omega[mu] / v)
    return b


@numba.njit(fastmath=True)
def means(h, m, b):
    v = 0.0
    for i in range(m.size):
        m[i] = math.tanh(h[i] + b * m[i])
        v += 1 - m[i] * m[i]
    return v


class Numba:
    def __init__(self, signs):
        self.x, self.xt = signs, np.ascontiguousarray(signs.T)
        self.m, self.g = np.zeros(N, np.float32), np.zeros(M, np.float32)
        self.h, self.omega, self.v = np.empty_like(self.m), np.empty_like(self.g), float(N)

    def step(self):
        product(self.x, self.m, self.omega)
        b = answers(self.omega, self.g, self.v)
        product(self.xt, self.g, self.h)
        self.v = means(self.h, self.m, b)


def run(name, make, signs):
    make(signs).step()
    seconds = []
    for _ in range(ROUNDS):
        state = make(signs)
        for _ in range(ITERATIONS):
            start = time.perf_counter()
            state.step()
            seconds.append(time.perf_counter() - start)
    q = float(np.mean(state.m.astype(float) ** 2))
    print(f"{name} {min(seconds):.6e} {q:.9f}")
    print(f"{name}_median {statistics.median(seconds):.6e} {q:.9f}")
    if abs(q - OVERLAP) > SCATTER:
        raise SystemExit(f"{name}: overlap {q}, {OVERLAP} expected")
    return state.m


if __name__ == "__main__":
    random = np.random.default_rng(1)
    signs = (2 * random.integers(0, 2, (M, N), dtype=np.int8) - 1).astype(np.int8)
    one, other = run("amp_numpy", Numpy, signs), run("amp_numba", Numba, signs)
    if np.abs(one - other).max() > 1e-3:
        raise SystemExit(f"numpy and numba differ by {np.abs(one - other).max()}")
