//! Any operation of any service, carried out.

use std::path::Path;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use serde_json::{Map, Value};
use tapis_client::dynamic::{
    self, DynamicCall, FieldDescription, Location, OperationDescription, ValueType,
};

use crate::arguments::{self, Globals};
use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::flags::{path_parameters, place_name, usage};
use crate::input::{confirm, content, name_and_value, read_body};
use crate::paging::pages;
use crate::service::command;
use crate::spelling::kebab;
use crate::{redact, request, session};

/// Runs `tapis SERVICE …`.
pub(crate) async fn run(
    globals: &Globals,
    service: &str,
    mut rest: Vec<String>,
) -> Result<(), Stop> {
    let word = rest.iter_mut().find(|word| !word.starts_with('-'));
    let described = word.and_then(|word| {
        let described = dynamic::describe(service, word).ok()?;
        // The command has one spelling, so that clap suggests each operation once.
        *word = kebab(described.id);
        Some(described)
    });
    let command = command(service, described.as_ref()).map_err(Stop::Failed)?;
    let line = std::iter::once(format!("tapis {service}")).chain(rest);
    let matches = command
        .try_get_matches_from(line)
        .map_err(|error| refused(error, service, described.as_ref()))?;
    let (Some((_, matches)), Some(operation)) = (matches.subcommand(), described) else {
        return Ok(());
    };
    let globals = globals.with(matches);
    let outcome = carry_out(&globals, &operation, matches).await;
    outcome.map_err(|failure| {
        let hint = match (failure.exit, failure.hint()) {
            (Exit::Failed, None) => unknown_value(&operation, matches),
            _ => None,
        };
        let failure = match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        };
        Stop::Failed(failure.shown_as(globals.format))
    })
}

/// The values that the document has for a flag that was given another one. Services may know more than their
/// documents, so it is said only of a request that was refused.
fn unknown_value(operation: &OperationDescription, matches: &ArgMatches) -> Option<String> {
    let attributes = operation.body.iter().flat_map(|body| &body.fields);
    operation.parameters.iter().chain(attributes).find_map(|field| {
        let ids = ["parameter", "attribute"].map(|kind| format!("{kind} {}", field.name));
        let mut given =
            ids.iter().filter_map(|id| matches.try_get_one::<String>(id).ok().flatten());
        let is_unknown = given.any(|text| !field.values.contains(text));
        let is_list = field.value_type == ValueType::Array;
        (is_unknown && !is_list && !field.values.is_empty()).then(|| {
            let (flag, values) = (kebab(&field.name), field.values.join(", "));
            format!("--{flag} has one of the values {values}")
        })
    })
}

/// What is said of a command line that the operation does not take.
fn refused(error: clap::Error, service: &str, operation: Option<&OperationDescription>) -> Stop {
    let flag = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) => flag.clone(),
        _ => return Stop::Shown(error),
    };
    let Some(operation) = operation else { return Stop::Shown(error) };
    let attributes = operation.body.iter().flat_map(|body| &body.fields);
    let secret = operation.parameters.iter().chain(attributes).find(|field| {
        field.secret && [kebab(&field.name), field.name.clone()].contains(&flag.replace("--", ""))
    });
    if let Some(secret) = secret {
        return on_line(&secret.name).into();
    }
    match arguments::is_option(&flag) {
        true => Failure::usage(format!("{flag} must be placed before the service name"))
            .with_hint(format!("tapis {flag} … {service} {} …", kebab(operation.id)))
            .into(),
        false => Stop::Shown(error),
    }
}

/// The refusal of a secret on the command line, which other users see and the shell keeps.
fn on_line(name: &str) -> Failure {
    Failure::usage(format!("{name} is a secret, and a command line can be read by others"))
        .with_hint(format!("{}, or with --body from a file or stdin", secret_hint(name)))
}

