//! Special functions on whole slices, and weighted sums of slices.
//!
//! Every function is written once, as a loop without branches, and compiled for AVX-512, for AVX2
//! with FMA and for what the build targets; the processor decides at the first call
//! ([`instruction_set`]).
//!
//! | function | fills | largest relative error |
//! | --- | --- | --- |
//! | [`exp`], [`ln`] | `e^x`, `ln x` | 2.3e-16 |
//! | [`gauss`] | density `G` of the standard normal law | 2.3e-16 |
//! | [`tail`] | `ln H`, `g = G/H`, `g - x` (GA.2) | 1e-15, 8e-16, 8e-16 |
//! | [`tail_split`] | `H` and `g` without a logarithm | `g` 8e-16 |
//! | [`cosh`] | `ln 2cosh`, `tanh`, `1/cosh²` | 5e-16, 5e-16, 8e-16 |
//! | [`softplus`] | `ln(1 + e^{-x})`, its slope and curvature | 5e-16, 5e-16, 8e-16 |
//!
//! Errors are those for `|x| ≤ 1e8`, against 50-digit tables and with or without fused
//! multiply-adds (`tests/theory/wide_kernels.rs`). Numbers below about 1e-307 are returned as zero or with
//! fewer digits: `G(x)`, and with it `ln H(-x)`, for `x > 37.5`. Infinite arguments give the limits,
//! NaN gives NaN.
//!
//! AVX2 and AVX-512 give the same bits, in the sums too: these have eight partial sums ([`LANES`])
//! that are added in one order ([`fold`]) on every machine. Without fused multiply-adds the last
//! bits differ.

mod coefficients;
pub(crate) mod isa;
pub(crate) mod kernels;
mod slices;

#[cfg(test)]
mod tests;

#[allow(unused_imports, reason = "for loops elsewhere in the crate")]
pub(crate) use isa::dispatch;
pub use slices::{
    LANES, Moments, contract, cosh, cosh1, dot, dot3, exp, exp1, fold, gauss, gauss1,
    instruction_set, ln, ln1, moments, powers, softplus, softplus1, tail, tail_split, tail_split1,
    tail1,
};
