//! Reading the reference values of this folder and comparing with them.
//!
//! What a test asks for is there, or the test fails with the file and the place in it: a missing
//! key, a list of nothing and a value of another kind are never passed over. `null` in a file says
//! that its computation has no such value; only [`Entry::found`] takes it.

// Each crate of tests uses some of it.
#![allow(dead_code)]

use serde_json::Value;
use std::fmt;

/// A value of a file, with its place.
#[derive(Clone)]
pub struct Entry {
    place: String,
    value: &'static Value,
}

/// A file of this folder.
pub fn table(name: &str) -> Entry {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    Entry::new(name, value)
}

impl Entry {
    /// A value that is no file's, for the tests of this reader.
    pub fn new(name: &str, value: Value) -> Entry {
        Entry {
            place: name.to_owned(),
            value: Box::leak(Box::new(value)),
        }
    }

    fn wrong(&self, wanted: &str) -> ! {
        panic!("{}: {wanted} instead of {}", self.place, self.value)
    }

    fn below(&self, place: String, value: Option<&'static Value>) -> Entry {
        match value {
            Some(value) => Entry { place, value },
            None => panic!("{place}: missing"),
        }
    }

    /// What has this name here.
    pub fn at(&self, key: &str) -> Entry {
        self.below(format!("{}, {key}", self.place), self.value.get(key))
    }

    /// What has this place in a list.
    pub fn nth(&self, i: usize) -> Entry {
        self.below(format!("{}, {i}", self.place), self.value.get(i))
    }

    /// Whether there is such a name: for what only some rows have.
    pub fn has(&self, key: &str) -> bool {
        match self.value {
            Value::Object(map) => map.contains_key(key),
            _ => self.wrong("names"),
        }
    }

    /// Whether the file says that there is no such value.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// This number; `"inf"` is one.
    pub fn value(&self) -> f64 {
        match self.value {
            Value::String(s) if s == "inf" => f64::INFINITY,
            other => other.as_f64().unwrap_or_else(|| self.wrong("a number")),
        }
    }

    /// This number, or none for `null`.
    pub fn value_if_any(&self) -> Option<f64> {
        (!self.is_null()).then(|| self.value())
    }

    /// The number in this place of a list, or none for `null`.
    pub fn item(&self, i: usize) -> Option<f64> {
        self.nth(i).value_if_any()
    }

    /// The number of this name.
    pub fn number(&self, key: &str) -> f64 {
        self.at(key).value()
    }

    /// The number of this name, or none where the file has `null` for it.
    pub fn found(&self, key: &str) -> Option<f64> {
        self.at(key).value_if_any()
    }

    /// The whole number of this name.
    pub fn whole(&self, key: &str) -> usize {
        let here = self.at(key);
        let whole = here.value.as_u64().map(|n| n as usize);
        whole.unwrap_or_else(|| here.wrong("a whole number"))
    }

    /// The text of this name.
    pub fn text(&self, key: &str) -> &'static str {
        let here = self.at(key);
        here.value.as_str().unwrap_or_else(|| here.wrong("a text"))
    }

    /// The truth value of this name.
    pub fn flag(&self, key: &str) -> bool {
        let here = self.at(key);
        let flag = here.value.as_bool();
        flag.unwrap_or_else(|| here.wrong("true or false"))
    }

    /// The list of this name, which may hold nothing.
    pub fn rows_if_any(&self, key: &str) -> Vec<Entry> {
        let here = self.at(key);
        match here.value {
            Value::Array(list) => (0..list.len()).map(|i| here.nth(i)).collect(),
            _ => here.wrong("a list"),
        }
    }

    /// The list of this name, which holds something.
    pub fn rows(&self, key: &str) -> Vec<Entry> {
        let rows = self.rows_if_any(key);
        assert!(!rows.is_empty(), "{}, {key}: an empty list", self.place);
        rows
    }

    /// The numbers of the list of this name.
    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.rows(key).iter().map(Entry::value).collect()
    }

    /// Whether both are the same value.
    pub fn same(&self, other: &Entry) -> bool {
        self.value == other.value
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Arguments and exact values of `special/ref-NAME-mpmath.txt`, without those that leave the range of
/// doubles: `points` of them.
pub fn special(name: &str, points: usize) -> (Vec<f64>, Vec<f64>) {
    let folder = format!("{}/tests/reference/special", env!("CARGO_MANIFEST_DIR"));
    let path = format!("{folder}/ref-{name}-mpmath.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let (mut x, mut exact) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let number = |text: &str| -> f64 {
            let number = text.parse();
            number.unwrap_or_else(|_| panic!("{path}: {text} in {line}"))
        };
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [at, value, "ok"] => {
                x.push(number(at));
                exact.push(number(value));
            }
            [_, _, "tiny" | "huge"] => {}
            _ => panic!("{path}: {line}"),
        }
    }
    assert_eq!(x.len(), points, "points in {path}");
    (x, exact)
}

/// A value to compare with; none where a file says `null`.
pub trait Wanted {
    fn wanted(self) -> Option<f64>;
}

impl Wanted for f64 {
    fn wanted(self) -> Option<f64> {
        Some(self)
    }
}

impl Wanted for Option<f64> {
    fn wanted(self) -> Option<f64> {
        self
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
    /// Compares with a tolerance relative to the larger of 1 and the value. Where the file says
    /// `null` nothing is compared, and nothing counted.
    pub fn close(
        &mut self,
        label: &str,
        what: &str,
        got: Option<f64>,
        want: impl Wanted,
        tolerance: f64,
    ) {
        let Some(want) = want.wanted() else { return };
        let difference = got.map_or(f64::NAN, |got| (got - want).abs() / want.abs().max(1.0));
        match self.largest.iter_mut().find(|(name, _)| name == what) {
            // A difference that is no number stays.
            Some((_, largest)) if difference.is_nan() || difference > *largest => {
                *largest = difference;
            }
            Some(_) => {}
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

    /// Fails if anything did not hold, or if the number of comparisons is not this one.
    pub fn end(self, comparisons: usize) {
        println!("{} comparisons {:?}", self.compared, self.largest);
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert_eq!(self.compared, comparisons, "comparisons");
    }
}
