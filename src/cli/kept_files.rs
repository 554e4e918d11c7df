//! Files for what the rows of a simulation do not hold: weights and predictions.

use super::engine::Kept;
use super::exit::Failure;
use crate::ask::Request;
use crate::error::{Error, InputError};
use crate::record::{Destination, Format, Meta, Record, npy};
use std::path::{Path, PathBuf};

/// Where weights and predictions go, if anywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptFiles {
    /// File of the weights.
    pub(super) weights: Option<PathBuf>,
    /// File of the predictions.
    pub(super) predictions: Option<PathBuf>,
}

/// What goes into a file.
enum Content {
    Weights(Format),
    WeightsForNumpy,
    Predictions(Format),
}

/// A file that was checked, and what goes into it.
pub(super) struct KeptFile {
    destination: Destination,
    content: Content,
}

const WEIGHTS_OUT: &str = "weights-out";
const PREDICTIONS_OUT: &str = "predictions-out";

impl KeptFiles {
    /// The files, checked before anything is computed.
    pub(super) fn destinations(&self, request: &Request) -> Result<Vec<KeptFile>, Failure> {
        let mut files = Vec::new();
        if let Some(path) = &self.weights {
            let ending = path.extension().and_then(|ending| ending.to_str());
            let content = match ending {
                Some(ending) if ending.eq_ignore_ascii_case("npy") => Content::WeightsForNumpy,
                _ => Content::Weights(format(WEIGHTS_OUT, path, ".npy, ")?),
            };
            files.push(KeptFile::new(path, content)?);
        }
        if let Some(path) = &self.predictions {
            let systems = request.systems.as_ref();
            if systems.is_none_or(|systems| systems.test.is_none()) {
                let reason = "there are no patterns to predict";
                let allowed = "leave it out, or add --test FILE";
                let shown = path.display().to_string();
                return Err(InputError::new(PREDICTIONS_OUT, shown, reason, allowed).into());
            }
            let content = Content::Predictions(format(PREDICTIONS_OUT, path, "")?);
            files.push(KeptFile::new(path, content)?);
        }
        Ok(files)
    }
}

/// The format of a table by the ending of its file.
fn format(option: &str, path: &Path, others: &str) -> Result<Format, InputError> {
    let known: Vec<String> = Format::ALL
        .iter()
        .map(|f| format!(".{}", f.name()))
        .collect();
    Format::of_path(path).ok_or_else(|| {
        let shown = path.display().to_string();
        let reason = "its ending names no format";
        InputError::new(
            option,
            shown,
            reason,
            format!("{others}{}", known.join(", ")),
        )
    })
}

impl KeptFile {
    fn new(path: &Path, content: Content) -> Result<Self, Error> {
        Ok(KeptFile {
            destination: Destination::new(path)?,
            content,
        })
    }

    /// Writes what was kept.
    pub(super) fn write(&self, kept: &Kept, request: &Request, meta: &Meta) -> Result<(), Failure> {
        let (table, format) = match self.content {
            Content::WeightsForNumpy => {
                let (rows, values) = kept.weights();
                return Ok(self.destination.write(&npy(rows, &values))?);
            }
            Content::Weights(format) => (kept.weights_table(request), format),
            Content::Predictions(format) => (kept.predictions(request), format),
        };
        let mut bytes = Vec::new();
        let record = Record {
            meta: meta.clone(),
            table,
        };
        record.write(format, &mut bytes).map_err(|error| Failure {
            code: super::exit::FILE,
            line: format!("cannot write {}: {error}", format.name()),
        })?;
        Ok(self.destination.write(&bytes)?)
    }
}
