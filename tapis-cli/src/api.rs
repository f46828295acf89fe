//! Any request at all.

use clap::ArgMatches;
use serde_json::{Map, Value};
use tapis_client::http::Method;

use crate::arguments::Globals;
use crate::failure::Failure;
use crate::input::{confirm, content, name_and_value, read_body};
use crate::{redact, session};

/// How many entries a page has.
const PAGE: usize = 100;

pub(crate) async fn run(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let method = match text("method").unwrap_or_default().to_uppercase().as_str() {
        "HEAD" => Method::HEAD,
        "OPTIONS" => Method::OPTIONS,
        "PUT" => Method::PUT,
        "POST" => Method::POST,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => Method::GET,
    };
    let path = text("path").unwrap_or_default();
    let (fields, typed) = (pairs(matches, "field")?, pairs(matches, "typed")?);
    let in_body = matches!(method, Method::PUT | Method::POST | Method::PATCH);
    let mut query: Vec<(String, String)> = Vec::new();
    let mut body = text("input").map(file).transpose()?;
    if in_body && body.is_none() && !(fields.is_empty() && typed.is_empty()) {
        let mut object = Map::new();
        for (name, value) in fields {
            object.insert(name, value.into());
        }
        for (name, value) in typed {
            object.insert(name, read_typed(&value)?);
        }
        body = Some(Value::Object(object));
    } else {
        query.extend(fields);
        query.extend(typed);
    }
    if method == Method::DELETE {
        confirm(globals, &format!("DELETE {path}?"))?;
    }
    let t = session::tapis(globals)?;
    let send = async |query: &[(String, String)]| {
        let mut request = t.request(method, path);
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        request.await
    };
    let mut value = match matches.get_flag("paginate") {
        false => send(&query).await?,
        true => {
            let mut all = Vec::new();
            loop {
                let mut query = query.clone();
                query.push(("limit".into(), PAGE.to_string()));
                query.push(("skip".into(), all.len().to_string()));
                match send(&query).await? {
                    Value::Array(page) => {
                        let last = page.len() < PAGE;
                        all.extend(page);
                        if last || all.len() >= globals.max {
                            break Value::Array(all);
                        }
                    }
                    other => break other,
                }
            }
        }
    };
    if !globals.show_secrets {
        redact::by_name(&mut value);
    }
    globals.output().show(&value, &[])
}

fn pairs(matches: &ArgMatches, name: &str) -> Result<Vec<(String, String)>, Failure> {
    let pairs = matches.get_many::<String>(name).into_iter().flatten();
    pairs
        .map(|pair| {
            let (name, value) = name_and_value(pair)?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

fn file(input: &str) -> Result<Value, Failure> {
    let named = if input == "-" { input.to_owned() } else { format!("@{input}") };
    read_body(&content(&named)?)
}

/// JSON, or the content of a file as a text.
fn read_typed(value: &str) -> Result<Value, Failure> {
    match value.starts_with('@') {
        true => Ok(String::from_utf8_lossy(&content(value)?).into_owned().into()),
        false => Ok(serde_json::from_str(value).unwrap_or_else(|_| value.into())),
    }
}
