//! The command `tapis SERVICE OPERATION` sends what the document says, for a sample of every service's operations, and
//! for every operation where `TAPIS_WIRE_ALL` is set.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::calls::{Calling, Decoded};
use super::document::{Operation, Parameter, Place, resolve};
use super::maker::{Maker, Optional, SECRET, Style};
use super::requests::compare;
use super::values;
use super::world::{Case, OPERATIONS, TOKEN, World, operations};

/// One of so many operations of a service is called, and its first.
const SAMPLE: usize = 12;

/// What is not set: a list begins after a number of entries and not after one of them, and its order is made unique.
const LEFT_OUT: [&str; 2] = ["startAfter", "orderBy"];

/// How the body is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As JSON on stdin.
    Whole,
    /// A flag for each first-level attribute. Secrets, which have no flags, are on stdin.
    Flags,
}

#[test]
fn a_command_with_every_flag_sends_everything_and_nothing_else() {
    sample(async |world, case| send(world, case, true, Form::Flags).await);
}

#[test]
fn a_command_with_a_body_on_stdin_sends_it() {
    sample(async |world, case| send(world, case, true, Form::Whole).await);
}

#[test]
fn a_command_with_what_is_required_sends_nothing_else() {
    sample(async |world, case| send(world, case, false, Form::Flags).await);
}

fn sample(check: impl AsyncFn(&mut World, &'static Case)) {
    let all = std::env::var_os("TAPIS_WIRE_ALL").is_some();
    let place = |case: &Case| {
        let cases = super::world::CASES.iter();
        let mut of_service =
            cases.filter(|other| other.operation.service == case.operation.service);
        of_service.position(|other| other.operation.id == case.operation.id)
    };
    let chosen = |case: &Case| all || place(case).is_some_and(|place| place % SAMPLE == 0);
    let called = operations(chosen, check).operations();
    assert!(called == OPERATIONS || (!all && called >= tapis_specs::SERVICES.len()), "{called}");
}

async fn send(world: &mut World, case: &'static Case, full: bool, form: Form) {
    let operation = &case.operation;
    let style = match full {
        true => Style::default(),
        false => Style { optional: Optional::Absent(0), ..Style::default() },
    };
    let body = operation.body.as_ref().filter(|body| body.is_json() && (full || body.required));
    let body = body.map(|body| Maker::new(case.document, style).make(&body.schema));
    let result =
        case.result().map(|schema| Maker::new(case.document, Style::default()).make(schema));
    let folder = tempfile::tempdir().unwrap();
    let (arguments, stdin) = command_line(case, full, form, body.as_ref(), &folder);
    let secrets: Vec<_> = given(case, full).filter(|parameter| is_secret(parameter)).collect();
    let mut command = Command::new(program());
    command
        .args(["--yes", "--max", "1"])
        .args(secrets.iter().enumerate().flat_map(|(index, parameter)| {
            ["--field-from-env".to_owned(), format!("{}=SECRET_{index}", parameter.argument)]
        }))
        .args([&operation.service, &operation.id])
        .args(arguments)
        .env_clear()
        .env("HOME", folder.path())
        .env("TAPIS_BASE_URL", world.url())
        .env("TAPIS_ACCESS_TOKEN", TOKEN)
        .envs(secrets.iter().enumerate().map(|(index, parameter)| {
            (format!("SECRET_{index}"), values::value(parameter).as_str().unwrap().to_owned())
        }))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let calling: Calling = Box::pin(async move {
        let _folder = folder;
        let mut child = command.spawn().unwrap();
        // A command that is refused does not read it.
        let _ = child.stdin.take().unwrap().write_all(&stdin).await;
        let output = child.wait_with_output().await.unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let status = output.status.code().and_then(|code| u16::try_from(code).ok());
        Ok(Decoded { status, message: Some(message), encoded: output.stdout, stable: true })
    });
    let answer = case.plain_answer(result.as_ref());
    let (recorded, output) = world.first_exchange(case, calling, answer).await;
    if output.status != Some(0) {
        world.fault(case, format!("{:?}: {}", output.status, output.message.unwrap_or_default()));
    }
    let Some(recorded) = recorded else { return };
    let mut recorded = recorded;
    recorded.query = recorded.query.and_then(|query| without_pages(case, full, &query));
    for fault in compare(case, full, &LEFT_OUT, body.as_ref(), &recorded) {
        world.fault(case, fault);
    }
    world.compared_request();
}

/// The parameters that are set.
fn given(case: &Case, full: bool) -> impl Iterator<Item = &Parameter> {
    let parameters = case.operation.parameters.iter();
    parameters.filter(move |parameter| {
        parameter.required || (full && !LEFT_OUT.contains(&parameter.name.as_str()))
    })
}

fn is_secret(parameter: &Parameter) -> bool {
    parameter.schema["format"] == "password"
}

/// The query without what asks for the first page of a list, where no flag asked for that.
fn without_pages(case: &Case, full: bool, query: &str) -> Option<String> {
    let of_page =
        |name: &str| ["limit", "skip", "offset", "orderBy", "page", "pagesize"].contains(&name);
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !of_page(name) || given(case, full).any(|parameter| parameter.name == name)
        })
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

