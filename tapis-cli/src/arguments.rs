//! The options that stand before the command.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::format::Format;
use crate::output::Output;

/// The options that stand before the command.
#[derive(Clone, Debug)]
pub(crate) struct Globals {
    pub(crate) profile: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) format: Option<Format>,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) jq: Option<String>,
    pub(crate) max: usize,
    pub(crate) timeout: Option<Duration>,
    pub(crate) dry_run: bool,
    pub(crate) curl: bool,
    pub(crate) show_secrets: bool,
    pub(crate) template: bool,
    pub(crate) yes: bool,
    pub(crate) no_input: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) fields_from_env: Vec<String>,
}

/// How many entries of a list are shown at most.
const MAX: usize = 1000;

/// The options that stand before the command, with the variables that they are read from otherwise.
pub(crate) fn options() -> Vec<Arg> {
    let variables =
        [("profile", "TAPIS_PROFILE"), ("url", "TAPIS_BASE_URL"), ("output", "TAPIS_OUTPUT")];
    let all = plain_options().into_iter().map(|option| {
        match variables.iter().find(|(name, _)| option.get_id() == *name) {
            Some((_, variable)) => option.env(*variable).hide_env_values(true),
            None => option,
        }
    });
    all.collect()
}

/// The command with those of these options that it has not: they may stand behind it, too. Its help has its own
/// alone.
pub(crate) fn anywhere(command: Command) -> Command {
    let is_taken = |option: &Arg| {
        let same =
            |own: &Arg| own.get_id() == option.get_id() || own.get_long() == option.get_long();
        command.get_arguments().any(same)
    };
    let more: Vec<Arg> = plain_options().into_iter().filter(|option| !is_taken(option)).collect();
    let note = "The options that `tapis --help` lists are accepted here, too.";
    let after = match command.get_after_help() {
        Some(text) => format!("{text}\n\n{note}"),
        None => note.to_owned(),
    };
    command.args(more.into_iter().map(|option| option.hide(true))).after_help(after)
}

/// Whether it is one of these options, as a user writes it.
pub(crate) fn is_option(flag: &str) -> bool {
    let name = flag.trim_start_matches('-');
    plain_options().iter().any(|option| option.get_long() == Some(name))
}

fn plain_options() -> Vec<Arg> {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    vec![
        Arg::new("profile")
            .long("profile")
            .value_name("NAME")
            .help("The profile of the configuration file, which names the tenant and the user"),
        Arg::new("url")
            .long("url")
            .value_name("URL")
            .help("The base URL of the tenant, such as https://tacc.tapis.io"),
        format_option(),
        columns_option(),
        Arg::new("jq")
            .long("jq")
            .value_name("FILTER")
            .conflicts_with("columns")
            .help("Show what a filter of jq makes of the result: JSON, and texts as they are"),
        max_option(),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(value_parser!(u64))
            .help("How long a call may take"),
        flag("dry-run", "Show the request and do not send it"),
        flag("curl", "Show the request as a curl command and do not send it").hide_short_help(true),
        flag("template", "Show a body to fill in, as YAML").hide_short_help(true),
        flag("show-secrets", "Show passwords, keys and tokens in results").hide_short_help(true),
        Arg::new("field-from-env")
            .long("field-from-env")
            .value_name("NAME=VAR")
            .action(ArgAction::Append)
            .hide_short_help(true)
            .help("Set a secret attribute of the body from an environment variable"),
        yes_option(),
        flag("no-input", "Never ask").hide_short_help(true),
        verbose_option(),
        quiet_option(),
    ]
}

pub(crate) fn format_option() -> Arg {
    Arg::new("output")
        .short('o')
        .long("output")
        .value_name("FORMAT")
        .value_parser(value_parser!(Format))
        .help("The format of results: a table on a terminal and JSON elsewhere by default")
}

pub(crate) fn columns_option() -> Arg {
    Arg::new("columns")
        .long("columns")
        .value_name("A,B")
        .value_delimiter(',')
        .help("The columns of a table or of CSV; `a.b` is the attribute b of a")
}

