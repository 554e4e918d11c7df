//! Losses made of pieces of polynomials of degree at most two: everything about them is a closed form
//! (L.23 to L.28).
//!
//! A loss of this kind says what its pieces are ([`Piecewise::pieces`]) in a number type that carries
//! derivatives with respect to one parameter; its partition function, proximal points, envelope, mean
//! energy, errors, zero set, kinks and jumps follow.

use super::batch::Batch;
use super::mass;
use super::pieces::Piece;
use super::{Loss, OwnParameter, ZeroSet};
use crate::math::real::{Dual2, gradient, hessian, variable};
use crate::math::{Feature, Real};
use crate::model::site::{By, Jets};
use crate::model::{Control, Parameters};
use std::fmt::Debug;

pub use super::pieces::{Number, Pieces};

/// A loss made of pieces. Its zero set has to be connected.
pub trait Piecewise: Debug + Send + Sync {
    /// Its name on the command line.
    fn title(&self) -> &'static str;

    /// Its formula, for people.
    fn text(&self) -> &'static str;

    /// Which shared control parameters it has besides α and β.
    fn shared(&self) -> &'static [Control] {
        &[]
    }

    /// Its own parameters.
    fn own_parameters(&self) -> Vec<OwnParameter> {
        Vec::new()
    }

    /// The pieces at these parameters.
    fn pieces(&self, p: &Parameters<Number>) -> Pieces;
}

/// The pieces as plain numbers.
fn plain<L: Piecewise + ?Sized>(loss: &L, p: &Parameters) -> Pieces<f64> {
    loss.pieces(&p.lift()).map(Real::re)
}

/// The pieces with derivatives by one parameter.
fn with_derivatives<L: Piecewise + ?Sized>(
    loss: &L,
    p: &Parameters,
    by: Option<Control>,
) -> Pieces {
    loss.pieces(&match by {
        Some(control) => p.lift_with(control, variable(p.get(control), 0)),
        None => p.lift(),
    })
}

/// The same number with its one variable as the second of two.
fn second_of_two(x: Number) -> Dual2<2> {
    if x.is_constant() {
        return Dual2::constant(x.re);
    }
    mass::second_of_two_jet([x.re, gradient(&x)[0], hessian(&x)[0][0]])
}

/// Whether energies of neighbouring pieces differ at their common end.
fn jump(left: &Piece<f64>, right: &Piece<f64>) -> f64 {
    right.at(right.from)[0] - left.at(right.from)[0]
}

/// Differences of energies at a common end below this are rounding.
const CONTINUOUS: f64 = 1e-12;

impl<L: Piecewise> Loss for L {
    fn name(&self) -> String {
        self.title().to_owned()
    }

    fn formula(&self) -> String {
        self.text().to_owned()
    }

    fn controls(&self) -> Vec<Control> {
        let own = self.own_parameters().into_iter().map(|o| o.control);
        self.shared().iter().copied().chain(own).collect()
    }

    fn own(&self) -> Vec<OwnParameter> {
        self.own_parameters()
    }

    fn energy(&self, delta: f64, p: &Parameters) -> [f64; 3] {
        let pieces = plain(self, p);
        let list = pieces.as_slice();
        let right = list.iter().skip(1).filter(|piece| delta >= piece.from);
        list[right.count()].at(delta)
    }

    fn energy_by(&self, delta: f64, control: Control, p: &Parameters) -> [f64; 3] {
        let pieces = with_derivatives(self, p, Some(control)).map(second_of_two);
        let list = pieces.as_slice();
        let right = list.iter().skip(1).filter(|piece| delta >= piece.from.re);
        let at = list[right.count()].at(variable(delta, 0))[0];
        let (g, h) = (gradient(&at), hessian(&at));
        [g[1], h[0][1], h[1][1]]
    }

    fn zero_set(&self, p: &Parameters) -> ZeroSet {
        mass::zero_set(&plain(self, p))
    }

    fn zero_set_by(&self, control: Control, p: &Parameters) -> [[f64; 2]; 2] {
        mass::zero_set_by(&with_derivatives(self, p, Some(control)))
    }

    fn jumps(&self) -> bool {
        let pieces = plain(self, &defaults(self));
        let pairs = pieces.as_slice().windows(2);
        pairs
            .into_iter()
            .any(|w| jump(&w[0], &w[1]).abs() > CONTINUOUS)
    }

    fn convex(&self) -> bool {
        let pieces = plain(self, &defaults(self));
        pieces.as_slice().windows(2).all(|w| {
            let bends = w[1].at(w[1].from)[1] - w[0].at(w[1].from)[1];
            jump(&w[0], &w[1]).abs() <= CONTINUOUS && bends >= -CONTINUOUS
        })
    }

    fn features(&self, p: &Parameters, out: &mut Vec<Feature>) {
        let kink = |piece: &Piece<f64>| Feature {
            centre: piece.from,
            width: 0.0,
        };
        out.extend(plain(self, p).as_slice().iter().skip(1).map(kink));
    }

