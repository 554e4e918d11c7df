//! A record as an Apache Parquet file: one row group, uncompressed, every column nullable.

use super::table::{Table, Value, plain};
use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};
use std::io::{self, Write};
use std::sync::Arc;

/// Key of the meta, as JSON, in the file's key-value metadata.
const META_KEY: &str = "quenched";

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bool,
    Int,
    Num,
    Text,
}

/// Writes a table with its meta, as JSON.
pub(super) fn write(meta: String, table: &Table, out: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut buffer = Vec::new();
    encode(table, meta, &mut buffer).map_err(io::Error::other)?;
    out.write_all(&buffer)
}

fn encode(table: &Table, meta: String, buffer: &mut Vec<u8>) -> Result<()> {
    let kinds: Vec<Kind> = (0..table.columns().len()).map(|i| kind(table, i)).collect();
    let properties = WriterProperties::builder()
        .set_created_by(concat!("quenched ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(META_KEY.to_owned(), meta)]))
        .build();
    let schema = schema(table, &kinds)?;
    let mut file = SerializedFileWriter::new(buffer, schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for (i, kind) in kinds.iter().enumerate() {
        let cells = table.rows().iter().map(|row| &row[i]);
        match kind {
            Kind::Bool => column::<BoolType>(&mut group, cells.map(boolean))?,
            Kind::Int => column::<Int64Type>(&mut group, cells.map(integer))?,
            Kind::Num => column::<DoubleType>(&mut group, cells.map(number))?,
            Kind::Text => column::<ByteArrayType>(&mut group, cells.map(text))?,
        }
    }
    group.close()?;
    file.close()?;
    Ok(())
}

fn schema(table: &Table, kinds: &[Kind]) -> Result<TypePtr> {
    let field = |(name, kind): (&String, &Kind)| {
        let (physical, logical) = match kind {
            Kind::Bool => (Physical::BOOLEAN, None),
            Kind::Int => (Physical::INT64, None),
            Kind::Num => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let fields = table.columns().iter().zip(kinds).map(field);
    let group = Type::group_type_builder("rows").with_fields(fields.collect::<Result<_>>()?);
    Ok(Arc::new(group.build()?))
}

/// The narrowest kind that holds every cell; numbers where no cell has a value.
fn kind(table: &Table, i: usize) -> Kind {
    let of = |value: &Value| match value {
        Value::Null => None,
        Value::Bool(_) => Some(Kind::Bool),
        Value::Int(_) => Some(Kind::Int),
        Value::Num(_) => Some(Kind::Num),
        Value::Text(_) => Some(Kind::Text),
    };
    let wider = |a: Kind, b: Kind| match (a, b) {
        _ if a == b => a,
        (Kind::Int, Kind::Num) | (Kind::Num, Kind::Int) => Kind::Num,
        _ => Kind::Text,
    };
    let kinds = table.rows().iter().filter_map(|row| of(&row[i]));
    kinds.reduce(wider).unwrap_or(Kind::Num)
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = cells.collect();
    let present: Vec<i16> = cells.iter().map(|c| i16::from(c.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    let Some(mut writer) = group.next_column()? else {
        return Ok(());
    };
    writer
        .typed::<T>()
        .write_batch(&values, Some(&present), None)?;
    writer.close()
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_number().filter(|x| !x.is_nan())
}

fn text(value: &Value) -> Option<ByteArray> {
    match value {
        Value::Null => None,
        other => Some(plain(other).into_bytes().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::Format;
    use super::super::meta::Meta;
    use super::super::table_file::Record;
    use super::*;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::{Field, Row};

    fn bytes(record: &Record) -> Vec<u8> {
        let mut bytes = Vec::new();
        record.write(Format::Parquet, &mut bytes).unwrap();
        bytes
    }

    fn fields(row: Row) -> Vec<Field> {
        row.into_columns()
            .into_iter()
            .map(|(_, field)| field)
            .collect()
    }

    fn reader(record: &Record) -> SerializedFileReader<bytes::Bytes> {
        SerializedFileReader::new(bytes::Bytes::from(bytes(record))).unwrap()
    }

    fn record(table: Table) -> Record {
        let meta = Meta {
            command: "quenched solve".to_owned(),
            ..Meta::default()
        };
        Record { meta, table }
    }

    #[test]
    fn columns_are_typed_nullable_and_round_trip() {
        let (x, inf) = (0.1 + 0.2, f64::INFINITY);
        let columns: [(Vec<Value>, [Field; 2]); 5] = [
            (
                vec![x.into(), inf.into()],
                [Field::Double(x), Field::Double(inf)],
            ),
            (
                vec![Value::Int(3), 0.5.into()],
                [Field::Double(3.0), Field::Double(0.5)],
            ),
            (
                vec![Value::Int(-1), Value::Null],
                [Field::Long(-1), Field::Null],
            ),
            (
                vec![Value::Null, true.into()],
                [Field::Null, Field::Bool(true)],
            ),
            (
                vec!["é".into(), Value::Null],
                [Field::Str("é".to_owned()), Field::Null],
            ),
        ];
        let mut table = Table::new(["x", "mixed", "n", "ok", "status", "void"]);
        for i in 0..2 {
            let mut row: Vec<Value> = columns.iter().map(|(cells, _)| cells[i].clone()).collect();
            row.push(Value::Null);
            table.push(row);
        }
        let file = reader(&record(table));
        for (i, row) in file.get_row_iter(None).unwrap().enumerate() {
            let mut expected: Vec<Field> = columns.iter().map(|(_, f)| f[i].clone()).collect();
            expected.push(Field::Null);
            assert_eq!(fields(row.unwrap()), expected);
        }
        assert_eq!(file.metadata().file_metadata().num_rows(), 2);
    }

    #[test]
    fn the_meta_stands_in_the_key_value_metadata() {
        let record = record(Table::new(["x"]));
        let file = reader(&record);
        let pairs = file.metadata().file_metadata().key_value_metadata();
        let meta = pairs.unwrap().iter().find(|p| p.key == META_KEY).unwrap();
        assert_eq!(meta.value, Some(record.meta.to_json().unwrap()));
    }

    #[test]
    fn equal_records_give_equal_bytes() {
        let mut table = Table::new(["status"]);
        for i in 0..100 {
            table.push(vec![if i % 3 == 0 { "ok" } else { "no_solution" }.into()]);
        }
        let meta = Meta::default();
        let record = Record { meta, table };
        assert_eq!(bytes(&record), bytes(&record.clone()));
    }
}
