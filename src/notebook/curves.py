# How rows of a table become curves and points of the figure.
def matches(column, allowed):
    """Whether each value is one of those allowed, numbers up to rounding."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    hit = pd.Series(False, column.index)
    for value in allowed if isinstance(allowed, list) else [allowed]:
        number = float(pd.to_numeric(value, errors="coerce"))
        hit |= (column.astype(str) == str(value)) | np.isclose(numbers, number, rtol=1e-12, atol=0)
    return hit


def select(rows, x, y, where, error=None, interval=None, x_error=None):
    """Coordinates and lengths of the error bars of rows, and whether each row matches.

    A row whose status is not ok matches only where a condition speaks of the status.
    """
    number = lambda c: rows[c].astype(float) if isinstance(c, str) else float(c)
    out = pd.DataFrame({"x": number(x), "y": number(y)}, index=rows.index)
    low, high = interval or (None, None)
    for bar, column in {"down": error or low, "up": error or high, "across": x_error}.items():
        length = number(column) - (out.y if interval and bar != "across" else 0) if column else np.nan
        out[bar] = np.abs(length)
    out[["x", "y"]] = out[["x", "y"]].replace([np.inf, -np.inf], np.nan)
    match = pd.Series(True, rows.index)
    if "status" in rows and "status" not in (where or {}):
        match &= ~rows["status"].isin(["rs_unstable", "no_solution", "not_converged"])
    for column, condition in (where or {}).items():
        if not isinstance(condition, tuple):
            match &= matches(rows[column], condition)
    between = {c: ends for c, ends in (where or {}).items() if isinstance(ends, tuple)}
    return out.assign(**{c: rows[c].astype(float) for c in between}), match, between


def points(rows, x, y, where=None, **bars):
    """Rows that match as points: x and y, lengths down, up and across of their error bars.

    where: for a column a value, a list of values, or an interval (low, high).
    bars: column of symmetric bars (error, x_error), or of both ends (interval=(low, high)).
    """
    out, match, between = select(rows, x, y, where, **bars)
    for column, ends in between.items():
        match &= out[column].between(*ends)
    return out[match].dropna(subset=["x", "y"])


def curve(rows, x, y, where=None, **bars):
    """The same as a line, with NaN where it breaks.

    It breaks at a missing value, and at a row that does not match, unless one that matches has
    the same x. An interval cuts it at its ends, by linear interpolation.
    """
    out, match, between = select(rows, x, y, where, **bars)
    beside = out.x.isin(out.x[match].dropna())
    out[~match] = np.nan
    out = out[match | ~beside].copy()
    out[out.x.isna() | out.y.isna()] = np.nan
    for column, ends in between.items():
        out = cut(out, column, *ends)
    return out


def cut(line, column, low, high):
    """The parts of a line on which a column lies between two values."""
    refined, last = [], None
    for row in line.to_dict("records"):
        step = row[column] - last[column] if last else 0
        crossings = [((end - last[column]) / step, end) for end in (low, high)] if step else []
        for t, end in sorted(crossing for crossing in crossings if 0 < crossing[0] < 1):
            between = {c: last[c] + t * (row[c] - last[c]) for c in row}
            refined.append(between | {column: end, "down": np.nan, "up": np.nan, "across": np.nan})
        refined.append(row)
        last = row
    refined = pd.DataFrame(refined, columns=line.columns, dtype=float)
    refined[~refined[column].between(low, high)] = np.nan
    return refined


def first(rows, column, where=None):
    """The first number of a column among the rows that match."""
    return points(rows, column, 0, where).x.iloc[0]


def region(a, b):
    """Corners of the region between two lines, over the abscissas that both have."""
    a, b = a.dropna(subset=["x", "y"]), b.dropna(subset=["x", "y"])
    a, b = (line[::-1] if line.x.is_monotonic_decreasing else line for line in (a, b))
    if a.x.is_monotonic_increasing and b.x.is_monotonic_increasing:
        low, high = max(a.x.min(), b.x.min()), min(a.x.max(), b.x.max())
        inside = lambda x: np.r_[low, x[(x > low) & (x < high)], high]
        ends = [(x := inside(line.x), np.interp(x, line.x, line.y)) for line in (a, b)]
    else:
        ends = [(line.x, line.y) for line in (a, b)]
    (xa, ya), (xb, yb) = ends
    return np.r_[xa, xb[::-1]], np.r_[ya, yb[::-1]]
