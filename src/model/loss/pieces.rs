//! Pieces of polynomials of degree at most two, from left to right.

use crate::math::Real;
use crate::math::real::Dual2;

/// Numbers that pieces are made of: they may carry derivatives with respect to one parameter.
pub type Number = Dual2<1>;

/// `height + slope (Δ - origin) + ½ bend (Δ - origin)²` from `from` to where the next piece begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<D = Number> {
    /// Lower end; that of the first piece is not looked at: it begins at minus infinity.
    pub from: D,
    /// Stability at which the polynomial is expanded.
    pub origin: D,
    /// Energy there.
    pub height: D,
    /// Slope there.
    pub slope: D,
    /// Second derivative, not negative.
    pub bend: D,
}

/// How many pieces a loss may have.
pub const MOST_PIECES: usize = 8;

/// The pieces of a loss, from left to right.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<D = Number> {
    list: [Piece<D>; MOST_PIECES],
    count: usize,
}

impl<D: Real> Pieces<D> {
    /// No pieces yet.
    pub fn new() -> Self {
        let zero = D::constant(0.0);
        let nothing = Piece {
            from: zero,
            origin: zero,
            height: zero,
            slope: zero,
            bend: zero,
        };
        Pieces {
            list: [nothing; MOST_PIECES],
            count: 0,
        }
    }

    /// With one more piece, to the right of the others.
    ///
    /// # Panics
    /// If there are [`MOST_PIECES`] already: a mistake of the program.
    pub fn with(mut self, piece: Piece<D>) -> Self {
        self.list[self.count] = piece;
        self.count += 1;
        self
    }

    /// With a piece of constant energy.
    pub fn flat(self, from: D, height: f64) -> Self {
        let zero = D::constant(0.0);
        self.with(Piece {
            from,
            origin: from,
            height: D::constant(height),
            slope: zero,
            bend: zero,
        })
    }

    /// With a line through `(at, height)`: the first piece, or one that begins there.
    pub fn line(self, at: D, height: D, slope: f64) -> Self {
        self.with(Piece {
            from: at,
            origin: at,
            height,
            slope: D::constant(slope),
            bend: D::constant(0.0),
        })
    }

    /// With a parabola that touches zero at `origin`.
    pub fn parabola(self, from: D, origin: D, bend: D) -> Self {
        self.with(Piece {
            from,
            origin,
            height: D::constant(0.0),
            slope: D::constant(0.0),
            bend,
        })
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Piece<D>] {
        &self.list[..self.count]
    }

    /// Lower and upper end of a piece; `None` is infinity.
    pub fn ends(&self, i: usize) -> [Option<D>; 2] {
        let from = |i: usize| (i > 0 && i < self.count).then(|| self.list[i].from);
        [from(i), from(i + 1)]
    }

    /// The pieces in another number type.
    pub fn map<E: Real>(&self, number: impl Fn(D) -> E) -> Pieces<E> {
        let piece = |p: Piece<D>| Piece {
            from: number(p.from),
            origin: number(p.origin),
            height: number(p.height),
            slope: number(p.slope),
            bend: number(p.bend),
        };
        Pieces {
            list: self.list.map(piece),
            count: self.count,
        }
    }
}

impl<D: Real> Default for Pieces<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Real> Piece<D> {
    /// `[ℓ, ℓ′, ℓ″]` of the polynomial, inside of the piece or not.
    pub fn at(&self, delta: D) -> [D; 3] {
        let u = delta - self.origin;
        let linear = self.bend * u;
        [
            self.height + u * (self.slope + linear * 0.5),
            self.slope + linear,
            self.bend,
        ]
    }
}
