//! Cutting lines and polygons at the frame, in fractions of the axes.

/// A place in the panel: (0, 0) bottom left, (1, 1) top right.
pub(super) type Place = (f64, f64);

/// Interpolates between two places.
fn between(a: Place, b: Place, t: f64) -> Place {
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

/// The part of a segment inside the unit square, as parameters along it (Liang–Barsky).
fn segment(a: Place, b: Place) -> Option<(f64, f64)> {
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (from, step) in [(a.0, b.0 - a.0), (a.1, b.1 - a.1)] {
        if step == 0.0 {
            if !(0.0..=1.0).contains(&from) {
                return None;
            }
            continue;
        }
        let (t0, t1) = (-from / step, (1.0 - from) / step);
        enter = enter.max(t0.min(t1));
        leave = leave.min(t0.max(t1));
    }
    (enter < leave).then_some((enter, leave))
}

/// The pieces of a polyline inside the unit square.
pub(super) fn polyline(points: &[Place]) -> Vec<Vec<Place>> {
    let mut pieces: Vec<Vec<Place>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let Some((enter, leave)) = segment(a, b) else {
            open = false;
            continue;
        };
        let start = if enter > 0.0 { between(a, b, enter) } else { a };
        let end = if leave < 1.0 { between(a, b, leave) } else { b };
        match pieces.last_mut() {
            Some(piece) if open && enter <= 0.0 => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
        open = leave >= 1.0;
    }
    pieces
}

/// The part of a polygon inside the unit square (Sutherland–Hodgman).
pub(super) fn polygon(points: &[Place]) -> Vec<Place> {
    let sides: [fn(Place) -> f64; 4] = [|p| p.0, |p| 1.0 - p.0, |p| p.1, |p| 1.0 - p.1];
    let mut points = points.to_vec();
    for inside in sides {
        let mut kept = Vec::with_capacity(points.len() + 4);
        for (i, &b) in points.iter().enumerate() {
            let a = points[(i + points.len() - 1) % points.len()];
            let (da, db) = (inside(a), inside(b));
            if (da < 0.0) != (db < 0.0) {
                kept.push(between(a, b, da / (da - db)));
            }
            if db >= 0.0 {
                kept.push(b);
            }
        }
        points = kept;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leaves_and_returns_is_two_pieces() {
        let pieces = polyline(&[
            (-1.0, 0.5),
            (0.5, 0.5),
            (0.5, 2.0),
            (0.75, 2.0),
            (0.75, 0.0),
        ]);
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0], [(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)]);
        assert_eq!(pieces[1], [(0.75, 1.0), (0.75, 0.0)]);
    }

    #[test]
    fn a_polygon_is_cut_to_the_square() {
        let cut = polygon(&[(-1.0, 0.25), (2.0, 0.25), (2.0, 5.0), (-1.0, 5.0)]);
        assert_eq!(cut.len(), 4);
        assert!(
            cut.iter()
                .all(|p| [0.0, 1.0].contains(&p.0) && [0.25, 1.0].contains(&p.1))
        );
        assert!(polygon(&[(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)]).is_empty());
    }
}
