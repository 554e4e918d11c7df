//! Tables in Apache Parquet: columns of numbers, booleans and words.

use super::sheet::Sheet;
use super::unreadable::{Unreadable, malformed};
use crate::record::free_memory;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use ::parquet::record::Field;

/// The table in a file.
///
/// # Errors
/// [`Unreadable`].
pub(super) fn read<R: ChunkReader + 'static>(file: R) -> Result<Sheet, Unreadable> {
    let reader = SerializedFileReader::new(file).map_err(said)?;
    let about = reader.metadata().file_metadata();
    let fields = about.schema().get_fields();
    if let Some(nested) = fields.iter().find(|field| !field.is_primitive()) {
        let name = crate::error::shown(nested.name());
        return Err(malformed(format!(
            "column {name} holds more than one value a row"
        )));
    }
    let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let rows = u64::try_from(about.num_rows()).unwrap_or(0);
    let count = rows.saturating_mul(names.len() as u64);
    let refusal = free_memory::refusal("its numbers", count.saturating_mul(24));
    refusal.map_or(Ok(()), |reason| Err(malformed(reason)))?;
    let mut sheet = Sheet::new("row", names.len());
    let iterator = reader.get_row_iter(None).map_err(said)?;
    for (number, row) in (1..).zip(iterator) {
        let row = row.map_err(said)?.into_columns();
        if row.len() != names.len() {
            return Err(malformed(format!("row {number} is not complete")));
        }
        sheet.start_row(number)?;
        row.iter().for_each(|(_, field)| put(&mut sheet, field));
    }
    sheet.set_names(names, 1);
    Ok(sheet)
}

/// What the reader says, in short.
fn said(error: ParquetError) -> Unreadable {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("").to_owned();
    malformed(format!("it is not read as parquet: {line}"))
}

fn put(sheet: &mut Sheet, field: &Field) {
    let number = match field {
        Field::Null => return sheet.push_other(String::new()),
        Field::Bool(x) => f64::from(u8::from(*x)),
        Field::Byte(x) => f64::from(*x),
        Field::Short(x) => f64::from(*x),
        Field::Int(x) => f64::from(*x),
        Field::Long(x) => *x as f64,
        Field::UByte(x) => f64::from(*x),
        Field::UShort(x) => f64::from(*x),
        Field::UInt(x) => f64::from(*x),
        Field::ULong(x) => *x as f64,
        Field::Float16(x) => x.to_f64(),
        Field::Float(x) => f64::from(*x),
        Field::Double(x) => *x,
        Field::Str(word) => return sheet.push(word.trim()),
        other => return sheet.push_other(other.to_string()),
    };
    sheet.push_number(number);
}