pub(crate) fn max_option() -> Arg {
    Arg::new("max")
        .long("max")
        .value_name("COUNT")
        .value_parser(value_parser!(usize))
        .help("How many entries of a list are shown at most (1000 by default)")
}

pub(crate) fn yes_option() -> Arg {
    Arg::new("yes")
        .long("yes")
        .short('y')
        .action(ArgAction::SetTrue)
        .help("Do not ask before something is deleted")
}

pub(crate) fn verbose_option() -> Arg {
    Arg::new("verbose")
        .short('v')
        .long("verbose")
        .action(ArgAction::SetTrue)
        .help("Show each request on stderr")
}

pub(crate) fn quiet_option() -> Arg {
    Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help("Show results alone")
}

impl Globals {
    pub(crate) fn read(matches: &ArgMatches) -> Self {
        let text =
            |name: &str| matches.get_one::<String>(name).filter(|text| !text.is_empty()).cloned();
        let texts = |name: &str| matches.get_many::<String>(name).map(|all| all.cloned().collect());
        Self {
            profile: text("profile"),
            url: text("url"),
            format: matches.get_one("output").copied(),
            columns: texts("columns"),
            jq: text("jq"),
            max: matches.get_one("max").copied().unwrap_or(MAX),
            timeout: matches.get_one("timeout").copied().map(Duration::from_secs),
            dry_run: matches.get_flag("dry-run"),
            curl: matches.get_flag("curl"),
            template: matches.get_flag("template"),
            show_secrets: matches.get_flag("show-secrets"),
            yes: matches.get_flag("yes"),
            no_input: matches.get_flag("no-input"),
            verbose: matches.get_flag("verbose"),
            quiet: matches.get_flag("quiet"),
            fields_from_env: texts("field-from-env").unwrap_or_default(),
        }
    }

    /// With the options that stand after the operation or the verb, as far as it takes them.
    pub(crate) fn with(&self, matches: &ArgMatches) -> Self {
        let set = |name: &str| matches.try_get_one::<bool>(name).ok().flatten() == Some(&true);
        let text = |name: &str| {
            let given = matches.try_get_one::<String>(name).ok().flatten();
            given.filter(|text| !text.is_empty()).cloned()
        };
        let texts = |name: &str| -> Option<Vec<String>> {
            let given = matches.try_get_many::<String>(name).ok().flatten();
            given.map(|all| all.cloned().collect())
        };
        let max = matches.try_get_one::<usize>("max").ok().flatten();
        let timeout = matches.try_get_one::<u64>("timeout").ok().flatten();
        let more_fields = texts("field-from-env").unwrap_or_default();
        Self {
            profile: text("profile").or_else(|| self.profile.clone()),
            url: text("url").or_else(|| self.url.clone()),
            format: matches.try_get_one("output").ok().flatten().copied().or(self.format),
            columns: texts("columns").or_else(|| self.columns.clone()),
            jq: text("jq").or_else(|| self.jq.clone()),
            max: max.copied().unwrap_or(self.max),
            timeout: timeout.copied().map(Duration::from_secs).or(self.timeout),
            dry_run: self.dry_run || set("dry-run"),
            curl: self.curl || set("curl"),
            show_secrets: self.show_secrets || set("show-secrets"),
            template: self.template || set("template"),
            yes: self.yes || set("yes"),
            no_input: self.no_input || set("no-input"),
            verbose: self.verbose || set("verbose"),
            quiet: self.quiet || set("quiet"),
            fields_from_env: self.fields_from_env.iter().cloned().chain(more_fields).collect(),
        }
    }

    pub(crate) fn output(&self) -> Output {
        let output = Output::new(self.format, self.columns.clone()).quiet(self.quiet);
        output.filtered_by(self.jq.clone())
    }

    /// A remark on stderr, for people.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let line = format!("{}\n", crate::terminal::printable(text));
            // If this fails, nobody can be informed.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
        }
    }
}
