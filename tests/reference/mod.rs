//! Reading the reference values of this folder and comparing with them.

use serde_json::Value;

/// A file of this folder.
pub fn table(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the reference file is part of the repository");
    serde_json::from_str(&text).expect("valid JSON")
}

/// A value to compare with, if the file has one.
pub trait Wanted {
    fn number(self) -> Option<f64>;
}

impl Wanted for Option<f64> {
    fn number(self) -> Option<f64> {
        self
    }
}

impl Wanted for &Value {
    fn number(self) -> Option<f64> {
        self.as_f64()
    }
}

/// Collects disagreements, so that a failing test shows all of them, and the largest difference met
/// of each quantity.
#[derive(Default)]
pub struct Ledger {
    compared: usize,
    failures: Vec<String>,
    largest: Vec<(String, f64)>,
}

impl Ledger {
    /// Compares with a tolerance relative to the larger of 1 and the value.
    pub fn close(
        &mut self,
        label: &str,
        what: &str,
        got: Option<f64>,
        want: impl Wanted,
        tolerance: f64,
    ) {
        let Some(want) = want.number() else { return };
        let difference = got.map_or(f64::NAN, |got| (got - want).abs() / want.abs().max(1.0));
        match self.largest.iter_mut().find(|(name, _)| name == what) {
            Some((_, largest)) => *largest = largest.max(difference),
            None => self.largest.push((what.to_owned(), difference)),
        }
        self.check(
            &format!("{label} {what}: {got:?} instead of {want}"),
            difference <= tolerance,
        );
    }

    /// Notes what does not hold.
    pub fn check(&mut self, label: &str, holds: bool) {
        self.compared += 1;
        if !holds {
            self.failures.push(label.to_owned());
        }
    }

    /// Fails if anything did not hold, or if less was compared than there is.
    pub fn end(self, at_least: usize) {
        println!("{} comparisons {:?}", self.compared, self.largest);
        assert!(self.compared >= at_least, "only {}", self.compared);
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}
