//! `--jq`: filters in the language of jq.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;

/// What the filter makes of a value.
pub(crate) fn apply(filter: &str, value: &Value) -> Result<Vec<Value>, Failure> {
    let unreadable = || Failure::usage(format!("--jq: {filter:?} is not a filter of jq"));
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let (loader, arena) = (Loader::new(definitions), Arena::default());
    let modules = loader.load(&arena, File { code: filter, path: () }).map_err(|_| unreadable())?;
    let compiled =
        Compiler::default().with_funs(functions).compile(modules).map_err(|_| unreadable())?;
    let failed = |why: String| Failure::new(Exit::Failed, format!("--jq: {why}"));
    let input = read::parse_single(value.to_string().as_bytes())
        .map_err(|error| failed(error.to_string()))?;
    let context = Ctx::<data::JustLut<Val>>::new(&compiled.lut, Vars::new([]));
    let results = compiled.id.run((context, input)).map(unwrap_valr);
    results
        .map(|result| {
            let result = result.map_err(|error| failed(error.to_string()))?;
            serde_json::from_str(&result.to_string()).map_err(|error| failed(error.to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_makes_values_of_a_value() {
        let value = json!([{"id": "a", "n": 1}, {"id": "b", "n": 2.5}]);
        assert_eq!(apply(".[].id", &value).unwrap(), [json!("a"), json!("b")]);
        assert_eq!(apply("map(.n) | add", &value).unwrap(), [json!(3.5)]);
        assert_eq!(
            apply("[.[] | select(.id | test(\"b\"))] | length", &value).unwrap(),
            [json!(1)]
        );
        assert_eq!(apply(".[", &value).unwrap_err().exit, Exit::Usage);
        assert_eq!(apply("nothing_of_this_name", &value).unwrap_err().exit, Exit::Usage);
        assert_eq!(apply(".[0].id + 1 | error", &value).unwrap_err().exit, Exit::Failed);
    }
}
