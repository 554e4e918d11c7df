//! A classifier on patterns that nothing was learned from.

use crate::message_passing::RealMatrix;
pub use crate::search::centroids::Linear;

/// How a classifier does on patterns that nothing was learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// `w·x/√N + b` for each pattern.
    pub fields: Vec<f64>,
    /// Patterns that are misclassified; none where labels are not known.
    pub errors: Option<usize>,
}

impl Tested {
    /// Of these patterns, with their labels.
    pub fn of(classifier: &Linear, patterns: &RealMatrix, labels: Option<&[f64]>) -> Self {
        let root = (patterns.columns() as f64).sqrt();
        let field = |mu: usize| {
            let pairs = patterns.row(mu).iter().zip(&classifier.weights);
            pairs.map(|(x, w)| x * w).sum::<f64>() / root + classifier.bias
        };
        let fields: Vec<f64> = (0..patterns.rows()).map(field).collect();
        let wrong = |labels: &[f64]| {
            let pairs = fields.iter().zip(labels);
            pairs.filter(|(field, y)| **field * **y <= 0.0).count()
        };
        Tested {
            errors: labels.map(wrong),
            fields,
        }
    }

    /// Smallest and mean stability; none where labels are not known.
    pub fn stabilities(&self, labels: Option<&[f64]>) -> Option<[f64; 2]> {
        let labels = labels?;
        let own = self.fields.iter().zip(labels).map(|(field, y)| field * y);
        let own: Vec<f64> = own.collect();
        let least = own.iter().copied().fold(f64::INFINITY, f64::min);
        Some([least, own.iter().sum::<f64>() / own.len() as f64])
    }
}
