//! Cursors: the key of the last row, as a tag and hexadecimal parts. They come back through untrusted hands, so
//! reading one may fail but never surprises: a cursor is a position, not a permission.

use doorward_store::StoreFault;
use rusqlite::types::{Type, Value};

/// Writes a key; `tag` keeps the cursors of different listings apart.
pub(crate) fn write(tag: &str, key: &[Value]) -> String {
    let mut text = tag.to_owned();
    for part in key {
        let (mark, bytes) = match part {
            Value::Blob(bytes) => ('b', bytes.clone()),
            Value::Integer(number) => ('i', number.to_be_bytes().to_vec()),
            Value::Text(part) => ('t', part.as_bytes().to_vec()),
            Value::Null | Value::Real(_) => unreachable!("the schema has no key column that is null or real"),
        };
        text.push('.');
        text.push(mark);
        for byte in bytes {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    text
}

/// Reads a key of exactly these types.
pub(crate) fn read(tag: &str, types: &[Type], text: &str) -> Result<Vec<Value>, StoreFault> {
    parse(tag, types, text).ok_or(StoreFault::InvalidCursor)
}

fn parse(tag: &str, types: &[Type], text: &str) -> Option<Vec<Value>> {
    let mut parts = text.split('.');
    if parts.next()? != tag {
        return None;
    }
    let key = types.iter().map(|expected| part(*expected, parts.next()?)).collect::<Option<Vec<_>>>()?;
    parts.next().is_none().then_some(key)
}

fn part(expected: Type, text: &str) -> Option<Value> {
    let (mark, digits) = text.split_at_checked(1)?;
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let bytes = digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect::<Option<Vec<u8>>>()?;
    match (mark, expected) {
        ("b", Type::Blob) => Some(Value::Blob(bytes)),
        ("i", Type::Integer) => Some(Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?))),
        ("t", Type::Text) => Some(Value::Text(String::from_utf8(bytes).ok()?)),
        _ => None,
    }
}

fn nibble(digit: u8) -> Option<u8> {
    DIGITS.iter().position(|known| *known == digit).and_then(|value| u8::try_from(value).ok())
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back(name in ".{0,40}", id in prop::array::uniform16(any::<u8>()), number in any::<i64>()) {
            let key = vec![Value::Text(name), Value::Blob(id.to_vec()), Value::Integer(number)];
            let text = write("users", &key);
            let types = [Type::Text, Type::Blob, Type::Integer];
            prop_assert_eq!(read("users", &types, &text).unwrap(), key);
            prop_assert!(read("clients", &types, &text).is_err());
        }

        #[test]
        fn a_forged_cursor_is_refused_and_never_panics(text in ".{0,60}") {
            prop_assume!(!text.starts_with("users"));
            prop_assert!(read("users", &[Type::Blob], &text).is_err());
            let _ = read("users", &[Type::Blob], &format!("users.{text}"));
        }
    }
}
