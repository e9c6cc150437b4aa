//! The query of an address: pairs of keys and values, as browsers encode forms. No DOM.
//!
//! A browser reads `+` as a space, and so do we: `t=1+2+3` is three numbers. But people also type `v=1e+3` and `v=0x1p+3` into the address
//! bar, where the `+` can only be the sign of an exponent; a `+` that stands where such a sign stands stays one. (Other signs need no care:
//! a number means the same with and without a leading plus.) What we write has neither: a space is `%20` and a plus `%2B`, so that our
//! links have one reading, everywhere.
//!
//! Otherwise this is the `application/x-www-form-urlencoded` parser of the URL standard: malformed escapes stay as they are, bytes that are
//! not UTF-8 become U+FFFD, and of a key that comes twice the first one holds.

use std::collections::BTreeMap;

/// Bytes that stand for themselves in what we write.
const PLAIN: &[u8] = b"-._~*/:@,;";

/// The values of a query string, with or without its `?`.
pub fn parse(search: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let search = search.strip_prefix('?').unwrap_or(search);
    for pair in search.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        values.entry(unescaped(&key.replace('+', " "))).or_insert_with(|| with_signs(value));
    }
    values
}

/// One pair more at the end of a query.
pub fn append(query: &mut String, key: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    escape(query, key);
    query.push('=');
    escape(query, value);
}

/// A value whose `+` are spaces, or signs of exponents.
fn with_signs(value: &str) -> String {
    let mut parts = value.split('+').map(unescaped);
    let mut out = parts.next().unwrap_or_default();
    for part in parts {
        let is_sign = part.starts_with(|c: char| c.is_ascii_digit()) && ends_with_exponent_mark(&out);
        out.push(if is_sign { '+' } else { ' ' });
        out.push_str(&part);
    }
    out
}

/// Whether a text ends in a number and its exponent's mark: `1.5e`, `0x1.8p`, `0b1p`. In hexadecimal `e` is a digit.
fn ends_with_exponent_mark(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let start =
        text.rfind(|c| !is_part(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let number = text[start..].to_ascii_lowercase();
    let (digits, mark, radix) = match (number.strip_prefix("0x"), number.strip_prefix("0b")) {
        (Some(digits), _) => (digits, 'p', 16),
        (None, Some(digits)) => (digits, 'p', 2),
        (None, None) => (number.as_str(), 'e', 10),
    };
    digits.strip_suffix(mark).is_some_and(|digits| {
        digits.contains(|c: char| c.is_digit(radix))
            && digits.chars().all(|c| c.is_digit(radix) || c == '.' || c == '_')
    })
}

/// `%41` to `A`.
fn unescaped(text: &str) -> String {
    let digit =
        |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn escape(out: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(search: &str) -> String {
        parse(search).remove("v").unwrap_or_default()
    }

    #[test]
    fn a_plus_is_a_space_unless_it_is_an_exponents_sign() {
        for (search, expected) in [
            ("?v=1e+3", "1e+3"),
            ("v=1E+3", "1E+3"),
            ("v=-1.5e+3", "-1.5e+3"),
            ("v=.5e+3", ".5e+3"),
            ("v=1_000e+3", "1_000e+3"),
            ("v=0x1p+3", "0x1p+3"),
            ("v=0X1.8P+3", "0X1.8P+3"),
            ("v=0b1p+3", "0b1p+3"),
            ("v=1/1e+3", "1/1e+3"),
            ("v=2*1e+3", "2*1e+3"),
            ("v=1e+3+2e+4", "1e+3 2e+4"),
            ("v=1%20e+3", "1 e 3"),
            ("v=1+2+3", "1 2 3"),
            ("v=+5", " 5"),
            ("v=1++2", "1  2"),
            // Two numbers: in hexadecimal `e` is a digit.
            ("v=0x1e+3", "0x1e 3"),
            ("v=e+3", "e 3"),
            ("v=the+3", "the 3"),
            ("v=1e+x", "1e x"),
            ("v=1%2B2", "1+2"),
            ("v=1e%2B3", "1e+3"),
            ("v=1%65+3", "1e+3"),
            ("v=%E2%88%921e+3", "−1e+3"),
        ] {
            assert_eq!(value(search), expected, "{search}");
        }
    }

    #[test]
    fn queries_are_read_as_browsers_read_them() {
        assert_eq!(value("?a=1&v=2&v=3&"), "2", "the first one holds");
        assert_eq!(value("v=%zz%4"), "%zz%4");
        assert_eq!(value("v=%FF"), "\u{FFFD}");
        assert_eq!(value("v=a=b"), "a=b");
        assert_eq!(value("v"), "");
        assert_eq!(value("?v=%ED%95%9C"), "한");
        assert_eq!(value("v=1%0D%0A2"), "1\r\n2");
        assert!(parse("a+b=1").contains_key("a b"));
    }

    #[test]
    fn what_is_written_holds_neither_plus_nor_space() {
        let mut query = String::new();
        append(&mut query, "t", "1 2");
        append(&mut query, "v", "1e+3 & more\n");
        assert_eq!(query, "t=1%202&v=1e%2B3%20%26%20more%0A");
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(key in ".+", text in ".*", other in ".*") {
            let mut query = String::new();
            append(&mut query, &key, &text);
            append(&mut query, "\u{0}other", &other);
            proptest::prop_assert!(query.is_ascii() && !query.contains(['+', ' ', '#', '"', '<']));
            let values = parse(&query);
            proptest::prop_assert_eq!(values.get(&key), Some(&text));
        }
    }
}
