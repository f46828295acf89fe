//! Lists that come in pages.

use serde_json::Value;
use tapis_client::dynamic::DynamicCall;

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::redact;

/// The entries of all pages, at most `most`, without their secrets. One that has more says so.
pub(crate) async fn pages(
    globals: &Globals,
    call: DynamicCall,
    most: usize,
) -> Result<Value, Failure> {
    let operation = call.describe();
    let mut items = call.items()?;
    let mut all = Vec::new();
    while let Some(item) = items.next().await? {
        if all.len() == most {
            globals.note(&more_than(most));
            break;
        }
        all.push(item);
    }
    let mut all = Value::Array(all);
    redact::result(globals, &operation, &mut all);
    Ok(all)
}

/// The remark that a list has more entries, for commands without `--all`.
pub(crate) fn cut_at(most: usize) -> String {
    format!("The list has more than {most} entries: add --max with another number.")
}

/// The remark that a list has more entries.
pub(crate) fn more_than(most: usize) -> String {
    let entries = if most == 1 { "entry" } else { "entries" };
    format!("The list has more than {most} {entries}: add --all, or --max with another number.")
}
