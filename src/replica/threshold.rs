//! Critical values: events on continued branches (equations TH.1 to TH.7).

use super::ensemble::Ensemble;
use super::state::{State, Status};
use crate::math::special;
use crate::model::{Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::BranchPoint;
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, saddle};
use std::f64::consts::LN_2;

/// What is critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Largest α with solutions at β = ∞: zero entropy (binary), q → 1 (spherical).
    Capacity,
    /// Largest margin with solutions at given α: the inverse of the capacity.
    KappaMax,
    /// α at which the replicon vanishes (de Almeida–Thouless).
    At,
    /// α at which the branch connected to α → 0 ends in a fold.
    Spinodal,
    /// α at which two coexisting states have equal free entropy.
    FirstOrder,
    /// β at which the entropy of discrete weights vanishes.
    Freezing,
    /// Largest α at which a mixture can be separated: its capacity.
    Interpolation,
}

impl Quantity {
    /// Every quantity.
    pub const ALL: [Quantity; 7] = [
        Quantity::Capacity,
        Quantity::At,
        Quantity::Spinodal,
        Quantity::FirstOrder,
        Quantity::KappaMax,
        Quantity::Freezing,
        Quantity::Interpolation,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Capacity => "capacity",
            Quantity::At => "at",
            Quantity::Spinodal => "spinodal",
            Quantity::FirstOrder => "first-order",
            Quantity::KappaMax => "kappa-max",
            Quantity::Freezing => "freezing",
            Quantity::Interpolation => "interpolation",
        }
    }

    /// The parameter whose critical value is the answer.
    pub fn control(self) -> Control {
        match self {
            Quantity::KappaMax => Control::Kappa,
            Quantity::Freezing => Control::Beta,
            _ => Control::Alpha,
        }
    }
}

/// A critical value.
#[derive(Clone, Debug)]
pub struct Critical {
    /// The critical value of [`Quantity::control`].
    pub value: f64,
    /// Its absolute error: that of the event divided by its slope, and the final bracket.
    pub error_estimate: f64,
    /// The state there.
    pub state: State,
}

impl Critical {
    /// Verdict on this row. A vanishing replicon is the definition of [`Quantity::At`], not a flaw.
    pub fn status(&self) -> Status {
        self.state.status()
    }
}

pub(super) type Found = Result<Option<Critical>, NotConverged>;

/// Smallest α that counts as "no load": everything is analytic there.
pub(super) const LIGHTEST: f64 = 1e-3;

