//! The JSONPaths of overlay actions, as text.

use roas_overlay::common::apply::{compile_path, locate};
use serde_json::Value;
use tapis_specs::reader::Method;

/// The JSON pointers that a path matches; none for an invalid path.
pub(super) fn places(document: &Value, path: &str) -> Vec<String> {
    compile_path(path).map(|path| locate(document, &path)).unwrap_or_default()
}

/// The segments of a path after its `$`: `.name` and `[…]`; `None` if it has others.
pub(super) fn pieces(path: &str) -> Option<Vec<&str>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let end = if rest.starts_with('[') {
            closing(rest)?.saturating_add(1)
        } else {
            let name = rest.strip_prefix('.').filter(|name| !name.starts_with(['.', '[']))?;
            name.find(['.', '[']).map_or(rest.len(), |at| at.saturating_add(1))
        };
        let (piece, after) = rest.split_at_checked(end)?;
        pieces.push(piece);
        rest = after;
    }
    Some(pieces)
}

/// The position of the bracket that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// A path with several names or alternative conditions in a bracket, as one path for each: each of
/// them must match.
pub(super) fn alternatives(path: &str) -> Vec<String> {
    let pieces = pieces(path).unwrap_or_default();
    let mut paths = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let choices = choices(piece);
        if choices.len() > 1 {
            let (before, after) = (pieces[..at].concat(), pieces[at + 1..].concat());
            paths.extend(choices.iter().map(|choice| format!("${before}[{choice}]{after}")));
        }
    }
    if paths.is_empty() { vec![path.to_owned()] } else { paths }
}

fn choices(piece: &str) -> Vec<String> {
    let Some(inner) = piece.strip_prefix('[').and_then(|piece| piece.strip_suffix(']')) else {
        return Vec::new();
    };
    match inner.strip_prefix('?') {
        Some(conditions) if conditions.contains("&&") || conditions.contains('(') => Vec::new(),
        Some(conditions) => conditions.split("||").map(|c| format!("?{}", c.trim())).collect(),
        None => {
            let names: Vec<&str> = inner.split(',').map(str::trim).collect();
            // A comma inside a name.
            let whole = names.iter().all(|name| quoted(name).is_some());
            if whole { names.into_iter().map(str::to_owned).collect() } else { Vec::new() }
        }
    }
}

/// A JSON pointer as a path with names, as overlays write it: operations by id, parameters by name.
pub(super) fn by_name(document: &Value, pointer: &str) -> String {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    let is = |depth: usize, key: &str| keys.get(depth).is_some_and(|known| known == key);
    let mut path = String::from("$");
    let mut value = document;
    for (depth, key) in keys.iter().enumerate() {
        let member = key.parse().ok().and_then(|at: usize| value.get(at));
        value = member.or_else(|| value.get(key)).unwrap_or(&Value::Null);
        let piece = match (depth, value["operationId"].as_str(), value["name"].as_str()) {
            (1, ..) if is(0, "paths") => "[*]".to_owned(),
            (2, Some(id), _) if is(0, "paths") && Method::ALL.iter().any(|m| m.key() == key) => {
                format!("[?@.operationId=='{id}']")
            }
            (4, _, Some(name)) if is(0, "paths") && is(3, "parameters") => {
                format!("[?@.name=='{name}']")
            }
            _ if member.is_some() => format!("[{key}]"),
            _ => step(key),
        };
        path.push_str(&piece);
    }
    path
}

/// The path segment for a key.
pub(super) fn step(key: &str) -> String {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    if key.starts_with(letter) && key.chars().all(|c| letter(c) || c.is_ascii_digit()) {
        format!(".{key}")
    } else {
        format!("['{key}']")
    }
}

/// The text between quotes, if there is nothing else.
pub(super) fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or_else(|| inner('"')).filter(|inner| !inner.contains(['\'', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_comes_apart_at_dots_and_brackets_outside_of_quotes() {
        let path = "$.paths[*][?@.operationId=='a.b[c]'].content['application/json'].schema";
        let expected = [
            ".paths",
            "[*]",
            "[?@.operationId=='a.b[c]']",
            ".content",
            "['application/json']",
            ".schema",
        ];
        assert_eq!(pieces(path).unwrap(), expected);
        assert_eq!(pieces("$..name"), None);
        assert_eq!(pieces("$.a['b"), None);
    }

    #[test]
    fn each_of_several_names_and_conditions_is_a_path_of_its_own() {
        assert_eq!(alternatives("$.a['b', 'c'].d"), ["$.a['b'].d", "$.a['c'].d"]);
        assert_eq!(
            alternatives("$.a[?@.x=='1' || @.x=='2']"),
            ["$.a[?@.x=='1']", "$.a[?@.x=='2']"]
        );
        assert_eq!(alternatives("$.a[?@.x=='1' && @.y=='2'].b"), ["$.a[?@.x=='1' && @.y=='2'].b"]);
    }

    #[test]
    fn a_place_is_named_as_an_overlay_does() {
        let operation =
            json!({ "operationId": "a", "parameters": [{ "name": "p", "schema": {} }] });
        let document = json!({ "paths": { "/v3/a": { "get": operation } } });
        let path = "$.paths[*][?@.operationId=='a'].parameters[?@.name=='p'].schema";
        let pointer = "/paths/~1v3~1a/get/parameters/0/schema";
        assert_eq!(by_name(&document, pointer), path);
        assert_eq!(places(&document, path), [pointer]);
    }
}
