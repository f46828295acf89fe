//! Changes rows, with values escaped for the service.

use serde_json::{Map, Value};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::types::UpdateTableRow;

/// Escapes a string for `update_table_row` and `update_table_rows` by doubling each apostrophe. The service puts the
/// values of these operations into an SQL statement without escaping them.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('\'', "''")
}

impl Client {
    /// Changes columns of one row and returns the row: `PUT /v3/pgrest/data/{root_url}/{item}`. Unlike
    /// `update_table_row`, it escapes apostrophes in strings.
    ///
    /// ```no_run
    /// # async fn example(pgrest: tapis_pgrest::Client) -> Result<(), tapis_core::Error> {
    /// let row = pgrest.update_row("birds", "1", [("name", "Bewick's wren".into())]).await?;
    /// println!("{}", row["name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`], before anything is sent, if there are no values, or if a value is a list
    /// or an object, which the service does not accept. [`ErrorKind::Server`] if the returned row has
    /// another string than was sent. Otherwise the kinds of `update_table_row`.
    pub fn update_row<N: Into<String>>(
        &self,
        root_url: impl Into<String>,
        item: impl Into<String>,
        values: impl IntoIterator<Item = (N, Value)>,
    ) -> BoxFuture<'static, Result<Map<String, Value>, Error>> {
        let values: Map<String, Value> =
            values.into_iter().map(|(column, value)| (column.into(), value)).collect();
        let body = match sendable(&values) {
            Ok(body) => body,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let call = self.update_table_row(root_url, item, UpdateTableRow::new(body));
        Box::pin(async move {
            let row = call.await?.into_iter().next().unwrap_or_default();
            let differs = |(column, value): &(&String, &Value)| {
                let stored = row.get(*column).and_then(Value::as_str);
                value.as_str().is_some_and(|text| {
                    stored.is_some_and(|stored| stored.trim_end() != text.trim_end())
                })
            };
            match values.iter().find(differs) {
                None => Ok(row),
                Some((column, _)) => Err(Error::new(
                    ErrorKind::Server,
                    format!(
                        "the service stored another string in the column {column} than was sent"
                    ),
                )),
            }
        })
    }
}

/// Escapes the values.
///
/// # Errors
/// `Input` if there are no values, or if a value is a list or an object.
fn sendable(values: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let fault = |message: String| Err(Error::new(ErrorKind::Input, message));
    if values.is_empty() {
        return fault("there are no values to change: pass at least one column".to_owned());
    }
    let mut sendable = Map::new();
    for (column, value) in values {
        let value = match value {
            Value::String(text) => escape(text).into(),
            Value::Array(_) | Value::Object(_) => {
                return fault(format!(
                    "{column}: PgREST cannot change a column to a list or an object; only new rows can have them"
                ));
            }
            value => value.clone(),
        };
        sendable.insert(column.clone(), value);
    }
    Ok(sendable)
}
