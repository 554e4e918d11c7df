//! Shaded regions as polygons in fractions of the axes.

use super::clip::{self, Place};
use super::runs::Run;
use super::span::Span;

/// Where a region ends.
pub(super) enum Border {
    /// A horizontal line at this fraction of the panel.
    Height(f64),
    /// A vertical line at this fraction of the panel.
    Across(f64),
    /// Another curve.
    Curve(Vec<Run>),
}

/// The places of a run.
pub(super) fn places(run: &Run, x: &Span, y: &Span) -> Vec<Place> {
    run.iter()
        .filter_map(|p| Some((x.fraction(p.x)?, y.fraction(p.y)?)))
        .collect()
}

/// Polygons between runs and a border, cut at the frame.
pub(super) fn polygons(runs: &[Run], border: &Border, x: &Span, y: &Span) -> Vec<Vec<Place>> {
    let mut out = Vec::new();
    for run in runs {
        let line = places(run, x, y);
        let (Some(&first), Some(&last)) = (line.first(), line.last()) else {
            continue;
        };
        let region = match border {
            Border::Height(v) => close(line, vec![(last.0, *v), (first.0, *v)]),
            Border::Across(u) => close(line, vec![(*u, last.1), (*u, first.1)]),
            Border::Curve(other) => {
                let other: Vec<Place> = other.iter().flat_map(|r| places(r, x, y)).collect();
                facing(line, other)
            }
        };
        let region = clip::polygon(&region);
        if region.len() > 2 {
            out.push(region);
        }
    }
    out
}

fn close(mut line: Vec<Place>, back: Vec<Place>) -> Vec<Place> {
    line.extend(back);
    line
}

/// The region between two lines over the abscissas that both have.
fn facing(mut a: Vec<Place>, mut b: Vec<Place>) -> Vec<Place> {
    if rising(&mut a) && rising(&mut b) {
        let low = a[0].0.max(b[0].0);
        let high = a[a.len() - 1].0.min(b[b.len() - 1].0);
        if low >= high {
            return Vec::new();
        }
        a = restrict(&a, low, high);
        b = restrict(&b, low, high);
    }
    b.reverse();
    close(a, b)
}

/// Whether abscissas do not fall, after turning a line round where they do not rise.
fn rising(line: &mut [Place]) -> bool {
    let ordered = |line: &[Place]| line.windows(2).all(|p| p[0].0 <= p[1].0);
    if !ordered(line) {
        line.reverse();
    }
    !line.is_empty() && ordered(line)
}

/// The part of a rising line between two abscissas.
fn restrict(line: &[Place], low: f64, high: f64) -> Vec<Place> {
    let at = |u: f64| {
        let i = line
            .partition_point(|p| p.0 < u)
            .clamp(1, line.len().max(2) - 1);
        let (a, b) = (line[i - 1], line[i.min(line.len() - 1)]);
        let t = if b.0 > a.0 {
            ((u - a.0) / (b.0 - a.0)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (u, a.1 + t * (b.1 - a.1))
    };
    let mut out = vec![at(low)];
    out.extend(line.iter().filter(|p| p.0 > low && p.0 < high));
    out.push(at(high));
    out
}

#[cfg(test)]
mod tests {
    use super::super::runs::Point;
    use super::*;
    use crate::ask::recipe::Scale;

    fn run(points: &[(f64, f64)]) -> Run {
        points
            .iter()
            .map(|&(x, y)| Point {
                x,
                y,
                dx: 0.0,
                dy: [0.0; 2],
                exact: true,
            })
            .collect()
    }

    fn area(p: &[Place]) -> f64 {
        let cross = |i: usize| {
            let (a, b) = (p[i], p[(i + 1) % p.len()]);
            a.0 * b.1 - b.0 * a.1
        };
        ((0..p.len()).map(cross).sum::<f64>() / 2.0).abs()
    }

    #[test]
    fn regions_have_the_right_area() {
        let unit = Span {
            scale: Scale::Linear,
            min: 0.0,
            max: 1.0,
        };
        let line = run(&[(0.0, 0.0), (1.0, 1.0)]);
        let to = |border| polygons(std::slice::from_ref(&line), &border, &unit, &unit);
        assert!((area(&to(Border::Height(1.0))[0]) - 0.5).abs() < 1e-12);
        assert!((area(&to(Border::Height(0.0))[0]) - 0.5).abs() < 1e-12);
        assert!((area(&to(Border::Across(1.0))[0]) - 0.5).abs() < 1e-12);
        // A second curve over part of the range, written backwards: the common part only.
        let other = Border::Curve(vec![run(&[(2.0, 1.0), (0.5, 1.0)])]);
        assert!((area(&to(other)[0]) - 0.125).abs() < 1e-12);
    }

    #[test]
    fn regions_stay_inside_the_frame() {
        let unit = Span {
            scale: Scale::Linear,
            min: 0.0,
            max: 1.0,
        };
        let line = run(&[(-3.0, -3.0), (3.0, 3.0)]);
        let region = &polygons(&[line], &Border::Height(1.0), &unit, &unit)[0];
        assert!(
            region
                .iter()
                .all(|p| (0.0..=1.0).contains(&p.0) && (0.0..=1.0).contains(&p.1))
        );
    }
}
