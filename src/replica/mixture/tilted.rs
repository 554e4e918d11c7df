//! Typical solutions without errors, tilted towards the Bayes-optimal vector (MX.40 to MX.43).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `h` | tilt: a pattern of stability `κ > 0` weighs `exp(h (κ - y b))`, others nothing | |
//! | `q`, `V` | overlap of two solutions, `V = Δ(1-q)` | `q` is the logistic function of `t` |
//! | `m` | overlap with the axis | `m = √q tanh u` |

use super::field::evaluation;
use super::field::{Field, classes, nodes_of, place};
use super::separability::separability;
use super::spread::Spread;
use crate::math::real::{self, Dual2};
use crate::math::{Feature, Real, special};
use crate::model::mixture::Class;
use crate::model::{Bias, Control, Mixture, Parameters};
use crate::replica::local::reference::NoReference;
use crate::solve::{Evaluation, Nodes, Solution, Stationary, Tolerances, anderson, saddle};
use nalgebra::DVector;

/// Coordinates and one control parameter.
const FULL: usize = 3;

/// The free entropy of tilted solutions (MX.40).
#[derive(Clone, Copy, Debug)]
pub struct Tilted {
    /// Law of the patterns.
    pub mixture: Mixture,
    /// Bias of the solutions, at `|w|² = N`.
    pub bias: f64,
    /// Strength of the tilt.
    pub tilt: f64,
}

/// The saddle point of tilted solutions.
#[derive(Clone, Debug)]
pub struct TiltedSolution {
    /// Overlap with the axis.
    pub m: f64,
    /// What probes need to know of the patterns.
    pub spread: Spread,
    /// Log-volume of the solutions at this overlap with the Bayes-optimal vector, per weight (MX.41).
    pub entropy: f64,
    /// Replicon.
    pub at_stability: Option<f64>,
    /// Largest absolute scaled residual of the saddle-point equations.
    pub residual: f64,
}

/// Order parameters.
#[derive(Clone, Copy, Debug)]
struct Order<D> {
    q: D,
    /// `1 - q`, without cancellation.
    gap: D,
    m: D,
}

impl<D: Real> Order<D> {
    fn new(x: &[D]) -> Self {
        let q = x[0].logistic();
        Order {
            q,
            gap: (-x[0]).logistic(),
            m: q.sqrt() * x[1].tanh(),
        }
    }
}

impl Tilted {
    fn classes(&self) -> Vec<Class> {
        classes(&self.mixture, Bias::Fixed(self.bias))
    }

    /// Field of one cluster: the tilt moves its mean by `hV`.
    fn field(&self, o: &Order<f64>, label: f64) -> Field {
        let delta = self.mixture.delta();
        Field {
            mean: o.m + label * self.bias + self.tilt * delta * o.gap,
            width: (delta * o.q).sqrt(),
        }
    }

    /// The saddle point at this load.
    ///
    /// # Errors
    /// [`NoReference`] if no classifier with this bias makes no errors, or if it is not reached.
    pub fn solve(
        &self,
        alpha: f64,
        tolerances: &Tolerances,
    ) -> Result<TiltedSolution, NoReference> {
        let most = separability(
            &self.mixture,
            Bias::Fixed(self.bias),
            crate::model::loss::ZeroSet::HalfLine(0.0),
        );
        if most.is_none_or(|most| alpha >= most.alpha) {
            return Err(NoReference::Absent);
        }
        let p = Parameters {
            alpha,
            ..Parameters::default()
        };
        let start = [0.0, 0.3];
        let (x, _) = anderson::anderson(self, &start, &p, tolerances.handover, tolerances)?;
        let s = saddle::solve(self, &x, &p, Control::Alpha, tolerances)?;
        Ok(self.solution(&s, alpha))
    }

    fn solution(&self, s: &Solution, alpha: f64) -> TiltedSolution {
        let o = Order::new(&s.x);
        TiltedSolution {
            m: o.m,
            spread: Spread {
                q: o.q,
                gap: o.gap,
                tilt: self.tilt,
            },
            entropy: s.value - self.tilt * o.m * (alpha + self.mixture.delta()),
            at_stability: s.replicon,
            residual: s.residual,
        }
    }
}

impl Stationary for Tilted {
    fn dimension(&self) -> usize {
        FULL - 1
    }

    fn freeze(&self, x: &[f64], _p: &Parameters) -> Nodes {
        let o = Order::new(x);
        let width = (self.mixture.delta() * o.gap).sqrt();
        let edge = Feature { centre: 0.0, width };
        place(&self.classes(), |class| {
            self.field(&o, class.label).roughly(&[edge])
        })
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let seeded: Vec<Dual2<FULL>> = (0..FULL - 1).map(|i| real::variable(x[i], i)).collect();
        let lifted = p.lift_with(control, real::variable::<FULL>(p.get(control), FULL - 1));
        let o = Order::new(&seeded);
        let delta = self.mixture.delta();
        let v = o.gap * delta;
        let (root, width) = (v.sqrt(), (o.q * delta).sqrt());
        // ln ∫ over stabilities above zero, without the tilt's own volume h (ω - y b) + h² V/2.
        let mut average = Dual2::<FULL>::constant(0.0);
        let mut square_bend = 0.0;
        for class in self.classes() {
            let mean = o.m + v * self.tilt + class.label * self.bias;
            let nodes = nodes_of(rule, &class);
            let of = |z: f64| special::ln_h_of(-((mean + width * z) / root));
            average += nodes.sum(of) * class.weight;
            let bend = |z: f64| special::curvature(-((mean.re + width.re * z) / root.re)).powi(2);
            square_bend += class.weight * nodes.sum(bend);
        }
        let tilt = (o.m + v * (0.5 * self.tilt)) * self.tilt;
        let energetic = lifted.alpha * (average + tilt);
        let volume = o.gap.ln() * 0.5;
        let length = (o.q - o.m * o.m) / o.gap * 0.5;
        Evaluation {
            replicon: Some(1.0 - p.alpha * square_bend),
            ..evaluation(
                &(volume + length + energetic),
                &[0, 1],
                FULL - 1,
                [volume, length, energetic],
            )
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let (o, new) = (Order::new(x), self.image(x, p, gradient));
        vec![(new.gap - o.gap) / (o.gap * o.q), new.m - o.m]
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let new = self.image(x, p, gradient);
        let cosine = (new.m / new.q.sqrt()).clamp(-1.0 + 1e-9, 1.0 - 1e-9);
        vec![(new.q / new.gap).ln(), cosine.atanh()]
    }
}

impl Tilted {
    /// Right-hand sides of the saddle-point equations (MX.40), read off the gradient.
    fn image(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Order<f64> {
        let o = Order::new(x);
        let by_m = gradient[1] * x[1].cosh().powi(2) / o.q.sqrt();
        // dq/dt = q (1-q), and m moves with √q.
        let by_q = gradient[0] / (o.q * o.gap) - 0.5 * by_m * o.m / o.q;
        let m_hat = o.m / o.gap + by_m;
        let q_hat = (o.q - o.m * o.m) / (o.gap * o.gap) - 2.0 * by_q;
        let total = (q_hat + m_hat * m_hat).max(1e-300);
        let gap = 2.0 / (1.0 + (1.0 + 4.0 * total).sqrt());
        Order {
            q: (gap * gap * total).min(1.0 - f64::EPSILON),
            gap,
            m: gap * m_hat,
        }
    }
}
