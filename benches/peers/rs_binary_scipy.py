"""Binary perceptron, replica symmetric, written directly with numpy and scipy.

Tasks
  solve                the saddle point at kappa = 0, alpha = 0.5: fixed point to 1e-12
  solve_newton         the same with scipy.optimize.root in ln q_hat
  capacity_line        alpha_c(kappa) for 200 values of kappa in [-1, 2]: zero of the entropy,
                       an outer brentq over alpha, an inner root from the last saddle point
  capacity_line_param  the same by the shorter road: at given q_hat, q and alpha are explicit, so
                       that one brentq in q_hat suffices
Prints two lines a task: `task seconds value` (fastest run) and `task_median seconds value`.
The value is the entropy, or the sum of the capacities. One thread.
"""
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time

import numpy as np
from scipy.optimize import brentq, root
from scipy.special import erfcx, log_ndtr

# Composite Gauss-Legendre rule on [-10, 10]: 40 panels of 10 nodes.
t, v = np.polynomial.legendre.leggauss(10)
edges = np.linspace(-10, 10, 41)
Z = ((edges[1:] + edges[:-1])[:, None] / 2 + 0.25 * t).ravel()
W = np.tile(0.25 * v, 40) * np.exp(-(Z**2) / 2) / np.sqrt(2 * np.pi)


def overlap(qh):
    return W @ np.tanh(np.sqrt(qh) * Z) ** 2


def conjugate(q, alpha, kappa):
    x = (kappa - np.sqrt(q) * Z) / np.sqrt(1 - q)
    g = np.sqrt(2 / np.pi) / erfcx(x / np.sqrt(2))
    return alpha / (1 - q) * (W @ g**2)


def entropy(q, qh, alpha, kappa):
    u = np.abs(np.sqrt(qh) * Z)
    x = (kappa - np.sqrt(q) * Z) / np.sqrt(1 - q)
    return -qh * (1 - q) / 2 + W @ (u + np.log1p(np.exp(-2 * u))) + alpha * (W @ log_ndtr(-x))


def solve(alpha, kappa, q=0.3, tol=1e-12, steps=5000):
    for _ in range(steps):
        new = overlap(conjugate(q, alpha, kappa))
        if abs(new - q) < tol:
            return new, conjugate(new, alpha, kappa)
        q = new
        if not q < 1 - 1e-9:
            return None
    return None


def solve_newton(alpha, kappa, q=0.3):
    def equation(y):
        return conjugate(overlap(np.exp(y[0])), alpha, kappa) / np.exp(y[0]) - 1

    found = root(equation, [np.log(conjugate(q, alpha, kappa))], tol=1e-13)
    qh = float(np.exp(found.x[0]))
    return float(overlap(qh)), qh


def capacity_line(kappas):
    out, alpha, q = [], 3.8, 0.4
    for kappa in kappas:
        state = {"q": q}

        def s(a):
            p = solve_newton(a, kappa, state["q"])
            state["q"] = p[0]
            return entropy(*p, a, kappa)

        alpha = brentq(s, alpha * 0.85, alpha * 1.02, xtol=1e-12, rtol=1e-12)
        q = state["q"]
        out.append(alpha)
    return np.array(out)


def capacity_line_param(kappas):
    out = []
    for kappa in kappas:

        def s(y):
            qh = np.exp(y)
            q = overlap(qh)
            return entropy(q, qh, qh / conjugate(q, 1.0, kappa), kappa)

        qh = np.exp(brentq(s, -2, 4, xtol=1e-12))
        out.append(qh / conjugate(overlap(qh), 1.0, kappa))
    return np.array(out)


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
    ks = np.linspace(-1, 2, 200)
    report("solve", lambda: solve(0.5, 0.0, q=0.01), lambda r: entropy(*r, 0.5, 0.0), 200)
    report("solve_newton", lambda: solve_newton(0.5, 0.0, q=0.01), lambda r: entropy(*r, 0.5, 0.0), 200)
    report("capacity_line", lambda: capacity_line(ks), lambda r: r.sum(), 5)
    report("capacity_line_param", lambda: capacity_line_param(ks), lambda r: r.sum(), 5)
