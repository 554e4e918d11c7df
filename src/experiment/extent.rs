//! How much of a sample is measured.

/// What is measured beside the outcome itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Extent {
    /// Nothing.
    #[default]
    Outcome,
    /// So many iterations from zero means, beside state evolution, instead of a fixed point.
    Path(usize),
    /// The solutions and errors at these distances from the configuration that was found.
    Neighbourhood(Vec<f64>),
}
