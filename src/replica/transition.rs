//! Transitions along the branch that starts at light load: loss of stability, spinodal and
//! first-order transition (TH.4 to TH.6).

use super::ensemble::Ensemble;
use super::observables::Ansatz;
use super::state::Regime;
use super::threshold::{Critical, Found, LIGHTEST};
use crate::math::special;
use crate::model::{Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::{Branch, BranchPoint, Continuation};
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, saddle};

impl Ensemble {
    fn branch_from_light_load(
        &self,
        p: &Parameters,
    ) -> Result<(Branch, Continuation<'_, dyn Ansatz>), NotConverged> {
        let light = self.lightest(p);
        let here = Parameters { alpha: light, ..*p };
        let solution = self.solve_from(&self.light_start(&here), &here, Control::Alpha)?;
        let path = self.alpha_branch(&here, (0.5 * light, 1e6));
        let branch = path.follow(&solution.x, light, true)?;
        Ok((branch, path))
    }

    /// An α at which patterns hardly matter: each costs at most about α entropies.
    fn lightest(&self, p: &Parameters) -> f64 {
        match self.zero_set(p) {
            ZeroSet::HalfLine(edge) if p.beta.is_infinite() => {
                (-0.05 / special::ln_h(edge)).clamp(LIGHTEST, 1e5)
            }
            _ => 0.05 / (1.0 + p.beta.min(10.0)),
        }
    }

    pub(super) fn at_line(&self, p: &Parameters) -> Found {
        let light = Parameters {
            alpha: self.lightest(p),
            ..*p
        };
        match self.regime(&light) {
            Regime::Thermal | Regime::Satisfied => {}
            _ => return self.at_of_ground_states(p),
        }
        let (branch, _) = self.branch_from_light_load(p)?;
        let event = |s: &Solution, at: &Parameters| Ok(self.replicon(&s.x, at));
        let replicon = |point: &BranchPoint| {
            self.replicon(
                &point.x,
                &Parameters {
                    alpha: point.control,
                    ..*p
                },
            )
        };
        let mut last = (0, replicon(&branch.points[0]));
        for (i, point) in branch.points.iter().enumerate().skip(1) {
            if !point.forward() {
                break;
            }
            let here = replicon(point);
            if last.1 > 0.0 && here <= 0.0 {
                let mut critical =
                    self.between(&branch.points[last.0], point, p, Control::Alpha, event)?;
                let rule = self.rs.freeze(
                    &critical.state.x,
                    &Parameters {
                        alpha: critical.value,
                        ..*p
                    },
                );
                let at = Parameters {
                    alpha: critical.value,
                    ..*p
                };
                let coarse = self.rs.at_stability(&critical.state.x, &at, &rule);
                let fine = self
                    .rs
                    .at_stability(&critical.state.x, &at, &rule.refined());
                let slope = (here - last.1) / (point.control - branch.points[last.0].control);
                critical.error_estimate += ((coarse - fine).abs() + 1e-14) / slope.abs();
                return Ok(Some(critical));
            }
            last = (i, here);
        }
        if self.regime(&Parameters { alpha: 1e3, ..*p }) == Regime::GroundState {
            return self.at_of_ground_states(p);
        }
        Ok(None)
    }

    fn replicon(&self, x: &[f64], p: &Parameters) -> f64 {
        self.rs.at_stability(x, p, &self.rs.freeze(x, p).refined())
    }

    /// AT point of the zero-temperature description, scanned upwards in α from where it begins.
    fn at_of_ground_states(&self, p: &Parameters) -> Found {
        if self.discrete() {
            // Frozen states are not followed in α: unknown, which is not the same as absent.
            return Err(NotConverged::Stalled {
                residual: f64::INFINITY,
            });
        }
        let at = |alpha: f64| -> Result<f64, NotConverged> {
            let here = Parameters { alpha, ..*p };
            let s = self.solve_ground(&here)?;
            Ok(self
                .ground
                .at_stability(&s.x, &here, &self.ground.freeze(&s.x, &here).refined()))
        };
        let mut alpha = match self.zero_set(p) {
            ZeroSet::Empty => 0.02,
            _ => self.spherical_capacity(p).1 * 1.0001,
        };
        let mut last = at(alpha)?;
        while alpha < 1e4 {
            let next = alpha * 1.25;
            let here = at(next)?;
            if last * here < 0.0 {
                let root = bracketed_root((alpha, last), (next, here), self.tolerances.event, at)?;
                let here_p = Parameters {
                    alpha: root.x,
                    ..*p
                };
                let solution = self.solve_ground(&here_p)?;
                let slope = (here - last) / (next - alpha);
                let error_estimate = (1e-14 + root.value.abs()) / slope.abs() + root.width;
                let state = self.ground_state(solution, &here_p);
                return Ok(Some(Critical {
                    value: root.x,
                    error_estimate,
                    state,
                }));
            }
            (alpha, last) = (next, here);
        }
        Ok(None)
    }

