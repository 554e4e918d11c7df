//! Formats of tidy data, by their names and endings.

use std::path::Path;

/// A format of tidy data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, the meta in leading `#` lines.
    Csv,
    /// `{"meta": {…}, "rows": [{…}, …]}`.
    Json,
    /// Apache Parquet with typed nullable columns, the meta in the file's key-value metadata.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// Every format of this build.
    pub const ALL: &[Format] = &[
        Format::Csv,
        Format::Json,
        #[cfg(feature = "parquet")]
        Format::Parquet,
    ];

    /// Its name, which is its files' ending too.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
            #[cfg(feature = "parquet")]
            Format::Parquet => "parquet",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Format::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// The format that a file's ending names, in either case.
    pub fn of_path(path: &Path) -> Option<Self> {
        Format::parse(&path.extension()?.to_str()?.to_ascii_lowercase())
    }

    /// Whether it is text, which may go to a terminal.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_name_formats() {
        assert_eq!(Format::of_path(Path::new("a/b.CSV")), Some(Format::Csv));
        assert_eq!(Format::of_path(Path::new("b.json")), Some(Format::Json));
        assert_eq!(Format::of_path(Path::new("b.txt")), None);
        assert_eq!(Format::of_path(Path::new("csv")), None);
    }
}
