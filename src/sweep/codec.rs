//! Rows as JSON that reads back bit for bit, and lines that know when they are damaged.

use super::digest;
use crate::record::Value;
use serde_json::{Number, Value as Json, json};

/// What stands before the fingerprint at the end of a line.
const SUM: &str = ",\"sum\":\"";
/// Digits of the fingerprint, and what closes the line after them.
const DIGITS: usize = 16;
const END: &str = "\"}";

/// Adds a fingerprint to a JSON object that is not empty, as its last key.
pub(super) fn sealed(object: &Json) -> String {
    let mut line = object.to_string();
    line.pop();
    let sum = digest::word(line.as_bytes());
    line + SUM + &sum + END
}

/// The object of a sealed line, none where it is not what was written.
pub(super) fn opened(line: &str) -> Option<Json> {
    let (body, sum) = line.strip_suffix(END)?.rsplit_once(SUM)?;
    let whole = sum.len() == DIGITS && sum == digest::word(body.as_bytes());
    let object = whole.then(|| body.to_owned() + "}")?;
    serde_json::from_str(&object).ok()
}

/// A cell. Infinities have no number in JSON.
pub(super) fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Num(x) => match Number::from_f64(*x) {
            Some(number) => Json::Number(number),
            None if x.is_nan() => Json::Null,
            None => json!({ "inf": x.signum() }),
        },
        Value::Text(text) => json!(text),
    }
}

/// The cell that was encoded, none where it is no cell.
pub(super) fn decode(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(number) => match number.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Num(number.as_f64()?),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(infinity) => {
            Value::Num(f64::INFINITY.copysign(infinity.get("inf")?.as_f64()?))
        }
        Json::Array(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_read_back_bit_for_bit() {
        let numbers = [
            0.1 + 0.2,
            1.0,
            -0.0,
            5e-324,
            f64::MAX,
            1e22,
            -1.0 / 3.0,
            123456789.0,
        ];
        let mut cells: Vec<Value> = numbers.map(Value::Num).to_vec();
        cells.extend([f64::INFINITY, f64::NEG_INFINITY].map(Value::Num));
        cells.extend([
            Value::Null,
            Value::Bool(true),
            Value::Int(-3),
            Value::Int(i64::MAX),
        ]);
        cells.extend(["inf", "", "a,\"b\"\n\u{1F}é"].map(Value::from));
        for cell in cells {
            let text = encode(&cell).to_string();
            let back = decode(&serde_json::from_str(&text).unwrap()).unwrap();
            assert_eq!(format!("{back:?}"), format!("{cell:?}"), "{text}");
        }
        assert_eq!(encode(&Value::Num(f64::NAN)), Json::Null);
        assert_eq!(decode(&json!([1])), None);
    }

    #[test]
    fn a_line_that_lost_or_changed_a_byte_does_not_open() {
        let object = json!({ "task": "x", "rows": [[1.5, "a"]] });
        let line = sealed(&object);
        assert_eq!(opened(&line).unwrap(), object);
        for i in 0..line.len() {
            assert_eq!(opened(&line[..i]), None);
            let mut bytes = line.clone().into_bytes();
            bytes[i] ^= 1;
            assert_eq!(opened(&String::from_utf8(bytes).unwrap()), None, "byte {i}");
        }
    }
}