impl Ensemble {
    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`NotConverged`] if it should exist and was not reached. `Ok(None)` if it does not exist.
    pub fn threshold(&self, quantity: Quantity, p: &Parameters) -> Found {
        match quantity {
            Quantity::Capacity | Quantity::Interpolation => self.capacity(p),
            Quantity::KappaMax => self.kappa_max(p),
            Quantity::At => self.at_line(p),
            Quantity::Spinodal => self.spinodal(p),
            Quantity::FirstOrder => self.first_order(p),
            Quantity::Freezing => self.freezing_point(p),
        }
    }

    fn capacity(&self, p: &Parameters) -> Found {
        let p = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        match self.zero_set(&p) {
            ZeroSet::Empty => Ok(None),
            ZeroSet::Point(_) if self.discrete() => Ok(None),
            _ if !self.discrete() => Ok(self.spherical_limit(&p)),
            // The teacher meets every margin up to zero, whatever the load.
            ZeroSet::HalfLine(edge) if edge <= 0.0 && self.data.has_teacher() => Ok(None),
            ZeroSet::HalfLine(edge) => {
                // The annealed entropy bounds the capacity from above.
                let annealed = -self.free_entropy_without_patterns / special::ln_h(edge);
                let start = Parameters {
                    alpha: 0.3 * annealed,
                    ..p
                };
                self.zero_entropy(
                    &start,
                    Control::Alpha,
                    (LIGHTEST * annealed, 40.0 * annealed),
                )
            }
            ZeroSet::Interval(low, high) => {
                let inside = (special::h(low) - special::h(high)).ln();
                let annealed = -self.free_entropy_without_patterns / inside;
                let start = Parameters {
                    alpha: 0.3 * annealed,
                    ..p
                };
                let range = (LIGHTEST * annealed, 40.0 * annealed);
                self.zero_entropy(&start, Control::Alpha, range)
            }
            ZeroSet::Point(_) => Ok(None),
        }
    }

    fn kappa_max(&self, p: &Parameters) -> Found {
        let p = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        if !self.discrete() {
            return self.spherical_kappa_max(&p);
        }
        // A margin light enough for the annealed entropy to lose only a quarter of ln 2.
        let cost = |kappa: f64| -p.alpha * special::ln_h(kappa);
        let (mut low, mut high) = (-12.0, 60.0);
        for _ in 0..60 {
            let mid = 0.5 * (low + high);
            if cost(mid) < 0.25 * self.free_entropy_without_patterns {
                low = mid
            } else {
                high = mid
            }
        }
        self.zero_entropy(
            &Parameters { kappa: low, ..p },
            Control::Kappa,
            (low - 10.0, low + 40.0),
        )
    }

    /// Zero of the entropy at β = ∞ along `control`: Newton on the entropy, whose slope along the
    /// branch is exact, from a start with positive entropy; by bracketing where that fails.
    fn zero_entropy(&self, start: &Parameters, control: Control, range: (f64, f64)) -> Found {
        let solution = self.solve_from(&self.light_start(start), start, control)?;
        if let Ok(critical) = self.newton_on_value(&solution, start, control) {
            return Ok(Some(critical));
        }
        let path = self.branch_along(start, control, range);
        let branch = path.follow(&solution.x, start.get(control), true)?;
        let crossing = branch
            .points
            .windows(2)
            .find(|w| w[0].value > 0.0 && w[1].value <= 0.0);
        let Some([a, b]) = crossing else {
            return Ok(None);
        };
        self.between(a, b, start, control, |s, _| Ok(s.value))
            .map(Some)
    }

    fn newton_on_value(
        &self,
        from: &Solution,
        p: &Parameters,
        control: Control,
    ) -> Result<Critical, NotConverged> {
        let (mut s, mut p) = (from.clone(), *p);
        for _ in 0..30 {
            let value = p.get(control);
            let step = -s.value / s.control_slope;
            // The residual entropy must be explained by rounding before the answer counts.
            if step.abs() <= self.tolerances.event * (1.0 + value.abs()) {
                let error_estimate = s.value_error / s.control_slope.abs() + step.abs();
                let state = self.state(s, &p);
                return Ok(Critical {
                    value,
                    error_estimate,
                    state,
                });
            }
            let cap = if control == Control::Kappa {
                0.5
            } else {
                0.6 * value
            };
            (s, p) = self.step_along(&s, &p, control, step.clamp(-cap, cap))?;
        }
        Err(NotConverged::Stalled {
            residual: s.value.abs(),
        })
    }

    /// The saddle point a step further along the branch, or less far where that fails.
    fn step_along(
        &self,
        s: &Solution,
        p: &Parameters,
        control: Control,
        step: f64,
    ) -> Result<(Solution, Parameters), NotConverged> {
        let slope = s.tangent.clone().unwrap_or_else(|| vec![0.0; s.x.len()]);
        let mut step = step;
        loop {
            let next = p.with(control, p.get(control) + step);
            let guess: Vec<f64> =
                s.x.iter()
                    .zip(&slope)
                    .map(|(x, t)| x + (t * step).clamp(-1.0, 1.0))
                    .collect();
            match saddle::solve(&*self.rs, &guess, &next, control, &self.tolerances) {
                Ok(solution) => return Ok((solution, next)),
                Err(error) if step.abs() < 1e-3 * (1.0 + p.get(control).abs()) => {
                    return Err(error);
                }
                Err(_) => step *= 0.5,
            }
        }
    }

    /// Zero of an event between two branch points.
    pub(super) fn between(
        &self,
        a: &BranchPoint,
        b: &BranchPoint,
        p: &Parameters,
        control: Control,
        event: impl Fn(&Solution, &Parameters) -> Result<f64, NotConverged>,
    ) -> Result<Critical, NotConverged> {
        let solve_at = |value: f64| -> Result<Solution, NotConverged> {
            let t = (value - a.control) / (b.control - a.control);
            let guess: Vec<f64> = a.x.iter().zip(&b.x).map(|(a, b)| a + t * (b - a)).collect();
            saddle::solve(
                &*self.rs,
                &guess,
                &p.with(control, value),
                control,
                &self.tolerances,
            )
        };
        let value_at =
            |value: f64| solve_at(value).and_then(|s| event(&s, &p.with(control, value)));
        let ends = (
            (a.control, value_at(a.control)?),
            (b.control, value_at(b.control)?),
        );
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, value_at)?;
        let here = p.with(control, root.x);
        let solution = solve_at(root.x)?;
        let slope = (ends.1.1 - ends.0.1) / (ends.1.0 - ends.0.0);
        let error_estimate = (solution.value_error + root.value.abs()) / slope.abs() + root.width;
        Ok(Critical {
            value: root.x,
            error_estimate,
            state: self.state(solution, &here),
        })
    }

    fn freezing_point(&self, p: &Parameters) -> Found {
        if !self.discrete() {
            return Ok(None);
        }
        let Some((value, error_estimate, state)) = self.freezing(p)? else {
            return Ok(None);
        };
        Ok(Some(Critical {
            value,
            error_estimate,
            state,
        }))
    }
}
