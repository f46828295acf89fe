//! The flags of an operation: one for each parameter and each attribute of the body.

use clap::builder::Resettable;
use clap::{Arg, ArgAction};
use tapis_client::dynamic::{FieldDescription, Location, OperationDescription, ValueType};

use crate::arguments;
use crate::spelling::kebab;

/// The flags of an operation's command that are not in the document.
pub(crate) const OWN: [&str; 4] = ["set", "body", "yes", "all"];

/// Summary and description.
pub(crate) fn long_about(operation: &OperationDescription) -> String {
    let mut text = operation.summary.to_owned();
    if !operation.description.is_empty() {
        text.push_str("\n\n");
        text.push_str(operation.description);
    }
    text
}

pub(crate) fn after_help(operation: &OperationDescription) -> String {
    format!("{} {}", operation.method, operation.path)
}

/// How the operation is called, with the values of its path.
pub(crate) fn usage(operation: &OperationDescription) -> String {
    let command = format!("tapis {} {} [OPTIONS]", operation.service, kebab(operation.id));
    let places =
        path_parameters(operation).map(|parameter| format!(" <{}>", place_name(parameter)));
    places.fold(command, |usage, place| usage + &place)
}

/// The parameters of the path that stand on the command line, in their order.
pub(crate) fn path_parameters(
    operation: &OperationDescription,
) -> impl Iterator<Item = &FieldDescription> {
    let of_path = |field: &&FieldDescription| field.location == Location::Path && !field.secret;
    operation.parameters.iter().filter(of_path)
}

/// The name of a value that has its place on the command line: `SYSTEM-ID`.
pub(crate) fn place_name(parameter: &FieldDescription) -> String {
    kebab(&parameter.name).to_uppercase()
}

/// The flags of an operation: parameters, attributes of the body that are not secret, and our own.
pub(crate) fn flags(operation: &OperationDescription) -> Vec<Arg> {
    let mut all: Vec<Arg> = Vec::new();
    for (field, id) in fields(operation) {
        let long = kebab(&field.name);
        let mut arg = Arg::new(id)
            .long(long.clone())
            .value_name(value_name(field))
            .help(help(field))
            .allow_hyphen_values(true);
        if long != field.name {
            arg = arg.alias(field.name.clone());
        }
        if field.value_type == ValueType::Array {
            arg = arg.action(ArgAction::Append);
        }
        all.push(arg);
    }
    if path_parameters(operation).next().is_some() {
        // The usage names them, and each has a flag that describes it.
        all.push(Arg::new("PATH").num_args(0..).hide(true));
    }
    if operation.body.is_some() {
        all.push(
            Arg::new("body")
                .long("body")
                .value_name("FILE")
                .help("The body, as JSON or YAML: @FILE, - for stdin, or the text itself"),
        );
        all.push(
            Arg::new("set")
                .long("set")
                .value_name("A.B=VALUE")
                .action(ArgAction::Append)
                .help("Set an attribute anywhere in the body"),
        );
    }
    if operation.paged {
        let all_pages = Arg::new("all").long("all").action(ArgAction::SetTrue);
        all.push(all_pages.help("Show all entries, and not --max at most"));
    }
    all.push(arguments::yes_option());
    // A long name might be that of an attribute in a later version of the document.
    for option in
        [arguments::format_option(), arguments::verbose_option(), arguments::quiet_option()]
    {
        all.push(option.long(Resettable::Reset));
    }
    all
}

/// What has a flag, with the id of its flag: a parameter wins over an attribute of the same name, and secrets have none.
fn fields(operation: &OperationDescription) -> Vec<(&FieldDescription, String)> {
    let parameters = operation.parameters.iter().filter(|field| !field.secret);
    let mut all: Vec<_> =
        parameters.map(|field| (field, format!("parameter {}", field.name))).collect();
    let attributes = operation.body.iter().flat_map(|body| &body.fields);
    for field in attributes.filter(|field| !field.secret) {
        let taken =
            |(known, _): &(&FieldDescription, String)| kebab(&known.name) == kebab(&field.name);
        if !all.iter().any(taken) && !OWN.contains(&kebab(&field.name).as_str()) {
            all.push((field, format!("attribute {}", field.name)));
        }
    }
    all
}

fn value_name(field: &FieldDescription) -> String {
    match field.values.is_empty() {
        false if field.values.len() <= 6 => field.values.join("|"),
        _ => field.value_type.to_string().to_uppercase(),
    }
}

fn help(field: &FieldDescription) -> String {
    let mut text = field.description.clone();
    if field.required {
        text.push_str(" (required)");
    }
    if let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) {
        text.push_str(&format!(" [default: {default}]"));
    }
    text.trim().to_owned()
}