/// What stands after the operation, and what is on stdin.
fn command_line(
    case: &Case,
    full: bool,
    form: Form,
    body: Option<&Value>,
    folder: &tempfile::TempDir,
) -> (Vec<String>, Vec<u8>) {
    let operation = &case.operation;
    let mut arguments = Vec::new();
    for parameter in given(case, full).filter(|parameter| !is_secret(parameter)) {
        match values::value(parameter) {
            Value::Array(items) if parameter.place != Place::Free => {
                arguments.extend(items.iter().map(|item| flag(&parameter.argument, item)));
            }
            value => arguments.push(flag(&parameter.argument, &value)),
        }
    }
    let Some(described) = operation.body.as_ref().filter(|body| full || body.required) else {
        return (arguments, Vec::new());
    };
    if described.is_multipart() {
        for (name, is_file, _) in
            described.parts(case.document).into_iter().filter(|(_, _, required)| full || *required)
        {
            let content = values::content(&name, is_file);
            let value = match is_file {
                true => {
                    let path = folder.path().join(&name);
                    std::fs::write(&path, content).unwrap();
                    path.display().to_string()
                }
                false => content,
            };
            arguments.push(flag(&name, &value.into()));
        }
        return (arguments, Vec::new());
    }
    let mut stdin = match body {
        None => values::BYTES.as_bytes().to_vec(),
        Some(body) => body.to_string().into_bytes(),
    };
    if let (Form::Flags, Some(Value::Object(attributes))) = (form, body) {
        let schema = resolve(case.document, &described.schema);
        let mut rest = Map::new();
        for (name, value) in attributes {
            match has_flag(operation, &schema, name, value) {
                true => arguments.push(flag(name, value)),
                false => _ = rest.insert(name.clone(), value.clone()),
            }
        }
        if rest.is_empty() && !attributes.is_empty() {
            return (arguments, Vec::new());
        }
        stdin = Value::Object(rest).to_string().into_bytes();
    }
    arguments.extend(["--body".to_owned(), "-".to_owned()]);
    (arguments, stdin)
}

/// Whether an attribute of the body is given by a flag. A parameter of the same name has it instead, a secret has none,
/// and neither has what no property describes.
fn has_flag(operation: &Operation, schema: &Value, name: &str, value: &Value) -> bool {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let taken = |parameter: &Parameter| plain(&parameter.name) == plain(name);
    let own = ["all", "body", "set", "yes"].contains(&name);
    schema["properties"].get(name).is_some()
        && !own
        && !operation.parameters.iter().any(taken)
        && !value.to_string().contains(SECRET)
}

/// The flag in camel case or as it is in the document, which commands accept besides kebab case.
fn flag(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("--{name}={text}"),
        other => format!("--{name}={other}"),
    }
}

/// The program, which is built by `cargo test --workspace`.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let built = own.parent().unwrap().parent().unwrap();
    let program = built.join(format!("tapis{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is missing: cargo test --workspace builds it, and so does cargo build -p tapis-cli",
        program.display()
    );
    program
}