    fn thermal(
        &self,
        omega: &[f64],
        v: f64,
        p: &Parameters,
        by: Option<By>,
        out: &mut Jets,
    ) -> bool {
        out.resize(omega.len(), by.is_some());
        let pieces = plain(self, p);
        let shift = by.and_then(|by| translation(self, p, by));
        let straight = pieces.as_slice().iter().all(|piece| piece.bend == 0.0);
        let by_beta = straight && by == Some(By::Control(Control::Beta));
        if let (Some(by), None, false) = (by, shift, by_beta) {
            thermal_by(self, omega, v, p, by, out);
        }
        Batch::new(&pieces, v, p.beta).fill(omega, by_beta, out);
        if let Some(shift) = shift {
            translate(shift, out);
        }
        true
    }

    fn envelope_features(&self, chi: f64, p: &Parameters, out: &mut Vec<Feature>) -> bool {
        let leap = |jump: f64| [(2.0 * chi * jump).sqrt(), 0.0];
        features(&plain(self, p), chi, leap, out);
        true
    }

    fn thermal_features(&self, v: f64, p: &Parameters, out: &mut Vec<Feature>) -> bool {
        let leap = |jump: f64| {
            let height = p.beta * jump;
            [
                (v * squared_leap(height)).sqrt(),
                (v / (1.0 + 2.0 * height)).sqrt(),
            ]
        };
        features(&plain(self, p), p.beta * v, leap, out);
        true
    }

    fn costly(&self) -> bool {
        false
    }

    fn envelope(
        &self,
        omega: &[f64],
        chi: f64,
        p: &Parameters,
        by: Option<By>,
        out: &mut Jets,
    ) -> bool {
        out.resize(omega.len(), by.is_some());
        let shift = by.and_then(|by| translation(self, p, by));
        if let (Some(by), None) = (by, shift) {
            envelope_by(self, omega, chi, p, by, out);
            return true;
        }
        let pieces = plain(self, p);
        for (i, &field) in omega.iter().enumerate() {
            let [value, slope, bend, _] = mass::envelope(&pieces, field, chi);
            out.value[i] = -value;
            out.slope[i] = -slope;
            out.bend[i] = -bend;
        }
        if let Some(shift) = shift {
            translate(shift, out);
        }
        true
    }

    fn proximal(&self, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) -> bool {
        let pieces = plain(self, p);
        for (out, &field) in out.iter_mut().zip(omega) {
            *out = mass::envelope(&pieces, field, chi)[3];
        }
        true
    }

    fn mean_energy(&self, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) -> bool {
        Batch::new(&plain(self, p), v, p.beta).mean_energy(omega, out);
        true
    }

    fn error_probability(&self, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) -> bool {
        Batch::probability_below(&plain(self, p), [0.0, v, p.beta], omega, out);
        true
    }
}

/// Images of the ends of pieces under the proximal map, which bends there, and where it leaves a jump for
/// the lower side of it; `leap` says how far that is from a jump of some height, and how wide what lies
/// there is, zero at kinks (L.28).
fn features(
    pieces: &Pieces<f64>,
    chi: f64,
    leap: impl Fn(f64) -> [f64; 2],
    out: &mut Vec<Feature>,
) {
    for pair in pieces.as_slice().windows(2) {
        let (left, right) = (&pair[0], &pair[1]);
        let edge = right.from;
        let step = jump(left, right);
        let images = [left, right].map(|piece| edge + chi * piece.at(edge)[1]);
        let kink = |centre: f64| Feature {
            centre,
            width: leap(0.0)[1],
        };
        out.push(kink(images[0]));
        if images[1] != images[0] {
            out.push(kink(images[1]));
        }
        if step.abs() > CONTINUOUS {
            let [far, width] = leap(step.abs());
            out.push(Feature {
                centre: edge + far * step.signum(),
                width,
            });
        }
    }
}

/// Square of the distance from a jump of this height, in units of the thermal width, at which it is as
/// likely to be left as not: `e^{-b} = H(x)`, far out `2b - ln 4πb`. Nearby it is that of the zeros of
/// the partition function, `H(x) = 1/(1 - e^{-b})`, whose real parts are 1.18, 1.61, 1.99, 2.65 and 3.49
/// at heights 1, 2, 3, 5 and 8.
fn squared_leap(height: f64) -> f64 {
    let far = 2.0 * height - (4.0 * std::f64::consts::PI * height.max(1.0)).ln();
    far.max(1.3 * height)
}

