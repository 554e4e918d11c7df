//! From finite sizes to the infinite one.

/// A value with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its standard error, above 0.
    pub error: f64,
}

/// The value at `x = 0` of the straight line through points `(x, y)`, weighted by their errors
/// (MP.19). The error is that of the points, carried through the fit. None for fewer than two
/// different `x`.
pub fn intercept(points: &[(f64, Measured)]) -> Option<Measured> {
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let term = |(x, y): &(f64, Measured)| f(*x, y.value) / (y.error * y.error);
        points.iter().map(term).sum()
    };
    let (s, sx, sxx) = (sum(&|_, _| 1.0), sum(&|x, _| x), sum(&|x, _| x * x));
    let (sy, sxy) = (sum(&|_, y| y), sum(&|x, y| x * y));
    let determinant = s * sxx - sx * sx;
    let spread = points.iter().any(|(x, _)| *x != points[0].0);
    (spread && determinant > 0.0).then(|| Measured {
        value: (sxx * sy - sx * sxy) / determinant,
        error: (sxx / determinant).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, value: f64, error: f64) -> (f64, Measured) {
        (x, Measured { value, error })
    }

    #[test]
    fn two_points_make_a_line() {
        let found = intercept(&[at(0.1, 3.2, 0.3), at(0.2, 3.4, 0.1)]).expect("two points");
        assert!((found.value - 3.0).abs() < 1e-12);
        // 2 y₁ - y₂.
        assert!((found.error - 0.6_f64.hypot(0.1)).abs() < 1e-12);
    }

    #[test]
    fn points_on_a_line_give_its_intercept_whatever_their_errors() {
        let line = |x: f64, error: f64| at(x, 0.7 - 2.0 * x, error);
        let points = [line(0.5, 1.0), line(0.1, 0.01), line(0.2, 0.3)];
        let found = intercept(&points).expect("three points");
        assert!((found.value - 0.7).abs() < 1e-12);
        let two = intercept(&points[1..]).expect("two points");
        assert!(found.error < two.error && found.error > 0.01);
    }

    #[test]
    fn one_size_has_no_limit() {
        assert_eq!(intercept(&[]), None);
        assert_eq!(intercept(&[at(0.1, 1.0, 0.1)]), None);
        assert_eq!(intercept(&[at(0.1, 1.0, 0.1), at(0.1, 2.0, 0.1)]), None);
    }
}
