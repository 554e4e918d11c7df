//! Which column of a table holds the labels, and which label is +1.

use super::data_file::{Cell, Sheet, is_missing};
use super::pattern_options::LABEL_COLUMN;
use crate::error::{InputError, shown};

/// Names of a column of labels; without a line of names it is the last one.
const LABEL_NAMES: [&str; 4] = ["label", "labels", "target", "class"];
/// A name of labels, or of a coordinate beside those of [`COORDINATES`].
const WEAK_NAME: &str = "y";
const COORDINATES: [&str; 3] = ["x", "z", "x1"];

/// Where a column of labels is looked for: a table, and the option and name of its file.
#[derive(Clone, Copy)]
pub(super) struct Labelled<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) option: &'static str,
    pub(super) file: &'a str,
}

impl Labelled<'_> {
    fn names(&self) -> &[String] {
        self.sheet.names().unwrap_or(&[])
    }

    /// A column by its name, or by its number where there are no names.
    fn title(&self, column: usize) -> String {
        match self.names().get(column) {
            Some(name) => format!("column {}, {}", self.sheet.origin(column), shown(name)),
            None => format!("column {}", self.sheet.origin(column)),
        }
    }

    /// The columns with one of these names.
    fn named(&self, wanted: &[&str]) -> Vec<usize> {
        let names = self.names().iter().enumerate();
        let named = names.filter(|(_, name)| wanted.contains(&name.to_ascii_lowercase().as_str()));
        named.map(|(i, _)| i).collect()
    }

    /// The columns whose names say that they hold labels.
    pub(super) fn of_labels(&self) -> Vec<usize> {
        self.named(&LABEL_NAMES)
    }

    /// The column of labels, and what there is to say of the choice.
    pub(super) fn column(
        &self,
        typed: Option<&str>,
    ) -> Result<(usize, Option<String>), InputError> {
        if let Some(typed) = typed {
            return Ok((self.typed(typed)?, None));
        }
        let last = self.sheet.columns() - 1;
        match (&self.of_labels()[..], &self.named(&[WEAK_NAME])[..]) {
            ([only], _) => return Ok((*only, None)),
            ([first, second, ..], _) => return Err(self.ambiguous(*first, *second)),
            ([], [only]) => return self.weak(*only, last),
            ([], [first, second, ..]) => return Err(self.ambiguous(*first, *second)),
            ([], []) => {}
        }
        let words = |column: &usize| {
            let mut cells = self.sheet.column(*column);
            self.sheet.rows() > 0
                && cells.all(|cell| matches!(cell, Cell::Other(text) if !is_missing(text)))
        };
        let columns = 0..self.sheet.columns();
        match columns.filter(words).collect::<Vec<_>>()[..] {
            [only] if only != last => {
                let remark = format!("{} holds words: these are the labels", self.title(only));
                Ok((only, Some(remark)))
            }
            _ => Ok((last, None)),
        }
    }

    /// A column named `y`: labels, unless it is one coordinate among others.
    fn weak(&self, column: usize, last: usize) -> Result<(usize, Option<String>), InputError> {
        if column == last || self.named(&COORDINATES).is_empty() {
            return Ok((column, None));
        }
        match (self.holds_two(column), self.holds_two(last)) {
            (true, true) => Err(self.ambiguous(column, last)),
            (false, true) => {
                let remark = format!("{} is taken for the labels", self.title(last));
                Ok((last, Some(remark)))
            }
            _ => Ok((column, None)),
        }
    }

    /// Whether a column has two different values.
    fn holds_two(&self, column: usize) -> bool {
        let mut known: Vec<Cell> = Vec::new();
        for cell in self.sheet.column(column) {
            if !known.contains(&cell) {
                known.push(cell);
            }
            if known.len() > 2 {
                return false;
            }
        }
        known.len() == 2
    }

    fn ambiguous(&self, first: usize, second: usize) -> InputError {
        let reason = format!(
            "{}: both {} and {} may hold the labels",
            self.sheet.header_place(),
            self.title(first),
            self.title(second)
        );
        let allowed = format!("--{LABEL_COLUMN} NAME beside it, which says which");
        InputError::new(self.option, self.file, reason, allowed)
    }

    fn typed(&self, typed: &str) -> Result<usize, InputError> {
        let names = self.names();
        let exact: Vec<usize> = (0..names.len()).filter(|i| names[*i] == typed).collect();
        let number = || {
            let number: usize = typed.parse().ok()?;
            (0..self.sheet.columns()).find(|i| self.sheet.origin(*i) == number)
        };
        let reason = match (&exact[..], names.is_empty()) {
            ([only], _) => return Ok(*only),
            ([_, _, ..], _) => format!("{} has more than one column of this name", self.file),
            ([], true) => match number() {
                Some(column) => return Ok(column),
                None => format!("{} has no line of names", self.file),
            },
            ([], false) => format!("{} has no such column", self.file),
        };
        let allowed = match names.is_empty() {
            true => format!("a number, 1 to {}", self.sheet.columns()),
            false => names
                .iter()
                .map(|n| shown(n))
                .collect::<Vec<_>>()
                .join(", "),
        };
        Err(InputError::new(LABEL_COLUMN, typed, reason, allowed))
    }

    /// Columns other than this one that could hold the labels, as a hint.
    pub(super) fn others(&self, column: usize) -> String {
        let fitting = (0..self.sheet.columns()).filter(|i| *i != column && self.holds_two(*i));
        let fitting: Vec<String> = fitting.map(|i| self.title(i)).take(2).collect();
        match &fitting[..] {
            [only] => format!(", or --{LABEL_COLUMN} where another column holds them ({only}?)"),
            _ => format!(", or --{LABEL_COLUMN} where another column holds them"),
        }
    }
}