/// First and second derivative of the place of a loss that a parameter only moves.
fn translation<L: Piecewise>(loss: &L, p: &Parameters, by: By) -> Option<[f64; 2]> {
    let By::Control(control) = by else {
        return None;
    };
    if control == Control::Beta {
        return None;
    }
    let pieces = with_derivatives(loss, p, Some(control));
    let motion = |x: Number| [gradient(&x)[0], hessian(&x)[0][0]];
    let list = pieces.as_slice();
    let first = list.get(1).map(|piece| motion(piece.from))?;
    let rigid = list.iter().enumerate().all(|(i, piece)| {
        let shape = [piece.height, piece.slope, piece.bend];
        let flat = piece.slope.re == 0.0 && piece.bend.re == 0.0;
        (i == 0 || motion(piece.from) == first)
            && (flat || motion(piece.origin) == first)
            && shape.iter().all(|x| motion(*x) == [0.0; 2])
    });
    rigid.then_some(first)
}

/// Derivatives by a parameter that moves the loss: field and place enter by their difference.
fn translate([first, second]: [f64; 2], out: &mut Jets) {
    for i in 0..out.by.len() {
        let (slope, bend) = (out.slope[i], out.bend[i]);
        out.by[i] = -first * slope;
        out.slope_by[i] = -first * bend;
        out.by_by[i] = first * first * bend - second * slope;
    }
}

/// The pieces with derivatives by a parameter as the second variable, and a number that is that parameter
/// or not.
fn by_parameter<L: Piecewise>(
    loss: &L,
    p: &Parameters,
    by: By,
) -> (Pieces<Dual2<2>>, impl Fn(f64, By) -> Dual2<2>) {
    let control = match by {
        By::Control(control) => Some(control),
        By::Variance => None,
    };
    let pieces = with_derivatives(loss, p, control).map(second_of_two);
    let number = move |x: f64, what: By| match what == by {
        true => variable::<2>(x, 1),
        false => Dual2::constant(x),
    };
    (pieces, number)
}

/// Envelopes with derivatives by a parameter, in dual arithmetic.
fn envelope_by<L: Piecewise>(
    loss: &L,
    omega: &[f64],
    chi: f64,
    p: &Parameters,
    by: By,
    out: &mut Jets,
) {
    let (pieces, number) = by_parameter(loss, p, by);
    let chi = number(chi, By::Variance);
    for (i, &field) in omega.iter().enumerate() {
        let field = variable::<2>(field, 0);
        mass::store(-mass::envelope(&pieces, field, chi)[0], i, out);
    }
}

/// Jets with derivatives by a parameter, in dual arithmetic.
fn thermal_by<L: Piecewise>(
    loss: &L,
    omega: &[f64],
    v: f64,
    p: &Parameters,
    by: By,
    out: &mut Jets,
) {
    let (pieces, number) = by_parameter(loss, p, by);
    let beta = number(p.beta, By::Control(Control::Beta));
    let v = number(v, By::Variance);
    for (i, &field) in omega.iter().enumerate() {
        let field = variable::<2>(field, 0);
        mass::store(mass::ln_z(&pieces, field, v, beta), i, out);
    }
}

/// Parameters at their defaults, the margin at one: edges at `±κ` are then two.
fn defaults<L: Piecewise + ?Sized>(loss: &L) -> Parameters {
    let own = loss.own_parameters();
    let start = Parameters::default().with(Control::Kappa, 1.0);
    own.iter()
        .fold(start, |p, own| p.with(own.control, own.default))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::loss::{hinge::Hinge, perceptron::Perceptron, theta::Theta, window::Window};

    /// Largest deviation of the batch's derivatives by β (L.41) from those of dual arithmetic.
    fn batch_against_duals<L: Piecewise + Loss>(loss: &L, v: f64, beta: f64) -> f64 {
        let p = Parameters {
            beta,
            kappa: 0.7,
            ..Parameters::default()
        };
        let fields: Vec<f64> = (-60..=60).map(|i| 0.25 * f64::from(i)).collect();
        let by = By::Control(Control::Beta);
        let (mut batch, mut duals) = (Jets::default(), Jets::default());
        loss.thermal(&fields, v, &p, Some(by), &mut batch);
        duals.resize(fields.len(), true);
        thermal_by(loss, &fields, v, &p, by, &mut duals);
        let arrays = [
            (&batch.by, &duals.by),
            (&batch.slope_by, &duals.slope_by),
            (&batch.by_by, &duals.by_by),
        ];
        let off = arrays.into_iter().flat_map(|(a, b)| {
            let both = a.iter().zip(b);
            both.map(|(a, b)| (a - b).abs() / (1.0 + b.abs()))
        });
        off.fold(0.0, f64::max)
    }

    #[test]
    fn derivatives_by_temperature_are_those_of_dual_arithmetic() {
        for (v, beta) in [(0.3, 2.0), (0.02, 0.1), (0.9, 30.0), (0.1, 1.0)] {
            let worst = [
                batch_against_duals(&Theta, v, beta),
                batch_against_duals(&Window, v, beta),
                batch_against_duals(&Perceptron, v, beta),
                batch_against_duals(&Hinge, v, beta),
            ];
            assert!(worst.iter().all(|w| *w < 1e-14), "{v} {beta}: {worst:?}");
        }
    }
}
