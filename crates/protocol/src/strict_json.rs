//! JSON objects that name each member once.
//!
//! RFC 7515 §4 and RFC 7519 §4 let a parser refuse duplicate member names or take the last one. Two readers that differ
//! in this see two different tokens under one signature, or two different requests, so this one refuses, at every depth.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

/// Why bytes are not one JSON object that names each member once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// An object names a member twice.
    #[error("a member stands twice")]
    DuplicateMember,
    /// Not JSON, or not one object.
    #[error("not one JSON object")]
    NotAnObject,
}

/// Parses `bytes` as one JSON object without duplicate member names.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, StrictJsonError> {
    match serde_json::from_slice::<Strict>(bytes) {
        Ok(Strict(Value::Object(object))) => Ok(object),
        // `Strict` takes any JSON value, so the only complaint about data (not syntax) is its own.
        Err(error) if error.classify() == Category::Data => Err(StrictJsonError::DuplicateMember),
        Ok(Strict(_)) | Err(_) => Err(StrictJsonError::NotAnObject),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("duplicate member"));
            }
            let Strict(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn an_object_is_read_as_serde_json_reads_it() {
        let text = br#"{"a":1,"b":-2,"c":1.5,"d":[true,null,{"e":"\u4ee4"}],"f":18446744073709551615}"#;

        let object = parse_object(text).unwrap();

        assert_eq!(Value::Object(object), serde_json::from_slice::<Value>(text).unwrap());
    }

    #[test]
    fn a_duplicate_member_is_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":{"a":1,"a":2}}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(parse_object(text.as_bytes()), Err(StrictJsonError::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        let deep = format!("{{\"a\":{}", "[".repeat(10_000));
        for text in
            ["", "null", "[]", "1", "\"a\"", "{", "{} {}", "{}x", "\u{feff}{}", "{\"a\":\"\\ud800\"}", "{'a':1}", &deep]
        {
            assert_eq!(parse_object(text.as_bytes()), Err(StrictJsonError::NotAnObject), "{text:.20}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}"), Err(StrictJsonError::NotAnObject));
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in any::<Vec<u8>>()) {
            let _ = parse_object(&bytes);
        }
    }
}
