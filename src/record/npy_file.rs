//! Arrays for NumPy.

/// An array of doubles, row after row, as the bytes of an npy file.
pub fn npy(rows: usize, values: &[f64]) -> Vec<u8> {
    let columns = values.len().checked_div(rows).unwrap_or(0);
    let mut header =
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // Magic, version and length take ten bytes; the entries begin at a multiple of 64.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(padded - 1 - header.len()));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::data_file::{Cell, parse};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let values = [0.1, -2.0, 3.5, 1e-300, 5.0, 6.0];
        let bytes = npy(2, &values);
        assert_eq!((bytes.len() - 48) % 64, 0);
        let sheet = parse("a.npy", &bytes).unwrap();
        assert_eq!([sheet.rows(), sheet.columns()], [2, 3]);
        for (k, value) in values.iter().enumerate() {
            assert_eq!(sheet.cell(k / 3, k % 3), Cell::Number(*value));
        }
    }
}
