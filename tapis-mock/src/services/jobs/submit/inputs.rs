//! Input files: those of the request, completed by the application's with the same name, and those
//! that the application adds (tapis-jobs `SubmitContext.java:1275-1489, 1694-2129`).

use serde_json::{Value, json};

use super::sharing::Sharing;
use super::text::{
    bad, field, file_name, is_uri, is_variable, list, notes_text, refuse_control, refuse_traversal,
};
use crate::reply::Failure;

/// The maximum length of an input's name.
const LONGEST_NAME: usize = 80;
const LOCAL: &str = "tapislocal://";

/// A single input or an array of inputs; the same rules merge both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Single,
    Array,
}

impl Sort {
    fn list(self) -> &'static str {
        if self == Self::Single { "fileInputs" } else { "fileInputArrays" }
    }

    fn source(self) -> &'static str {
        if self == Self::Single { "sourceUrl" } else { "sourceUrls" }
    }

    fn target(self) -> &'static str {
        if self == Self::Single { "targetPath" } else { "targetDir" }
    }

    fn has_source(self, input: &Value) -> bool {
        match self {
            Self::Single => field(input, "sourceUrl").is_some(),
            Self::Array => !list(input, "sourceUrls").is_empty(),
        }
    }

    /// The default target of an input. A source that ends in a slash has no name.
    fn default_target(self, input: &Value) -> String {
        match self {
            Self::Single => file_name(input["sourceUrl"].as_str().unwrap_or_default()).to_owned(),
            Self::Array => "/".to_owned(),
        }
    }
}

/// The inputs of a job.
pub(super) fn merge(
    request: &Value,
    app: &Value,
    sharing: &Sharing<'_>,
) -> Result<Vec<Value>, Failure> {
    let mut inputs = merge_sort(request, app, Sort::Single, sharing)?;
    for input in &mut inputs {
        let source = input["sourceUrl"].as_str().unwrap_or_default();
        if let Some((_, path)) = source.strip_prefix(LOCAL).and_then(|rest| rest.split_once('/')) {
            input["sourceUrl"] = format!("{LOCAL}exec.tapis/{path}").into();
        }
    }
    let arrays = merge_sort(request, app, Sort::Array, sharing)?;
    for (index, array) in arrays.iter().enumerate() {
        expand(array, index + 1, &mut inputs)?;
    }
    for input in &inputs {
        let name = input["name"].as_str().unwrap_or("unnamed");
        for place in ["sourceUrl", "targetPath"] {
            refuse_control("fileInputs", name, input[place].as_str().unwrap_or_default())?;
        }
        if let Some(key) = input["envKey"].as_str()
            && (key.starts_with(super::environment::RESERVED) || !is_variable(key))
        {
            let what = format!("The envKey {key} of the input {name} is not allowed.");
            return Err(bad("JOBS_INVALID_INPUT_ENVKEY", &what));
        }
    }
    Ok(inputs)
}

/// Adds a variable for each input with an `envKey`.
pub(super) fn add_keys(inputs: &[Value], variables: &mut Vec<Value>) -> Result<(), Failure> {
    for input in inputs {
        let Some(key) = input["envKey"].as_str() else { continue };
        let name = input["name"].as_str().unwrap_or("unnamed");
        if variables.iter().any(|variable| variable["key"] == key) {
            let what = format!("EnvKey {key} from the input {name} is set already.");
            return Err(bad("JOBS_DUPLICATE_ENV_VAR", &what));
        }
        variables.push(json!({
            "key": key,
            "value": input["targetPath"],
            "description": format!("EnvKey from input file: {name}"),
            "include": true,
            "notes": "{}",
        }));
    }
    Ok(())
}

