//! The tree of commands. Of the services, only the one that is named is built, and of its operations only the one
//! that is named has its flags.

use std::ffi::OsStr;

use clap::{Arg, ArgAction, Command, builder::PossibleValuesParser, value_parser};
use tapis_client::dynamic;

use crate::{arguments, definitions, files, names, oauth_client, service};

/// The shells that there are completions for.
pub(crate) const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The version, and the commit where the build names it, as `cargo xtask dist` does.
fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match option_env!("TAPIS_COMMIT") {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    }
}

/// The commands of the help, grouped by purpose. All other services are named in one line.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Log in", &["login", "logout", "whoami", "token", "profiles", "doctor"]),
    ("Systems, apps and jobs", &["systems", "apps", "jobs", "pods", "workflows"]),
    ("Files on systems", &["ls", "cp", "cat", "mv", "rm", "mkdir", "stat"]),
    ("Definitions in files", &["apply", "diff", "export"]),
    ("More", &["api", "completions", "dev", "help"]),
];

const EXAMPLES: &str = "\
Examples:
  tapis login --tenant tacc
  tapis systems list
  tapis cp -r results tapis://my-system/results
  tapis jobs submit hello --arg word=world --follow
  tapis systems operations            all operations of a service
  tapis systems get-system --help     one of them

Exit codes: 0 done, 1 failed, 2 usage, 3 login, 4 permission, 5 not found, 6 conflict,
7 unreachable or timed out, 8 the job (run, pod) failed, 9 differences found,
10 system credential, 130 interrupted, 143 terminated.";

/// Returns the root command, `tapis`.
pub(crate) fn root() -> Command {
    let services = dynamic::services().iter().map(|service| {
        Command::new(*service)
            .about(service::about(service))
            .disable_help_flag(true)
            .arg(Arg::new("rest").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true))
    });
    let with_options = [
        login(),
        Command::new("logout")
            .about("Revoke and forget the tokens of the profile")
            .arg(flag("forget", "Delete the OAuth client that `tapis login` created, too")),
        Command::new("whoami").about("Show who is logged in, where, and until when"),
        Command::new("token").about("Print the access token, renewed if needed").arg(flag(
            "export",
            "Print a line that a shell can evaluate: export TAPIS_ACCESS_TOKEN=…",
        )),
        api(),
        Command::new("doctor")
            .about("Check address, clock, profile, token and credentials of systems"),
    ];
    let root = Command::new("tapis")
        .version(version())
        .about("The command line for Tapis v3")
        .after_help(EXAMPLES)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(arguments::options())
        .subcommands(with_options.map(arguments::anywhere))
        .subcommand(profiles())
        .subcommands(files::commands())
        .subcommand(dev())
        .subcommand(
            Command::new("completions")
                .about("Print what makes a shell complete commands")
                .after_help("Example, in ~/.bashrc:\n  eval \"$(tapis completions bash)\"")
                .arg(
                    Arg::new("shell")
                        .required(true)
                        .value_parser(PossibleValuesParser::new(SHELLS)),
                ),
        )
        .subcommand(Command::new(names::COMMAND).hide(true).arg(Arg::new("kind").required(true)))
        .subcommand(
            Command::new("help")
                .about("Show the help of a command, as --help does")
                .arg(Arg::new("command").value_name("COMMAND").num_args(0..)),
        )
        .subcommands(definitions::commands())
        .subcommands(services);
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\
         Options, before a command; after it, too, except after SERVICE OPERATION:\n\
         {{options}}{{after-help}}",
        groups(&root)
    );
    root.help_template(template)
}

/// The commands with what they are for.
fn groups(root: &Command) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        text.push_str(&format!("{title}:\n"));
        for name in names {
            let about = root.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {name:<12} {about}\n"));
        }
        text.push('\n');
    }
    let grouped = |service: &&&str| GROUPS.iter().any(|(_, names)| names.contains(*service));
    let others: Vec<&str> =
        dynamic::services().iter().filter(|service| !grouped(service)).copied().collect();
    let (first, second) = others.split_at(others.len() / 2);
    let lines = [first, second].map(|half| format!("  {}", half.join(", ")));
    text.push_str(&format!("All operations of a service:\n{}\n\n", lines.join(",\n")));
    text
}