    pub(super) fn spinodal(&self, p: &Parameters) -> Found {
        if !matches!(
            self.regime(&Parameters {
                alpha: self.lightest(p),
                ..*p
            }),
            Regime::Thermal | Regime::Satisfied
        ) {
            return Ok(None);
        }
        let (branch, path) = self.branch_from_light_load(p)?;
        let Some(fold) = path.folds(&branch).into_iter().next() else {
            return Ok(None);
        };
        let here = Parameters {
            alpha: fold.point.control,
            ..*p
        };
        let rule = self.rs.freeze(&fold.point.x, &here).refined();
        let at = self
            .rs
            .evaluate(&fold.point.x, &here, Control::Alpha, &rule);
        let residual =
            crate::solve::problem::norm(&self.rs.residual(&fold.point.x, &here, &at.gradient));
        let solution = Solution {
            x: fold.point.x.clone(),
            value: at.value,
            value_error: fold.error,
            residual,
            control_slope: at.control_slope,
            control_bend: None,
            tangent: None,
            stats: Default::default(),
            replicon: None,
        };
        let state = self.state(solution, &here);
        Ok(Some(Critical {
            value: fold.point.control,
            error_estimate: fold.error,
            state,
        }))
    }

    pub(super) fn first_order(&self, p: &Parameters) -> Found {
        if !matches!(
            self.regime(&Parameters {
                alpha: self.lightest(p),
                ..*p
            }),
            Regime::Thermal | Regime::Satisfied
        ) {
            return Ok(None);
        }
        let (branch, _) = self.branch_from_light_load(p)?;
        let turn = branch
            .points
            .iter()
            .position(|point| !point.forward())
            .unwrap_or(branch.points.len());
        let connected = &branch.points[..turn];
        if let Some(perfect) = self.perfect(p) {
            let gap = |point: &BranchPoint| point.value - perfect.potential;
            let crossing = connected
                .windows(2)
                .find(|w| gap(&w[0]) > 0.0 && gap(&w[1]) <= 0.0);
            let Some([a, b]) = crossing else {
                return Ok(None);
            };
            let event = |s: &Solution, _: &Parameters| Ok(s.value - perfect.potential);
            return self.between(a, b, p, Control::Alpha, event).map(Some);
        }
        // The third sheet of an S-shaped branch: it grows again after the second fold.
        let Some(again) = branch.points[turn..]
            .iter()
            .position(|point| point.forward())
        else {
            return Ok(None);
        };
        let upper = &branch.points[turn + again..];
        let on_upper = |alpha: f64| -> Result<Solution, NotConverged> {
            let pair = upper
                .windows(2)
                .find(|w| w[0].control <= alpha && alpha <= w[1].control);
            let Some([a, b]) = pair else {
                return Err(NotConverged::Escaped);
            };
            let t = (alpha - a.control) / (b.control - a.control);
            let guess: Vec<f64> = a.x.iter().zip(&b.x).map(|(a, b)| a + t * (b - a)).collect();
            saddle::solve(
                &*self.rs,
                &guess,
                &Parameters { alpha, ..*p },
                Control::Alpha,
                &self.tolerances,
            )
        };
        let event = |s: &Solution, at: &Parameters| Ok(s.value - on_upper(at.alpha)?.value);
        for pair in connected.windows(2) {
            let gap = |point: &BranchPoint| on_upper(point.control).map(|s| point.value - s.value);
            if let (Ok(a), Ok(b)) = (gap(&pair[0]), gap(&pair[1]))
                && a > 0.0
                && b <= 0.0
            {
                return self
                    .between(&pair[0], &pair[1], p, Control::Alpha, event)
                    .map(Some);
            }
        }
        Ok(None)
    }
}
