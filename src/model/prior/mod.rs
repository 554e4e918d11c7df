//! The law of one weight.
//!
//! A new prior is one file beside this one and one line in [`registered`]; the law tests then hold it
//! to what [`Prior`] says.

pub mod atoms;
pub mod binary;
pub mod definition;
pub mod gaussian;
pub mod laplace;
pub mod spherical;
pub mod ternary;

#[cfg(test)]
mod tests;

pub use atoms::Atoms;
pub use binary::Binary;
pub use definition::{Alphabet, Norm, Prior};
pub use gaussian::Gaussian;
pub use laplace::Laplace;
pub use spherical::Spherical;
pub use ternary::Ternary;

use super::site::{By, Jets, Site};
use crate::math::Feature;
use std::sync::Arc;

/// A prior as a site: its own variance is the precision.
#[derive(Clone, Debug)]
pub struct Weight(pub Arc<dyn Prior>);

impl Site for Weight {
    fn fill(&self, fields: &[f64], own: f64, by: Option<By>, out: &mut Jets) {
        self.0.fill(fields, own, by == Some(By::Variance), out);
    }

    fn features(&self, own: f64, out: &mut Vec<Feature>) {
        self.0.features(own, out);
    }
}

/// The uniform law on the sphere: that of classifiers of which only the direction matters.
pub fn sphere() -> Arc<dyn Prior> {
    Arc::new(Spherical)
}

/// Every prior with a name of its own, in the order of the help.
pub fn registered() -> Vec<Arc<dyn Prior>> {
    vec![
        Arc::new(Binary),
        Arc::new(Spherical),
        Arc::new(Ternary),
        Arc::new(Gaussian::unit()),
        Arc::new(Laplace),
    ]
}

/// The prior of this name: a registered one, or `atoms:V[@P],…`.
///
/// # Errors
///
/// A sentence for people: what names there are, or what is wrong with the atoms.
pub fn by_name(name: &str) -> Result<Arc<dyn Prior>, String> {
    if let Some(list) = name.strip_prefix("atoms:") {
        return Ok(Arc::new(Atoms::parse(list)?));
    }
    let known = registered();
    if let Some(prior) = known.iter().find(|prior| prior.name() == name) {
        return Ok(prior.clone());
    }
    let names: Vec<String> = known.iter().map(|prior| prior.name()).collect();
    let names = names.join(", ");
    Err(format!(
        "no weights are called \"{name}\"; there are {names} and atoms:V[@P],…"
    ))
}
