//! Tables of the database service.

use serde_json::{Value, json};

use super::{Handler, of_resource};
use crate::call::Call;
use crate::reply::{Content, Outcome};

/// What can be done with the rows of a table unless its owner allows less.
const ENDPOINTS: [&str; 5] = ["GET_ONE", "GET_ALL", "CREATE", "UPDATE", "DELETE"];

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "create_table" | "get_table" | "list_tables" | "update_table" => tables,
        _ => return None,
    })
}

fn tables(call: &Call<'_>) -> Outcome {
    let mut reply = of_resource(call)?;
    if let Content::Result { result, .. } = &mut reply.content {
        let tables = match result {
            Value::Array(tables) => tables.iter_mut().collect(),
            table => vec![table],
        };
        for table in tables.into_iter().filter(|table| table.is_object()) {
            let given = table["endpoints"].as_array().filter(|given| **given != [json!("ALL")]);
            let given = given.cloned().unwrap_or_else(|| ENDPOINTS.map(Value::from).to_vec());
            table["endpoints"] = given.into();
        }
    }
    Ok(reply)
}