fn merge_sort(
    request: &Value,
    app: &Value,
    sort: Sort,
    sharing: &Sharing<'_>,
) -> Result<Vec<Value>, Failure> {
    let defined = list(&app["jobAttributes"], sort.list());
    let strict = app["strictFileInputs"] == true;
    let id = app["id"].as_str().unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    let mut merged = Vec::new();
    for asked in list(request, sort.list()) {
        let Some(name) = field(asked, "name") else {
            if strict {
                let what = format!("The application {id} takes named file inputs only.");
                return Err(bad("JOBS_UNNAMED_FILE_INPUT", &what));
            }
            if sort == Sort::Single || sort.has_source(asked) {
                merged.push(complete(asked, sort)?);
            }
            continue;
        };
        let known = defined.iter().find(|input| input["name"] == name);
        if strict && known.is_none() {
            let what = format!("The application {id} does not define a file input \"{name}\".");
            return Err(bad("JOBS_NO_FILE_INPUT_DEFINITION", &what));
        }
        if seen.contains(&name) {
            let what = format!("The file input \"{name}\" is in the request more than once.");
            return Err(bad("JOBS_DUPLICATE_FILE_INPUT", &what));
        }
        seen.push(name);
        match known {
            None => merged.push(complete(asked, sort)?),
            Some(known) => {
                let input = if known["inputMode"] == "FIXED" {
                    Some(fixed(asked, known, sort)?)
                } else {
                    fill_in(asked, known, sort)?
                };
                merged.extend(input.map(|input| share(input, known, sort, sharing)));
            }
        }
    }
    for known in defined {
        let name = known["name"].as_str().unwrap_or_default();
        let incomplete = !sort.has_source(known) || field(known, sort.target()).is_none();
        if seen.contains(&name) || (is_optional(known) && incomplete) {
            continue;
        }
        seen.push(name);
        let mut input = complete(known, sort)?;
        input["optional"] = is_optional(known).into();
        merged.push(share(input, known, sort, sharing));
    }
    Ok(merged)
}

/// Records on whose behalf an input of the application is read and staged (tapis-jobs
/// `SubmitContext.java:2183-2217`).
fn share(mut input: Value, known: &Value, sort: Sort, sharing: &Sharing<'_>) -> Value {
    let same = match sort {
        Sort::Single => {
            let source = field(&input, "sourceUrl").unwrap_or_default();
            source.starts_with("tapis://") && input["sourceUrl"] == known["sourceUrl"]
        }
        Sort::Array => same_sources(&input, known),
    };
    input["srcSharedAppCtx"] = sharing.source(same).into();
    input["destSharedAppCtx"] = sharing.target().into();
    input
}

/// Whether two arrays have the same number of sources, and the second has all of the first
/// (tapis-jobs `JobFileInputArray.java:30-54`).
fn same_sources(input: &Value, known: &Value) -> bool {
    let (ours, theirs) = (list(input, "sourceUrls"), list(known, "sourceUrls"));
    ours.len() == theirs.len() && ours.iter().all(|source| theirs.contains(source))
}

fn is_optional(known: &Value) -> bool {
    known["inputMode"].is_null() || known["inputMode"] == "OPTIONAL"
}

/// An input in the format of jobs, from the attributes that it has.
fn normal(input: &Value, sort: Sort) -> Value {
    let mut out = json!({
        "name": input["name"],
        "description": input["description"],
        "envKey": field(input, "envKey"),
        "autoMountLocal": input["autoMountLocal"].as_bool().unwrap_or(true),
        "notes": notes_text(&input["notes"]),
        "optional": false,
        "srcSharedAppCtx": "",
        "destSharedAppCtx": "",
    });
    for name in [sort.source(), sort.target()] {
        out[name] = input[name].clone();
    }
    out
}

/// A single input.
fn complete(input: &Value, sort: Sort) -> Result<Value, Failure> {
    if !sort.has_source(input) {
        return Err(no_source(input));
    }
    let mut out = normal(input, sort);
    if !set_target(&mut out, sort) {
        return Err(no_target(input));
    }
    refuse_traversal(sort.target(), out[sort.target()].as_str().unwrap_or_default())?;
    Ok(out)
}

/// Sets the default target if it is missing or `*`. Returns whether there is a target.
fn set_target(input: &mut Value, sort: Sort) -> bool {
    if matches!(field(input, sort.target()), None | Some("*")) {
        input[sort.target()] = sort.default_target(input).into();
    }
    field(input, sort.target()).is_some()
}

