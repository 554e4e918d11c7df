//! What an answer's rows do not hold: the weights that were found, and what they say of patterns that
//! nothing was learned from.

use super::sample_columns::Sample;
use crate::ask::Request;
use crate::record::{Table, TestFile, Value};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is kept of every sample while a simulation runs.
#[derive(Debug, Default)]
pub struct Kept {
    found: Mutex<Vec<KeptSample>>,
}

/// What one sample found.
#[derive(Clone, Debug)]
struct KeptSample {
    /// Which sample of all.
    number: usize,
    /// Values of what varies between rows, by their names.
    inputs: Vec<(&'static str, Value)>,
    /// The weights, or means; none where nothing was found.
    weights: Option<Vec<f64>>,
    /// What entries of patterns are multiplied with, and the bias.
    classifier: Option<(Vec<f64>, f64)>,
    /// Sums of these products and the bias, for patterns that nothing was learned from.
    fields: Vec<f64>,
}

impl Kept {
    fn found(&self) -> MutexGuard<'_, Vec<KeptSample>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a sample; of classifiers that do not exist nothing.
    pub(super) fn keep(&self, number: usize, inputs: Vec<(&'static str, Value)>, sample: &Sample) {
        let outcome = &sample.outcome;
        let linear = outcome.linear.as_ref();
        let exists = outcome.classified.is_none() || linear.is_some();
        let tested = sample.tested.as_ref();
        self.found().push(KeptSample {
            number,
            inputs,
            weights: exists.then(|| outcome.weights.clone()),
            classifier: linear.map(|linear| (linear.coefficients(), linear.bias)),
            fields: tested.map_or_else(Vec::new, |t| t.tested.fields.clone()),
        });
    }

    /// All samples in their order.
    fn sorted(&self) -> Vec<KeptSample> {
        let mut all = self.found().clone();
        all.sort_by_key(|found| found.number);
        all
    }

    /// A row for each sample: its weights, then its bias; NaN where nothing was found. Rows of
    /// smaller systems end earlier and are filled up with NaN.
    pub fn weights(&self) -> (usize, Vec<f64>) {
        let all = self.sorted();
        let length = |found: &KeptSample| found.weights.as_ref().map_or(0, Vec::len);
        let width = all.iter().map(length).max().unwrap_or(0) + 1;
        let row = |found: &KeptSample| {
            let mut row = found.weights.clone().unwrap_or_default();
            row.resize(width - 1, f64::NAN);
            let bias = found.classifier.as_ref().map(|(_, bias)| *bias);
            row.push(bias.unwrap_or(f64::NAN));
            row
        };
        (all.len(), all.iter().flat_map(row).collect())
    }

    /// A row for each weight and one for the bias, of every sample.
    pub fn weights_table(&self, request: &Request) -> Table {
        let all = self.sorted();
        let systems = request.systems.as_ref();
        let names = systems.and_then(|systems| systems.patterns.as_ref()?.names());
        let mut columns = varying(&all);
        columns.extend(["input", "weight", "coefficient"]);
        let mut table = Table::new(columns);
        for found in &all {
            let start = || found.inputs.iter().map(|(_, value)| value.clone());
            for (i, weight) in found.weights.iter().flatten().enumerate() {
                let name = names.and_then(|names| names.get(i));
                let input = name.map_or(Value::Int(i as i64 + 1), |name| Value::Text(name.clone()));
                let own = found.classifier.as_ref().and_then(|(own, _)| own.get(i));
                let cells = [input, Value::Num(*weight), own.copied().into()];
                table.push(start().chain(cells).collect());
            }
            if let Some((_, bias)) = found.classifier {
                let cells = ["bias".into(), Value::Num(bias), Value::Num(bias)];
                table.push(start().chain(cells).collect());
            }
        }
        table
    }

    /// A row for each pattern that nothing was learned from, of every sample.
    pub fn predictions(&self, request: &Request) -> Table {
        let all = self.sorted();
        let mut columns = varying(&all);
        columns.extend(["pattern", "field", "prediction", "label", "stability"]);
        let mut table = Table::new(columns);
        let systems = request.systems.as_ref();
        let files = systems.and_then(|s| Some((s.patterns.as_ref()?, s.test.as_ref()?)));
        let Some((patterns, test)) = files else {
            return table;
        };
        let label = |y: f64| Value::from(patterns.pair().written(y).as_str());
        for found in &all {
            for (mu, field) in found.fields.iter().enumerate() {
                let known = TestFile::label(test, mu);
                let mut row: Vec<Value> = found.inputs.iter().map(|(_, v)| v.clone()).collect();
                row.extend([
                    Value::Int(mu as i64 + 1),
                    Value::Num(*field),
                    label(*field),
                    known.map_or(Value::Null, label),
                    known.map(|y| y * field).into(),
                ]);
                table.push(row);
            }
        }
        table
    }
}

/// The names of what varies between rows.
fn varying(all: &[KeptSample]) -> Vec<&'static str> {
    let first = all.first().map(|found| &found.inputs);
    let names = first.into_iter().flatten().map(|(name, _)| *name);
    names.collect()
}