async fn carry_out(
    globals: &Globals,
    operation: &OperationDescription,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let t = match globals.dry_run || globals.curl {
        true => request::nobody(globals)?,
        false => session::tapis(globals)?,
    };
    let mut call = t.operation(operation.service, operation.id)?;
    if globals.template {
        let template = call
            .template()
            .ok_or_else(|| Failure::usage(format!("{} has no JSON body", operation.id)))?;
        std::io::Write::write_all(&mut std::io::stdout(), template.as_bytes())?;
        return Ok(());
    }
    call = parameters(call, globals, operation, matches)?;
    call = body(call, globals, operation, matches)?;
    if globals.dry_run || globals.curl {
        let hide = |body: &mut Value| {
            if let Some(described) = &operation.body {
                redact::at(body, &described.secrets);
            }
        };
        let send = |options| call.with_options(&options).stream();
        return request::show(globals, t.base_url(), hide, send).await;
    }
    if deletes(operation) {
        let command = format!("tapis {} {}", operation.service, kebab(operation.id));
        confirm(globals, &format!("{command} {}?", path_values(operation, matches)))?;
    }
    let output = globals.output();
    if operation.returns_bytes {
        return bytes(call).await;
    }
    let value = match operation.paged {
        true => {
            let all = matches.try_get_one::<bool>("all").ok().flatten() == Some(&true);
            pages(globals, call, if all { usize::MAX } else { globals.max }).await?
        }
        false => {
            let mut value = call.await?;
            redact::result(globals, operation, &mut value);
            value
        }
    };
    match value.is_null() {
        true => Ok(()),
        false => output.show(&value, &operation.identity),
    }
}

/// Whether it deletes something, by its method or by its name: some services delete with POST.
fn deletes(operation: &OperationDescription) -> bool {
    let name = kebab(operation.id);
    let verb = name.split('-').next().unwrap_or_default();
    operation.method.as_str() == "DELETE" || matches!(verb, "delete" | "destroy" | "remove")
}

/// The bytes of a reply, as they come.
async fn bytes(call: DynamicCall) -> Result<(), Failure> {
    let mut stream = call.stream().await?;
    let mut out = std::io::stdout().lock();
    while let Some(piece) = stream.chunk().await? {
        std::io::Write::write_all(&mut out, &piece)?;
    }
    std::io::Write::flush(&mut out)?;
    Ok(())
}

/// Sets the parameters: by flags, and those of the path by their place.
fn parameters(
    mut call: DynamicCall,
    globals: &Globals,
    operation: &OperationDescription,
    matches: &ArgMatches,
) -> Result<DynamicCall, Failure> {
    let mut rest = matches.try_get_many::<String>("PATH").ok().flatten().into_iter().flatten();
    let mut missing = Vec::new();
    for parameter in &operation.parameters {
        if parameter.secret {
            if let Some(secret) = from_env(globals, &parameter.name)? {
                call = call.text_argument(&parameter.name, &secret);
            } else if parameter.required {
                return Err(Failure::usage(format!("{} is missing", parameter.name))
                    .with_hint(secret_hint(&parameter.name)));
            }
            continue;
        }
        let id = format!("parameter {}", parameter.name);
        let values = matches.try_get_many::<String>(&id).ok().flatten();
        let given: Vec<&String> = match (values, parameter.location) {
            (Some(values), _) => values.collect(),
            (None, Location::Path) => rest.next().into_iter().collect(),
            (None, _) => Vec::new(),
        };
        match given[..] {
            [] if parameter.required && parameter.default.is_none() => {
                missing.push(match parameter.location {
                    Location::Path => place_name(parameter),
                    _ => format!("--{}", kebab(&parameter.name)),
                });
            }
            [] => {}
            [text] => call = call.text_argument(&parameter.name, text),
            _ => {
                let items: Vec<Value> = given.iter().map(|text| text.as_str().into()).collect();
                call = call.argument(&parameter.name, items);
            }
        }
    }
    let wrong = match (&missing[..], rest.next()) {
        (_, Some(extra)) => format!("{extra:?} is one value too many"),
        ([], None) => return Ok(call),
        ([one], None) => format!("{one} is missing"),
        (several, None) => format!("{} are missing", several.join(" and ")),
    };
    Err(Failure::usage(wrong).with_hint(format!("the usage is: {}", usage(operation))))
}

