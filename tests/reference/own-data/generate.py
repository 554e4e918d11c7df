"""Writes the data sets and the reference values of this folder.

python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python generate.py

C = 1/(lambda N), coef = w/sqrt(N), gamma = 1/2. Where solvers in double precision do not converge far
enough, values are those of Newton's method with 64 bits of mantissa (numpy.longdouble on x86).
"""

import gzip
import io
import json
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
Long = np.longdouble
LAMBDAS = [1e-8, 1e-4, 1e-2, 1.0, 1e2, 1e4]


def solve(matrix, right):
    n = len(right)
    scale = 1 / np.sqrt(np.diag(matrix))
    a = matrix * scale[:, None] * scale[None, :]
    low = np.zeros_like(a)
    for j in range(n):
        low[j, j] = np.sqrt(a[j, j] - (low[j, :j] ** 2).sum())
        low[j + 1 :, j] = (a[j + 1 :, j] - low[j + 1 :, :j] @ low[j, :j]) / low[j, j]
    y, x = np.zeros(n, Long), np.zeros(n, Long)
    for j in range(n):
        y[j] = (right[j] * scale[j] - low[j, :j] @ y[:j]) / low[j, j]
    for j in range(n - 1, -1, -1):
        x[j] = (y[j] - low[j + 1 :, j] @ x[j + 1 :]) / low[j, j]
    return x * scale


def logistic(x, y, ridge):
    m, n = x.shape
    rows = np.column_stack([x.astype(Long) / np.sqrt(Long(n)), np.ones(m, Long)])
    rows = rows * y.astype(Long)[:, None]
    kept = [j for j in range(n + 1) if np.abs(rows[:, j]).max() > 0]
    rows = rows[:, kept]
    stiff = np.array([Long(ridge) if j < n else Long(0) for j in kept])
    at = np.zeros(len(kept), Long)

    def slope(at):
        s = rows @ at
        e = np.exp(-np.abs(s))
        return -(rows.T @ np.where(s > 0, e / (1 + e), 1 / (1 + e))) + stiff * at, e / (1 + e) ** 2

    for _ in range(300):
        gradient, bend = slope(at)
        hessian = (rows * bend[:, None]).T @ rows
        hessian[np.diag_indices(len(at))] += stiff
        step = -solve(hessian, gradient)
        change = np.abs(step).max() / max(np.abs(at).max(), Long(1e-30))
        part = Long(1)
        while change > 1e-7 and (slope(at + part * step)[0] * step).sum() > -(gradient @ step) / 2:
            part /= 2
        at = at + part * step
        if change < 1e-17:
            break
    return float((at[:-1] ** 2).sum() / n), float(at[-1])


def write(name, x, y):
    text = io.StringIO()
    np.savetxt(text, np.column_stack([x, y]), delimiter=",", fmt="%.8g")
    lines = ",".join([f"x{i + 1}" for i in range(x.shape[1])] + ["label"]) + "\n" + text.getvalue()
    with open(f"{name}.csv.gz", "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
            packed.write(lines.encode())


def prepared(x, how):
    if how == "raw":
        return x
    x = x - x.mean(0)
    if how == "standardised":
        spread = x.std(0)
        x = x / np.where(spread == 0, 1, spread)
    return x


cancer, digits = load_breast_cancer(), load_digits()
chosen = (digits.target == 3) | (digits.target == 8)
sets = {
    "breast-cancer": (cancer.data, np.where(cancer.target == 1, 1, -1)),
    "digits-3-8": (digits.data[chosen], np.where(digits.target[chosen] == 8, 1, -1)),
}
rows = []
for name, (raw, y) in sets.items():
    write(name, raw, y)
    for how in ["raw", "centred", "standardised"]:
        x = prepared(raw, how)
        n = x.shape[1]
        for ridge in LAMBDAS:
            q, bias = logistic(x, y, ridge)
            fit = LogisticRegression(
                C=1 / (ridge * n), solver="newton-cholesky", tol=1e-14, max_iter=100000
            ).fit(x, y)
            own = (fit.coef_**2).sum()
            rows.append([name, how, "cross-entropy", ridge, q, bias, abs(own / q - 1)])
            fit = Ridge(alpha=ridge * n, solver="svd").fit(x, y)
            rows.append([name, how, "square", ridge, (fit.coef_**2).sum(), float(fit.intercept_), 0.0])
            if 1e-2 <= ridge <= 1 and how == "standardised":
                fit = SVC(kernel="linear", C=1 / (ridge * n), tol=1e-10).fit(x, y)
                rows.append([name, how, "hinge", ridge, (fit.coef_**2).sum(), float(fit.intercept_[0]), 0.0])
columns = ["data", "prepared", "loss", "lambda", "q", "bias", "scikit_learn_apart"]
with open("minimisers.json", "w") as out:
    about = {
        "source": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        "command": "python generate.py",
        "data": "Breast Cancer Wisconsin (Diagnostic) and Optical Recognition of Handwritten Digits, UCI, CC BY 4.0",
        "columns": columns,
        "scikit_learn_apart": "relative distance of q by newton-cholesky from that with 64 bits of mantissa",
    }
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    out.write('{"about": ' + json.dumps(about, indent=1) + ',\n"rows": [\n' + lines + "\n]}\n")
