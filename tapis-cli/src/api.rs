//! Any request at all.

use clap::ArgMatches;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tapis_client::http::Method;

use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::{confirm, content, name_and_value, read_body};
use crate::{paging, redact, request, session};

/// How many entries of a page are asked for.
const PAGE: usize = 100;

pub(crate) async fn run(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let previews = globals.dry_run || globals.curl;
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
    let (fields, typed) = (pairs(matches, "field")?, pairs(matches, "typed")?);
    let in_body = matches!(method, Method::PUT | Method::POST | Method::PATCH);
    let mut body = text("input").map(file).transpose()?;
    let in_query = !in_body || body.is_some();
    let has_fields = !fields.is_empty() || !typed.is_empty();
    if !in_query && has_fields {
        body = Some(object(fields.clone(), typed.clone())?);
    }
    if method == Method::DELETE && !previews {
        confirm(globals, &format!("DELETE {}?", text("path").unwrap_or_default()))?;
    }
    let t = if previews { request::nobody(globals)? } else { session::tapis(globals)? };
    let (path, mut query) = target(t.base_url(), text("path").unwrap_or_default())?;
    let mut in_files = Vec::new();
    if in_query {
        query.extend(fields);
        let (of_files, on_line): (Vec<_>, Vec<_>) =
            typed.into_iter().partition(|(_, value)| value.starts_with('@'));
        query.extend(on_line);
        in_files = of_files;
    }
    if let Some((name, _)) = query.iter().find(|(name, _)| redact::is_name_of_secret(name)) {
        return Err(on_line_refused(name));
    }
    for (name, file) in in_files {
        query.push((name, content_of(&file)?));
    }
    let build = |query: &[(String, String)]| {
        let mut request = t.request(method, path.as_str());
        for (name, value) in query {
            request = request.query(name, value);
        }
        match &body {
            Some(body) => request.json(body),
            None => request,
        }
    };
    let paginate = matches.get_flag("paginate");
    if paginate && query.iter().any(|(name, _)| name == "limit" || name == "skip") {
        return Err(Failure::usage("--paginate sets limit and skip itself"));
    }
    if previews {
        let query = if paginate { page(&query, 0) } else { query };
        let send = |options| build(&query).with_options(options).stream();
        return request::show(globals, t.base_url(), redact::by_name, send).await;
    }
    let mut value = match paginate {
        false => build(&query).await?,
        true => {
            let (mut all, mut last) = (Vec::new(), Vec::new());
            // Some services send fewer entries than `limit`, so only an empty page is the end.
            loop {
                let Value::Array(entries) = build(&page(&query, all.len())).await? else {
                    return Err(Failure::usage("the reply is no list, so there are no pages")
                        .with_hint("leave out --paginate"));
                };
                if entries.is_empty() {
                    break;
                }
                if entries == last {
                    let message = "the service repeats its pages: it ignores skip";
                    return Err(
                        Failure::new(Exit::Failed, message).with_hint("leave out --paginate")
                    );
                }
                all.extend_from_slice(&entries);
                if all.len() > globals.max {
                    break;
                }
                last = entries;
            }
            if all.len() > globals.max {
                all.truncate(globals.max);
                globals.note(&paging::cut_at(globals.max));
            }
            Value::Array(all)
        }
    };
    if !globals.show_secrets {
        redact::by_name(&mut value);
    }
    globals.output().show(&value, &[])
}

/// The parameters of the page that begins after `skip` entries.
fn page(query: &[(String, String)], skip: usize) -> Vec<(String, String)> {
    let place = [("limit".to_owned(), PAGE.to_string()), ("skip".to_owned(), skip.to_string())];
    query.iter().cloned().chain(place).collect()
}

/// The path and the query of what was asked for: a path, with or without the address of the server before it.
fn target(base_url: &str, text: &str) -> Result<(String, Vec<(String, String)>), Failure> {
    let path = match text.strip_prefix(base_url) {
        Some(path) => path,
        None if text.contains("://") => {
            return Err(Failure::usage(format!("{text} is not below {base_url}"))
                .with_hint("select another server with --profile or --url"));
        }
        None => text,
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        (decoded(name), decoded(value))
    });
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok((format!("{slash}{path}"), pairs.collect()))
}

/// The body that `-f` and `-F` make. A secret may come from a file alone, because others can see a command line.
fn object(fields: Vec<(String, String)>, typed: Vec<(String, String)>) -> Result<Value, Failure> {
    let mut on_line = Map::new();
    on_line.extend(fields.into_iter().map(|(name, value)| (name, value.into())));
    let mut of_files = Map::new();
    for (name, value) in typed {
        let members = if value.starts_with('@') { &mut of_files } else { &mut on_line };
        members.insert(name, read_typed(&value)?);
    }
    for (name, value) in &on_line {
        let mut shown = Value::from_iter([(name.as_str(), value.clone())]);
        redact::by_name(&mut shown);
        if shown[name] != *value {
            return Err(on_line_refused(name));
        }
    }
    on_line.extend(of_files);
    Ok(Value::Object(on_line))
}

/// The refusal of a secret on the command line, which other users see and the shell keeps.
fn on_line_refused(name: &str) -> Failure {
    Failure::usage(format!("{name} is a secret, and a command line can be read by others"))
        .with_hint(format!("take it from a file with -F {name}=@FILE, or the body with --input"))
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

/// The content of `@FILE` as a text.
fn content_of(file: &str) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(&content(file)?).into_owned())
}

/// JSON, or the content of a file as a text.
fn read_typed(value: &str) -> Result<Value, Failure> {
    match value.starts_with('@') {
        true => content_of(value).map(Value::from),
        false => Ok(serde_json::from_str(value).unwrap_or_else(|_| value.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_a_query_and_the_address_of_the_server() {
        let base = "https://tacc.tapis.io";
        for text in [
            "/v3/systems?search=%28id.like.a%2A%29&x",
            "v3/systems?search=(id.like.a*)&x=",
            "https://tacc.tapis.io/v3/systems?search=(id.like.a*)&&x",
        ] {
            let (path, query) = target(base, text).unwrap();
            assert_eq!(path, "/v3/systems");
            let expected = [("search", "(id.like.a*)"), ("x", "")];
            assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        assert!(target(base, "https://example.org/v3/systems").is_err());
    }
}
