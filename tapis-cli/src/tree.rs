//! The tree of commands. Of the services, only the one that is named is built, and of its operations only the one
//! that is named has its flags.

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

/// The command that all others are under.
pub(crate) fn root() -> Command {
    let services = dynamic::services().iter().map(|service| {
        Command::new(*service)
            .about(service::about(service))
            .disable_help_flag(true)
            .arg(Arg::new("rest").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true))
    });
    Command::new("tapis")
        .version(version())
        .about("The command line for Tapis v3")
        .after_help(
            "Exit codes: 0 done, 1 failed, 2 usage, 3 login, 4 permission, 5 not found, 6 conflict,\n\
             7 unreachable or timed out, 8 the job (run, pod) failed, 9 differences found,\n\
             10 system credential, 130 interrupted, 143 terminated.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(arguments::options())
        .subcommand(login())
        .subcommand(
            Command::new("logout")
                .about("Revoke and forget the tokens of the profile")
                .arg(flag("forget", "Delete the OAuth client that `tapis login` created, too")),
        )
        .subcommand(Command::new("whoami").about("Show who is logged in, where, and until when"))
        .subcommand(
            Command::new("token")
                .about("Print the access token, renewed if need be")
                .arg(flag("export", "Print a line that a shell can evaluate: export TAPIS_ACCESS_TOKEN=…")),
        )
        .subcommand(profiles())
        .subcommands(files::commands())
        .subcommand(api())
        .subcommand(
            Command::new("doctor").about("Check address, clock, profile, token and credentials of systems"),
        )
        .subcommand(dev())
        .subcommand(
            Command::new("completions")
                .about("Print what makes a shell complete commands: eval \"$(tapis completions bash)\"")
                .arg(
                    Arg::new("shell")
                        .required(true)
                        .value_parser(PossibleValuesParser::new(SHELLS)),
                ),
        )
        .subcommand(Command::new(names::COMMAND).hide(true).arg(Arg::new("kind").required(true)))
        .subcommands(definitions::commands())
        .subcommands(services)
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
                    "The port that the browser comes back to [default: {}]; the callback URL of the client is \
                     http://127.0.0.1:PORT/callback",
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
    let name = || Arg::new("name").required(true);
    Command::new("profiles")
        .about("Named pairs of a tenant and a user")
        .subcommand_required(true)
        .subcommand(Command::new("list").about("List the profiles"))
        .subcommand(Command::new("show").about("Show a profile").arg(name().required(false)))
        .subcommand(Command::new("use").about("Make a profile the one that is used").arg(name()))
        .subcommand(Command::new("remove").about("Remove a profile").arg(name()))
}

fn api() -> Command {
    Command::new("api")
        .about("Send any request")
        .arg(Arg::new("method").required(true).ignore_case(true).value_parser(
            PossibleValuesParser::new(["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]),
        ))
        .arg(Arg::new("path").required(true).help("The path, such as /v3/systems"))
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