/// The two labels of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelPair {
    /// The one that is -1, as written; none where no pattern has it.
    pub minus: Option<String>,
    /// The one that is +1.
    pub plus: Option<String>,
    /// Whether they are words.
    pub words: bool,
}

impl LabelPair {
    /// The label of a sign as it is written.
    pub fn written(&self, sign: f64) -> String {
        let (label, alone) = match sign > 0.0 {
            true => (&self.plus, "1"),
            false => (&self.minus, "-1"),
        };
        label.clone().unwrap_or_else(|| alone.to_owned())
    }

    /// What there is to say of words.
    pub(super) fn remark(&self) -> Option<String> {
        let [minus, plus] = [&self.minus, &self.plus].map(|label| label.as_deref().map(shown));
        match (self.words, minus, plus) {
            (true, Some(minus), Some(plus)) => {
                Some(format!("label {plus} is +1, label {minus} is -1"))
            }
            (true, None, Some(plus)) => Some(format!("label {plus} is +1, there is no other")),
            _ => None,
        }
    }

    /// The sign of a label; none of one that is neither.
    pub(super) fn sign(&self, cell: Cell) -> Option<f64> {
        let is = |label: &Option<String>| match (label, cell) {
            (Some(label), Cell::Number(x)) => !self.words && label.parse() == Ok(x),
            (Some(label), Cell::Other(text)) => self.words && label == text,
            (None, _) => false,
        };
        if is(&self.plus) {
            Some(1.0)
        } else {
            is(&self.minus).then_some(-1.0)
        }
    }
}

/// The labels in a column as signs: of two numbers the larger one is +1, of two words the later one
/// in the alphabet. A single number is told by its own sign.
///
/// # Errors
/// The reason.
pub(super) fn two_labels(sheet: &Sheet, column: usize) -> Result<(Vec<f64>, LabelPair), String> {
    let mut known: Vec<Cell> = Vec::new();
    for row in 0..sheet.rows() {
        let cell = sheet.cell(row, column);
        let words = matches!(known.first().unwrap_or(&cell), Cell::Other(_));
        let reason = match cell {
            Cell::Other(text) if !words => format!("{} is no finite number", shown(text)),
            Cell::Other(text) if is_missing(text) => format!("{} is no label", shown(text)),
            Cell::Number(x) if words => format!("{x} is a number, the labels before are words"),
            _ if known.contains(&cell) => continue,
            _ if known.len() == 2 => format!(
                "{} is a third label after {} and {}",
                written(cell),
                written(known[0]),
                written(known[1])
            ),
            _ => {
                known.push(cell);
                continue;
            }
        };
        return Err(format!("{}: {reason}", sheet.place(row, column)));
    }
    let pair = pair(&known);
    let signs = sheet
        .column(column)
        .map(|cell| pair.sign(cell).unwrap_or(1.0));
    Ok((signs.collect(), pair))
}

fn written(cell: Cell) -> String {
    match cell {
        Cell::Number(x) => x.to_string(),
        Cell::Other(text) => shown(text),
    }
}

fn pair(known: &[Cell]) -> LabelPair {
    let text = |cell: Cell| match cell {
        Cell::Number(x) => x.to_string(),
        Cell::Other(text) => text.to_owned(),
    };
    let later = |a: Cell, b: Cell| match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a > b,
        // + stands before - in the alphabet of computers.
        (Cell::Other("+"), Cell::Other("-")) => true,
        (Cell::Other("-"), Cell::Other("+")) => false,
        (Cell::Other(a), Cell::Other(b)) => (a.to_lowercase(), a) > (b.to_lowercase(), b),
        _ => false,
    };
    let words = matches!(known.first(), Some(Cell::Other(_)));
    let (minus, plus) = match *known {
        [a, b] if later(a, b) => (Some(b), Some(a)),
        [a, b] => (Some(a), Some(b)),
        [Cell::Number(x)] if x <= 0.0 => (Some(known[0]), None),
        [a] => (None, Some(a)),
        _ => (None, None),
    };
    LabelPair {
        minus: minus.map(text),
        plus: plus.map(text),
        words,
    }
}
