//! Values of parameters and fields: their conversion, their text and their errors.

use std::fmt;

use crate::secret::Secret;
use crate::timestamp::Timestamp;

/// A value that can be sent in a path, a query or a header.
pub trait ParameterValue {
    /// Appends the texts of the value: one, or one for each item of a list.
    fn write(&self, values: &mut Vec<String>);

    /// The value, if it is a secret.
    fn secret(&self) -> Option<&Secret> {
        None
    }

    /// The texts joined with commas.
    fn to_text(&self) -> String {
        let mut values = Vec::with_capacity(1);
        self.write(&mut values);
        if values.len() == 1 { values.remove(0) } else { values.join(",") }
    }
}

macro_rules! by_display {
    ($($type:ty),*) => {$(
        impl ParameterValue for $type {
            fn write(&self, values: &mut Vec<String>) {
                values.push(self.to_string());
            }
        }
    )*};
}

by_display!(String, bool, i32, i64, u32, u64, f32, f64, Timestamp, serde_json::Value);

impl ParameterValue for Secret {
    fn write(&self, values: &mut Vec<String>) {
        values.push(self.expose_secret().to_owned());
    }

    fn secret(&self) -> Option<&Secret> {
        Some(self)
    }
}

impl<T: ParameterValue> ParameterValue for Vec<T> {
    fn write(&self, values: &mut Vec<String>) {
        for item in self {
            item.write(values);
        }
    }
}

/// An invalid value, with the field or parameter and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    field: String,
    why: String,
}

impl ParameterError {
    /// The value of `field` is invalid because of `why`.
    #[must_use]
    pub fn new(field: &str, why: &str) -> Self {
        Self { field: field.to_owned(), why: why.to_owned() }
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for ParameterError {}

/// Converts a setter's argument.
pub fn convert<T, V>(value: V, field: &str) -> Result<T, ParameterError>
where
    V: TryInto<T>,
    V::Error: fmt::Display,
{
    value.try_into().map_err(|error| ParameterError::new(field, &error.to_string()))
}

/// Converts the items of a setter's argument.
pub fn convert_all<T, V>(values: V, field: &str) -> Result<Vec<T>, ParameterError>
where
    V: IntoIterator,
    V::Item: TryInto<T>,
    <V::Item as TryInto<T>>::Error: fmt::Display,
{
    let items = values.into_iter().enumerate();
    items.map(|(index, item)| convert(item, &format!("{field}[{index}]"))).collect()
}

/// Calls a setter if there is a value for it.
pub fn maybe<C, T>(call: C, value: Option<T>, set: impl FnOnce(C, T) -> C) -> C {
    match value {
        Some(value) => set(call, value),
        None => call,
    }
}

/// The items of a list, converted.
pub fn items<T>(values: impl IntoIterator<Item: Into<T>>) -> Vec<T> {
    values.into_iter().map(Into::into).collect()
}

/// The entries of a map, converted.
pub fn entries<K, V, T, M>(pairs: impl IntoIterator<Item = (K, V)>) -> M
where
    K: Into<String>,
    V: Into<T>,
    M: FromIterator<(String, T)>,
{
    pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}