/// An input of the application, completed by the request. `None` if an optional one stays
/// incomplete.
fn fill_in(asked: &Value, known: &Value, sort: Sort) -> Result<Option<Value>, Failure> {
    let mut input = normal(asked, sort);
    let optional = is_optional(known);
    if !sort.has_source(asked) {
        input[sort.source()] = known[sort.source()].clone();
        if !sort.has_source(&input) {
            return if optional { Ok(None) } else { Err(no_source(known)) };
        }
        let sources = match sort {
            Sort::Single => std::slice::from_ref(&input[sort.source()]),
            Sort::Array => list(&input, sort.source()),
        };
        if !sources.iter().all(|source| source.as_str().is_some_and(is_uri)) {
            return Err(bad("TAPIS_INVALID_PARAMETER", "sourceUrl of the application"));
        }
    }
    if field(&input, sort.target()).is_none() {
        input[sort.target()] = known[sort.target()].clone();
    }
    if !set_target(&mut input, sort) {
        return if optional { Ok(None) } else { Err(no_target(known)) };
    }
    let mount = asked["autoMountLocal"].as_bool().or_else(|| known["autoMountLocal"].as_bool());
    input["autoMountLocal"] = mount.unwrap_or(true).into();
    // The service does not check whether the application has one.
    let its = known["description"].as_str();
    input["description"] = match field(asked, "description") {
        Some(own) => format!("{}\n\n{own}", its.unwrap_or("null")).into(),
        None => json!(its),
    };
    input["optional"] = optional.into();
    if asked["notes"].is_null() {
        input["notes"] = notes_text(&known["notes"]);
    }
    input["envKey"] = json!(field(asked, "envKey").or_else(|| field(known, "envKey")));
    Ok(Some(input))
}

/// A fixed input, whose values the request may only repeat. The `envKey` is that of the request
/// (tapis-jobs `SubmitContext.java:1504-1573`).
fn fixed(asked: &Value, known: &Value, sort: Sort) -> Result<Value, Failure> {
    for name in [sort.source(), sort.target(), "description", "autoMountLocal", "notes"] {
        let blank = asked[name].is_null() || asked[name] == "" || asked[name] == json!([]);
        let same = match name {
            "notes" => notes_text(&asked[name]) == notes_text(&known[name]),
            "sourceUrls" => same_sources(asked, known),
            "autoMountLocal" => {
                asked[name].as_bool() == Some(known[name].as_bool().unwrap_or(true))
            }
            _ => asked[name] == known[name],
        };
        if !blank && !same {
            let input = known["name"].as_str().unwrap_or_default();
            let what = format!("Attempted change to the \"{input}\" FIXED file input ({name}).");
            return Err(bad("JOBS_FIXED_INPUT_ERROR", &what));
        }
    }
    let mut input = complete(known, sort)?;
    input["envKey"] = json!(field(asked, "envKey"));
    Ok(input)
}

/// Converts an array, which is the `number`th of the job, to single inputs.
fn expand(array: &Value, number: usize, inputs: &mut Vec<Value>) -> Result<(), Failure> {
    let name = array["name"].as_str().unwrap_or_default();
    let suffix = format!("_{number}.");
    let room = LONGEST_NAME.saturating_sub(suffix.len() + 1);
    let stem: String = if name.len() + suffix.len() > LONGEST_NAME {
        name.chars().take(room).collect()
    } else {
        name.to_owned()
    };
    let dir = array["targetDir"].as_str().unwrap_or("/").trim_end_matches('/');
    let is_tapis = |source: &str| source.starts_with("tapis://");
    for (index, source) in list(array, "sourceUrls").iter().filter_map(Value::as_str).enumerate() {
        if source.starts_with(LOCAL) {
            let what = format!("{source} cannot be in the array of inputs {name}.");
            return Err(bad("JOBS_TAPISLOCAL_NOT_ALLOWED", &what));
        }
        let first = index == 0;
        let stem = if first { stem.as_str() } else { "" };
        inputs.push(json!({
            "name": format!("{stem}{suffix}{}", index + 1),
            "description": if first { array["description"].clone() } else { Value::Null },
            "envKey": null,
            "autoMountLocal": false,
            "sourceUrl": source,
            // A source without a last segment goes into the directory itself.
            "targetPath": match (dir, file_name(source)) {
                ("", "") => "/".to_owned(),
                (dir, "") => dir.to_owned(),
                (dir, name) => format!("{dir}/{name}"),
            },
            "notes": array["notes"],
            "optional": array["optional"],
            "srcSharedAppCtx": if is_tapis(source) { array["srcSharedAppCtx"].clone() } else { "".into() },
            "destSharedAppCtx": array["destSharedAppCtx"],
        }));
    }
    Ok(())
}

fn no_source(input: &Value) -> Failure {
    let name = field(input, "name").unwrap_or("unnamed");
    bad("JOBS_NO_SOURCE_URL", &format!("The file input \"{name}\" has no sourceUrl."))
}

fn no_target(input: &Value) -> Failure {
    let name = field(input, "name").unwrap_or("unnamed");
    let what = format!("Unable to determine a targetPath for the file input \"{name}\".");
    bad("JOBS_NO_TARGET_PATH", &what)
}
