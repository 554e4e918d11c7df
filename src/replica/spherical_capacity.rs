//! Capacity of spherical weights in closed form: q → 1 (TH.2, AT.4).

use super::ensemble::Ensemble;
use super::mixture::separability::{separability, shortfalls};
use super::observables::Observables;
use super::reason::{Missing, Reason};
use super::state::{Regime, State};
use super::threshold::Critical;
use crate::math::{Feature, GaussMeasure, average, special};
use crate::model::prior::Norm;
use crate::model::{Bias, Control, Mixture, Parameters, loss::ZeroSet};
use crate::solve::NotConverged;
use crate::solve::event::bracketed_root;

/// The state at the capacity.
fn at_limit(value: f64, error_estimate: f64, observables: Observables) -> Critical {
    let state = State {
        potential: f64::NEG_INFINITY,
        error_estimate,
        ..State::bare(Regime::Satisfied, observables)
    };
    Critical {
        value,
        error_estimate,
        state,
    }
}

impl Ensemble {
    /// The zero set that decides at capacity: long weights of a free norm meet every margin, and every
    /// set of equalities, that are met at margin zero.
    fn zero_set_at_capacity(&self, p: &Parameters) -> ZeroSet {
        match self.zero_set(p) {
            set if self.prior.norm() != Norm::Free => set,
            ZeroSet::HalfLine(_) => ZeroSet::HalfLine(0.0),
            ZeroSet::Point(_) => ZeroSet::Point(0.0),
            set => set,
        }
    }

    /// `E_m dist²(z, zero set)` of the cavity field at teacher overlap `m`, and its relative error
    /// (TH.2): in closed form without a teacher (TH.24).
    fn squared_distance(&self, m: f64, p: &Parameters) -> (f64, f64) {
        let (low, high) = match (self.zero_set_at_capacity(p), self.disorder.has_teacher()) {
            (ZeroSet::HalfLine(edge), false) => {
                return (shortfalls(-edge)[0], rounding(-edge));
            }
            (ZeroSet::Point(y), false) => return (1.0 + y * y, 4.0 * f64::EPSILON),
            (ZeroSet::HalfLine(edge), true) => (edge, f64::INFINITY),
            (ZeroSet::Interval(low, high), _) => (low, high),
            (ZeroSet::Point(y), true) => (y, y),
            (ZeroSet::Empty, _) => return (f64::INFINITY, 0.0),
        };
        let sine = (1.0 - m * m).sqrt();
        let data = self.disorder.labels();
        let mut features = data.features(m, sine);
        for edge in [low, high] {
            features.push(Feature {
                centre: edge,
                width: 0.0,
            });
        }
        features.retain(|f| f.centre.is_finite());
        let distance = |z: f64| (low - z).max(0.0) + (z - high).max(0.0);
        let mean = average(&features, |z| data.weight(z, m, sine) * distance(z).powi(2));
        (mean.value, mean.error / mean.value + 16.0 * f64::EPSILON)
    }

    /// Teacher overlap at which spherical weights can satisfy most patterns, and that number per
    /// weight: `max_m (1-m²)/E_m dist²`, the RS capacity (TH.2).
    pub fn spherical_capacity(&self, p: &Parameters) -> (f64, f64) {
        if let Some((mixture, bias)) = self.disorder.clusters() {
            let last = separability(mixture, bias, self.zero_set(p));
            return last.map_or((0.0, 0.0), |s| (s.m, s.alpha));
        }
        let load = |m: f64| (1.0 - m * m) / self.squared_distance(m, p).0;
        if !self.disorder.has_teacher() {
            return (0.0, load(0.0));
        }
        // Golden-section search; the load is unimodal in m for a convex zero set.
        let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
        let (mut low, mut high): (f64, f64) = (0.0, 1.0 - 1e-9);
        for _ in 0..90 {
            let (a, b) = (high - golden * (high - low), low + golden * (high - low));
            if load(a) > load(b) { high = b } else { low = a }
        }
        let m = 0.5 * (low + high);
        (m, load(m))
    }

    /// Capacity of spherical weights: q → 1, in closed form (TH.2, MX.28).
    pub(super) fn spherical_limit(&self, p: &Parameters) -> Result<Critical, Missing> {
        if let Some((mixture, bias)) = self.disorder.clusters() {
            return last_classifier(mixture, bias, self.zero_set(p));
        }
        let (m, value) = self.spherical_capacity(p);
        // The search for m leaves √ε in m, ε in the load, which is flat there.
        let error_estimate = value * (self.squared_distance(m, p).1 + 64.0 * f64::EPSILON);
        if !value.is_finite() {
            return Err(beyond_numbers());
        }
        let has_teacher = self.disorder.has_teacher();
        let teacher = |x: f64| has_teacher.then_some(x);
        let sine = (1.0 - m * m).sqrt();
        let angle = sine.atan2(m) / std::f64::consts::PI;
        let observables = Observables {
            q: Some(1.0),
            m: teacher(m),
            training_loss: Some(0.0),
            ground_state_energy: Some(0.0),
            generalization_error: teacher(angle),
            bayes_error: teacher(angle),
            at_stability: Some(1.0 - value * self.pinned_fraction(m, p)),
            ..Observables::default()
        };
        Ok(at_limit(value, error_estimate, observables))
    }

