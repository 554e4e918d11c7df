"""Gaussian mixture, replica symmetric, written directly with numpy and scipy.

Tasks
  logistic        minimiser of the logistic loss with a ridge: alpha = 2, delta = 1, rho = 0.2, lambda = 1,
                  bias learned, from the minimiser of the square loss in closed form
  logistic_curve  the same for 200 loads from 0.05 to 10, rho = 0.5, each from the last
  gibbs           error-counting measure on the sphere, alpha = 2, beta = 1, no bias: fixed point to 1e-12
Prints two lines a task: `task seconds value` (fastest run) and `task_median seconds value`.
The value is the generalisation error, or the sum of these. One thread, no error estimates.
"""
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.optimize import root
from scipy.special import expit, ndtr

from rs_binary_scipy import W, Z, report


def error(m, q, b, delta, rho):
    s = np.sqrt(delta * q)
    return rho * ndtr(-(m + b) / s) + (1 - rho) * ndtr(-(m - b) / s)


def prox(h, gamma):
    """Root of v - gamma sigma(-v) = h: Newton, which converges from everywhere."""
    v = h + gamma * expit(-h) / (1 + gamma * expit(h) * expit(-h))
    for _ in range(30):
        s = expit(-v)
        step = (v - gamma * s - h) / (1 + gamma * s * (1 - s))
        v = v - step
        if np.max(np.abs(step)) < 1e-14 * (1 + np.max(np.abs(v))):
            break
    return v


def square(alpha, delta, rho, lam):
    """The minimiser of the square loss: m, q, gamma, b."""
    linear = lam + alpha * delta - delta
    g = (-linear + np.sqrt(linear**2 + 4 * lam * delta)) / (2 * lam)
    x, o = g / (1 + g), 2 * rho - 1
    k, kk = alpha * x / delta, alpha * x * x / delta
    m = k * (1 - o * o) / (1 + k * (1 - o * o))
    b = o * (1 - m)
    s2 = (1 - m) ** 2 - 2 * (1 - m) * o * b + b * b
    return m, (m * m + kk * s2) / (1 - kk * delta), g, b


def logistic(alpha, delta, rho, lam, start, learned):
    def equations(x):
        m, q, g = x[0], np.exp(x[1]), np.exp(x[2])
        b = x[3] if learned else 0.0
        classes = [(1.0, rho), (-1.0, 1 - rho)] if learned else [(1.0, 1.0)]
        e1 = e2 = bend = odd = 0.0
        for y, weight in classes:
            h = m + y * b + np.sqrt(delta * q) * Z
            v = prox(h, g)
            d = v - h
            s = expit(-v)
            e1 += weight * (W @ d)
            e2 += weight * (W @ d**2)
            bend += weight * (W @ (g * s * (1 - s) / (1 + g * s * (1 - s))))
            odd += weight * y * (W @ d)
        out = [alpha / delta * e1 - m, alpha / delta * e2 - (q - m * m),
               lam + alpha * delta / g * bend - delta / g]
        return out + [odd] if learned else out

    n = 4 if learned else 3
    found = root(equations, start[:n], tol=1e-12)
    return found.x


def point():
    m, q, g, b = square(2.0, 1.0, 0.2, 1.0)
    x = logistic(2.0, 1.0, 0.2, 1.0, [m, np.log(q), np.log(g), b], True)
    return error(x[0], np.exp(x[1]), x[3], 1.0, 0.2)


def curve():
    total, x = 0.0, None
    for alpha in np.linspace(0.05, 10, 200):
        if x is None:
            m, q, g, _ = square(alpha, 1.0, 0.5, 1.0)
            x = [m, np.log(q), np.log(g)]
        x = logistic(alpha, 1.0, 0.5, 1.0, x, False)
        total += error(x[0], np.exp(x[1]), 0.0, 1.0, 0.5)
    return total


def gibbs(alpha=2.0, beta=1.0):
    m, q = 0.3, 0.3
    e = np.exp(-beta)
    for _ in range(5000):
        v = 1 - q
        x = (m + np.sqrt(q) * Z) / np.sqrt(v)
        u = (1 - e) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / (e + (1 - e) * ndtr(x))
        new = alpha * np.sqrt(v) * (W @ u)
        square_field = alpha * v * (W @ u**2)
        next_q = new**2 + square_field
        if abs(new - m) + abs(next_q - q) < 1e-12:
            break
        m, q = new, next_q
    return error(m, 1.0, 0.0, 1.0, 0.5)


if __name__ == "__main__":
    report("logistic", point, float, 50)
    report("logistic_curve", curve, float, 3)
    report("gibbs", gibbs, float, 50)