fn path_values(operation: &OperationDescription, matches: &ArgMatches) -> String {
    let flags = path_parameters(operation).filter_map(|p| {
        matches.try_get_one::<String>(&format!("parameter {}", p.name)).ok().flatten()
    });
    let placed = matches.try_get_many::<String>("PATH").ok().flatten().into_iter().flatten();
    flags.chain(placed).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Sets the body: what `--body` has, then the flags, then `--set`, then the secrets.
fn body(
    call: DynamicCall,
    globals: &Globals,
    operation: &OperationDescription,
    matches: &ArgMatches,
) -> Result<DynamicCall, Failure> {
    let Some(described) = &operation.body else {
        return match body_fields_from_env(globals, operation).next() {
            None => Ok(call),
            Some(pair) => {
                let name = pair.split('=').next().unwrap_or_default();
                let message = format!(
                    "--field-from-env {name}: the operation {} takes no request body",
                    operation.id
                );
                Err(Failure::usage(message))
            }
        };
    };
    let given = match matches.get_one::<String>("body") {
        Some(name) if !name.starts_with('@') && Path::new(name).is_file() => {
            return Err(Failure::usage(format!("--body {name:?} is a text, and no body"))
                .with_hint(format!("--body @{name} reads the file")));
        }
        given => given.map(|text| content(text)).transpose()?,
    };
    if described.media_type.starts_with("multipart/") {
        return form(call, &described.fields, matches);
    }
    if described.media_type != "application/json" {
        return Ok(match given {
            Some(content) => call.bytes(content),
            None => call,
        });
    }
    let mut value = match given {
        Some(text) => Some(read_body(&text)?),
        None => None,
    };
    let text = matches.get_one::<String>("body").map(String::as_str).unwrap_or_default();
    let is_on_line = text != "-" && !text.starts_with('@');
    let in_file = value.clone().filter(|_| !is_on_line).unwrap_or_default();
    for field in described.fields.iter().filter(|field| !field.secret) {
        let id = format!("attribute {}", field.name);
        let Some(texts) = matches.try_get_many::<String>(&id).ok().flatten() else { continue };
        let texts: Vec<&str> = texts.map(String::as_str).collect();
        let object = value.get_or_insert_with(|| Value::Object(Map::new()));
        let Some(members) = object.as_object_mut() else {
            let name = kebab(&field.name);
            return Err(Failure::usage(format!(
                "--{name} sets an attribute, and the body is not an object"
            )));
        };
        members.insert(field.name.clone(), typed(field, &texts)?);
    }
    for pair in matches.get_many::<String>("set").into_iter().flatten() {
        let (path, text) = name_and_value(pair)?;
        let object = value.get_or_insert_with(|| Value::Object(Map::new()));
        set(object, path, serde_json::from_str(text).unwrap_or_else(|_| text.into()))?;
    }
    let secret = described.secrets.iter().find(|secret| {
        let all = redact::found(value.as_ref().unwrap_or(&Value::Null), secret);
        let is_set = all.iter().any(|value| !value.is_null());
        is_set && all != redact::found(&in_file, secret)
    });
    if let Some(secret) = secret {
        return Err(on_line(&secret.trim_start_matches('/').replace('/', ".")));
    }
    for pair in body_fields_from_env(globals, operation) {
        let (path, variable) = name_and_value(pair)?;
        let secret = variable_value(variable)?;
        let object = value.get_or_insert_with(|| Value::Object(Map::new()));
        set(object, path, secret.into())?;
    }
    Ok(match value {
        Some(value) => call.body(value),
        None => call,
    })
}

/// What of `--field-from-env` is for the body: all that names no secret parameter.
fn body_fields_from_env<'g>(
    globals: &'g Globals,
    operation: &OperationDescription,
) -> impl Iterator<Item = &'g String> {
    globals.fields_from_env.iter().filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !operation.parameters.iter().any(|parameter| parameter.secret && parameter.name == name)
    })
}

