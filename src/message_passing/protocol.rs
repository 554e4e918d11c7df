//! Fields of a weight on itself, and the schedules along which they grow.
//!
//! Reinforcement and focusing replace the equations of one configuration by those of `y` replicas
//! around a centre: each weight feels, besides the field `H` of the patterns, what the other `y - 1`
//! replicas say through the centre (MP.13). All fields are kept as `atanh` of their means, so that
//! nothing is lost as means approach ±1.

/// The field of a weight on itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SelfField {
    /// None: plain message passing.
    None,
    /// `f_t = H_t + ρ f_{t-1}`: the total field is remembered (MP.12).
    History {
        /// Part of the old total field that is kept, in `[0, 1)`.
        rho: f64,
    },
    /// `u = A(γ, (y-1) A(γ, H))`: `y` replicas coupled by `γ` to a centre (MP.13).
    Focusing(Focus),
}

/// One step of a schedule: the coupling `γ` and the number of replicas `y`. At `γ = ∞` the
/// replicas are one, and `u = (y-1) H` is stationary reinforcement with `ρ = 1 - 1/y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focus {
    /// Coupling to the centre, possibly infinite.
    pub gamma: f64,
    /// Number of replicas, at least one.
    pub y: f64,
}

/// `A(a, b) = atanh(tanh a tanh b)`, without forming the hyperbolic tangents (MP.14).
pub fn through(a: f64, b: f64) -> f64 {
    if a.is_infinite() {
        return if a > 0.0 { b } else { -b };
    }
    if b.is_infinite() {
        return if b > 0.0 { a } else { -a };
    }
    let l = |x: f64| (-2.0 * x.abs()).exp().ln_1p();
    // |a+b| - |a-b| = 2 min(|a|, |b|) with the sign of the product.
    let least = a.abs().min(b.abs()).copysign(a) * 1f64.copysign(b);
    least + 0.5 * (l(a + b) - l(a - b))
}

impl SelfField {
    /// The total field of a weight with the field `h` of patterns and environment, when the total
    /// was `before` an iteration ago.
    pub fn total(self, h: f64, before: f64) -> f64 {
        match self {
            SelfField::None => h,
            SelfField::History { rho } => h + rho * before,
            SelfField::Focusing(Focus { gamma, y }) => {
                h + through(gamma, (y - 1.0) * through(gamma, h))
            }
        }
    }
}

/// A schedule `(γ, y)` of focusing.
#[derive(Clone, Debug, PartialEq)]
pub enum Protocol {
    /// `γ = ∞`, `y = 1/(1-ρ)` with `ρ = 0, step, 2 step, …` below one.
    StandardReinforcement {
        /// Step of `ρ`, in `(0, 1)`.
        step: f64,
    },
    /// Fixed `y`, `γ = 0, step, …` up to `largest`.
    Scoping {
        /// Number of replicas.
        y: f64,
        /// Step of `γ`, positive.
        step: f64,
        /// Largest `γ`.
        largest: f64,
    },
    /// `γ = atanh √ρ`, `y = 1 + 1/(1-ρ)` with `ρ = 0, step, 2 step, …` below one.
    PseudoReinforcement {
        /// Step of `ρ`, in `(0, 1)`.
        step: f64,
    },
    /// Any list.
    FreeScoping(Vec<Focus>),
}

impl Protocol {
    /// The steps in order. A step that is not a positive number gives the first one only.
    pub fn steps(&self) -> Box<dyn Iterator<Item = Focus> + '_> {
        match *self {
            Protocol::StandardReinforcement { step } => {
                Box::new(grid(step, BELOW_ONE).map(|rho| Focus {
                    gamma: f64::INFINITY,
                    y: 1.0 / (1.0 - rho),
                }))
            }
            Protocol::Scoping { y, step, largest } => {
                Box::new(grid(step, largest).map(move |gamma| Focus { gamma, y }))
            }
            Protocol::PseudoReinforcement { step } => {
                Box::new(grid(step, BELOW_ONE).map(|rho| Focus {
                    gamma: rho.sqrt().atanh(),
                    y: 1.0 + 1.0 / (1.0 - rho),
                }))
            }
            Protocol::FreeScoping(ref list) => Box::new(list.iter().copied()),
        }
    }
}

/// Where grids of `ρ` end: at one the fields are infinite.
const BELOW_ONE: f64 = 1.0 - 1e-9;

/// `0, step, 2 step, …` up to `largest`, rounding of the last one forgiven.
fn grid(step: f64, largest: f64) -> impl Iterator<Item = f64> {
    let count = if step > 0.0 && largest > 0.0 {
        (largest / step * (1.0 + 1e-12)).floor() as u64
    } else {
        0
    };
    (0..=count).map(move |k| k as f64 * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn through_is_the_product_of_means() {
        for a in [-3.0, -0.2, 0.0, 0.7, 2.5f64] {
            for b in [-4.0, -1e-3, 0.0, 0.3, 1.9f64] {
                let plain = (a.tanh() * b.tanh()).atanh();
                assert!((through(a, b) - plain).abs() < 1e-14, "{a} {b}");
            }
            assert_eq!(through(f64::INFINITY, a), a);
            assert_eq!(through(a, f64::NEG_INFINITY), -a);
        }
        // Means that differ from one by less than the precision of a number.
        let both = through(50.0, 60.0);
        assert!(
            (both - 50.0 + 0.5 * (-20f64).exp().ln_1p()).abs() < 1e-8,
            "{both}"
        );
    }

    #[test]
    fn infinite_coupling_is_stationary_reinforcement() {
        let rho = 0.3;
        let focus = Focus {
            gamma: f64::INFINITY,
            y: 1.0 / (1.0 - rho),
        };
        let total = SelfField::Focusing(focus).total(0.8, 5.0);
        assert!((total - 0.8 / (1.0 - rho)).abs() < 1e-15);
        assert_eq!(SelfField::History { rho }.total(0.8, 5.0), 0.8 + rho * 5.0);
    }

    #[test]
    fn schedules_have_their_ends() {
        let rho: Vec<Focus> = Protocol::PseudoReinforcement { step: 0.005 }
            .steps()
            .collect();
        assert_eq!(rho.len(), 200);
        assert_eq!((rho[0].gamma, rho[0].y), (0.0, 2.0));
        assert!((rho[199].gamma.tanh().powi(2) - 0.995).abs() < 1e-12);
        assert!((rho[199].y - 201.0).abs() < 1e-9);
        let scoping = Protocol::Scoping {
            y: 21.0,
            step: 0.03,
            largest: 1.5,
        };
        let gammas: Vec<Focus> = scoping.steps().collect();
        assert_eq!(gammas.len(), 51);
        assert!((gammas[50].gamma - 1.5).abs() < 1e-12);
        let standard: Vec<Focus> = Protocol::StandardReinforcement { step: 0.01 }
            .steps()
            .collect();
        assert_eq!(standard.len(), 100);
        assert_eq!(standard[0].y, 1.0);
        let free = Protocol::FreeScoping(scoping.steps().collect());
        assert!(free.steps().eq(scoping.steps()));
        assert_eq!(
            Protocol::StandardReinforcement { step: 0.0 }
                .steps()
                .count(),
            1
        );
    }
}