/// The words of a command line, of which `help A B` stands for `A B --help`.
pub(crate) fn help_last<T: AsRef<OsStr> + From<&'static str>>(mut words: Vec<T>) -> Vec<T> {
    if words.first().is_some_and(|first| first.as_ref() == "help") {
        words.remove(0);
        words.push("--help".into());
    }
    words
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn login() -> Command {
    Command::new("login")
        .about("Log in and keep the tokens")
        .arg(
            Arg::new("tenant")
                .long("tenant")
                .value_name("TENANT")
                .conflicts_with("to-url")
                .help("The tenant, whose Tapis is at https://TENANT.tapis.io"),
        )
        .arg(Arg::new("to-url").long("url").value_name("URL").help("The base URL of the tenant"))
        .arg(Arg::new("username").long("username").value_name("NAME").help("The user"))
        .arg(flag("password-stdin", "Read the password from stdin"))
        .arg(
            flag("device", "Log in with a browser on any machine, in which you enter a code")
                .conflicts_with_all(["browser", "password-stdin"]),
        )
        .arg(
            flag("browser", "Log in with a browser on this machine")
                .conflicts_with("password-stdin"),
        )
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("PORT")
                .requires("browser")
                .value_parser(value_parser!(u16))
                .help(format!(
                    "The port of the callback URL [default: {}]; the client has to be registered with the callback \
                     URL http://127.0.0.1:PORT/callback",
                    oauth_client::PORT
                )),
        )
        .arg(
            Arg::new("client").long("client").value_name("auto|none|ID").default_value("auto").help(
                "auto: create an OAuth client of this command's own, so that the login lasts for days; none: \
                 the login ends with the access token, after some hours; ID: use this client",
            ),
        )
        .arg(Arg::new("to-profile").long("profile").value_name("NAME").help("The profile to write"))
}

fn dev() -> Command {
    Command::new("dev")
        .about("Run a mock Tapis server with demo data on this machine")
        .arg(flag("deployed", "Answer with the quirks of the deployed services"))
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("PORT")
                .default_value("0")
                .value_parser(value_parser!(u16))
                .help("The port to listen on; 0 takes a free one"),
        )
        .arg(
            Arg::new("to-profile")
                .long("profile")
                .value_name("NAME")
                .default_value("dev")
                .help("The profile that is written, and removed when it ends"),
        )
}

fn profiles() -> Command {
    let name = || Arg::new("name").value_name("PROFILE").required(true);
    let verbs = [
        Command::new("list").about("List the profiles").alias("ls"),
        Command::new("show").about("Show a profile").arg(name().required(false)),
        Command::new("use").about("Make a profile the one that is used").arg(name()),
        Command::new("remove").about("Remove a profile").alias("rm").arg(name()),
    ];
    Command::new("profiles")
        .about("Named pairs of a tenant and a user")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(verbs.map(arguments::anywhere))
}

fn api() -> Command {
    Command::new("api")
        .about("Send any request")
        .allow_missing_positional(true)
        .after_help(
            "Examples:\n  tapis api /v3/systems -f select=id,host\n  \
             tapis api POST /v3/apps/hello/disable\n  \
             tapis api POST /v3/systems --input system.json --dry-run",
        )
        .arg(
            Arg::new("method")
                .value_name("METHOD")
                .default_value("GET")
                .ignore_case(true)
                .value_parser(PossibleValuesParser::new([
                    "GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE",
                ])),
        )
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .required(true)
                .help("The path, such as /v3/systems; a query may follow"),
        )
        .arg(
            Arg::new("field").short('f').value_name("NAME=VALUE").action(ArgAction::Append).help(
                "A query parameter of a GET, HEAD or DELETE; otherwise a text in the JSON body",
            ),
        )
        .arg(
            Arg::new("typed")
                .short('F')
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("As -f, with a value that is JSON, or @FILE for the content of a file"),
        )
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("FILE")
                .help("The body, from a file or - for stdin"),
        )
        .arg(flag("paginate", "Fetch all pages of a list by limit and skip"))
}