/// The value that `--field-from-env` gives to `name`.
fn from_env(globals: &Globals, name: &str) -> Result<Option<String>, Failure> {
    for pair in &globals.fields_from_env {
        let (known, variable) = name_and_value(pair)?;
        if known == name {
            return variable_value(variable).map(Some);
        }
    }
    Ok(None)
}

fn variable_value(variable: &str) -> Result<String, Failure> {
    std::env::var(variable)
        .map_err(|_| Failure::usage(format!("the environment has no variable {variable}")))
}

fn secret_hint(name: &str) -> String {
    format!("set it with --field-from-env {name}=VARIABLE before the service")
}

/// The fields of a multipart form: texts, and files by their names.
fn form(
    mut call: DynamicCall,
    fields: &[FieldDescription],
    matches: &ArgMatches,
) -> Result<DynamicCall, Failure> {
    for field in fields {
        let id = format!("attribute {}", field.name);
        let Some(text) = matches.try_get_one::<String>(&id).ok().flatten() else { continue };
        call = match field.value_type {
            ValueType::File => {
                let content = content(&format!("@{}", text.trim_start_matches('@')))?;
                call.file(&field.name, content)
            }
            _ => call.text_argument(&field.name, text),
        };
    }
    Ok(call)
}

/// The value of a flag as the type of its attribute has it.
fn typed(field: &FieldDescription, texts: &[&str]) -> Result<Value, Failure> {
    let refused = || {
        let name = kebab(&field.name);
        let expected = match field.value_type {
            ValueType::Boolean => "true or false",
            ValueType::Integer => "an integer",
            ValueType::Number => "a number",
            ValueType::Array => "a list, as JSON",
            _ => "JSON",
        };
        Failure::usage(format!("--{name}: expected {expected}"))
    };
    let one = texts.last().copied().unwrap_or_default();
    let json = || serde_json::from_str::<Value>(one).ok();
    match field.value_type {
        ValueType::String => Ok(one.into()),
        ValueType::Array if json().is_some_and(|value| value.is_array()) && texts.len() == 1 => {
            json().ok_or_else(refused)
        }
        ValueType::Array => {
            let text = field.item_type == Some(ValueType::String);
            let items = texts.iter().map(|item| match text {
                true => Ok(Value::from(*item)),
                false => serde_json::from_str(item).map_err(|_| refused()),
            });
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        _ => json().ok_or_else(refused),
    }
}

/// Sets the attribute at a path with dots.
fn set(value: &mut Value, path: &str, new: Value) -> Result<(), Failure> {
    let mut place = value;
    for name in path.split('.') {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(members) => members.entry(name).or_insert(Value::Null),
            Value::Array(items) => {
                name.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(
                    || Failure::usage(format!("{path}: the list has no entry {name}")),
                )?
            }
            _ => {
                return Err(Failure::usage(format!(
                    "cannot set {path}: the value that contains {name} is not an object"
                )));
            }
        };
    }
    *place = new;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_attribute_is_set_anywhere() {
        let mut value = json!({"a": [{"b": 1}]});
        set(&mut value, "a.0.b", json!(2)).unwrap();
        set(&mut value, "c.d", json!("x")).unwrap();
        assert_eq!(value, json!({"a": [{"b": 2}], "c": {"d": "x"}}));
        assert!(set(&mut value, "a.3.b", json!(1)).is_err());
        assert!(set(&mut value, "c.d.e", json!(1)).is_err());
    }
}