    /// Fraction of patterns pinned to the edge of the zero set at capacity (AT.4).
    fn pinned_fraction(&self, m: f64, p: &Parameters) -> f64 {
        let (sine, data) = ((1.0 - m * m).sqrt(), self.disorder.labels());
        match self.zero_set_at_capacity(p) {
            ZeroSet::HalfLine(edge) if !self.disorder.has_teacher() => special::h(-edge),
            ZeroSet::HalfLine(edge) => {
                let mut features = data.features(m, sine);
                features.push(Feature {
                    centre: edge,
                    width: 0.0,
                });
                let below = |z: f64| {
                    if z < edge {
                        data.weight(z, m, sine)
                    } else {
                        0.0
                    }
                };
                GaussMeasure::graded(&features).sum(below)
            }
            ZeroSet::Interval(low, high) => {
                let inside = |z: f64| z > low && z < high;
                let mut features = data.features(m, sine);
                features.extend([low, high].map(|centre| Feature { centre, width: 0.0 }));
                let outside = |z: f64| {
                    if inside(z) {
                        0.0
                    } else {
                        data.weight(z, m, sine)
                    }
                };
                GaussMeasure::graded(&features).sum(outside)
            }
            ZeroSet::Point(_) | ZeroSet::Empty => 1.0,
        }
    }

    pub(super) fn spherical_kappa_max(&self, p: &Parameters) -> Result<Critical, Missing> {
        let gap = |kappa: f64| -> Result<f64, NotConverged> {
            Ok((self.spherical_capacity(&Parameters { kappa, ..*p }).1 / p.alpha).ln())
        };
        let lowest = if self.disorder.has_teacher() {
            1e-9
        } else {
            LOWEST_MARGIN
        };
        let range = (lowest, 60.0);
        let ends = ((range.0, gap(range.0)?), (range.1, gap(range.1)?));
        if ends.0.1 * ends.1.1 > 0.0 {
            return Err(Missing::absent(Reason::NoCrossing, Control::Kappa, range));
        }
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, gap)?;
        let here = Parameters {
            kappa: root.x,
            ..*p
        };
        let mut critical = self.spherical_limit(&here)?;
        let slope = (gap(root.x + 1e-5)? - gap(root.x - 1e-5)?) / 2e-5;
        critical.error_estimate =
            critical.error_estimate / critical.value / slope.abs() + root.width;
        critical.value = root.x;
        Ok(critical)
    }
}

/// The last classifier among clusters that satisfies every pattern (MX.28).
fn last_classifier(mixture: &Mixture, bias: Bias, set: ZeroSet) -> Result<Critical, Missing> {
    let last = separability(mixture, bias, set).ok_or(Missing::never(Reason::NoZeroEnergy))?;
    if !last.alpha.is_finite() {
        return Err(beyond_numbers());
    }
    let low = match set {
        ZeroSet::HalfLine(low) | ZeroSet::Interval(low, _) | ZeroSet::Point(low) => low,
        ZeroSet::Empty => 0.0,
    };
    // Stabilities outside the set are moved to its edge.
    let error = match set {
        _ if low >= 0.0 => 0.0,
        ZeroSet::Point(_) => 1.0,
        _ => mixture.error(last.m, 1.0, last.bias),
    };
    let observables = Observables {
        q: Some(1.0),
        m: Some(last.m),
        bias: Some(last.bias),
        training_loss: Some(0.0),
        training_error: Some(error),
        ground_state_energy: Some(0.0),
        generalization_error: Some(mixture.error(last.m, 1.0, last.bias)),
        at_stability: Some(1.0 - last.alpha * last.pinned),
        ..Observables::default()
    };
    Ok(at_limit(last.alpha, last.alpha * last.error, observables))
}

/// Smallest margin whose capacity is a number of double precision.
const LOWEST_MARGIN: f64 = -37.0;

/// The capacity is larger than the numbers of double precision.
fn beyond_numbers() -> Missing {
    let range = (0.0, f64::MAX);
    Missing::lost(Reason::OutOfReach, f64::INFINITY, Control::Alpha, range)
}

/// Relative rounding error of a Gaussian tail beyond `t`.
fn rounding(t: f64) -> f64 {
    f64::EPSILON * (8.0 + t.max(0.0).powi(2))
}
