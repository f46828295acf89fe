//! From the command line to what carries it out.

use clap::ArgMatches;
use serde_json::{Value, json};
use tapis_client::dynamic;

use crate::arguments::Globals;
use crate::config::Config;
use crate::failure::{Failure, Stop};
use crate::output::{Column, View};
use crate::{
    api, completion, definitions, doctor, files, human, login, names, operation, session, tree,
};

pub(crate) async fn run(globals: &Globals, matches: &ArgMatches) -> Result<(), Stop> {
    let most = matches.get_one("max").copied();
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    if name == "help" {
        let words = matches.get_many::<String>("command").into_iter().flatten().cloned();
        let line = ["tapis".to_owned()].into_iter().chain(words).chain(["--help".to_owned()]);
        let matches = tree::root().try_get_matches_from(line).map_err(Stop::Shown)?;
        return Box::pin(run(globals, &matches)).await;
    }
    if dynamic::services().contains(&name) {
        let rest = matches.get_many::<String>("rest").into_iter().flatten().cloned();
        let line = tree::help_last(rest.collect());
        return match human::begins_with_verb(name, &line) {
            true => human::run(globals, name, line).await,
            false => operation::run(globals, name, line).await,
        };
    }
    let last = matches.subcommand().map_or(matches, |(_, last)| last);
    let globals = globals.with(last);
    let outcome = match without_preview(&globals, name) {
        None => carry_out(&globals, most, name, matches).await,
        Some(option) => {
            Err(Failure::usage(format!("`tapis {name}` has no {option}; nothing was done")))
        }
    };
    outcome.map_err(|failure| failure.shown_as(globals.format).into())
}

/// The option that asks the command to show what it would do, if it cannot.
fn without_preview(globals: &Globals, name: &str) -> Option<&'static str> {
    let has_dry_run = matches!(name, "api" | "apply" | "cp" | "mkdir" | "mv" | "rm");
    let options = [
        ("--dry-run", globals.dry_run && !has_dry_run),
        ("--curl", globals.curl && name != "api"),
        ("--template", globals.template),
    ];
    options.into_iter().find_map(|(option, is_lacking)| is_lacking.then_some(option))
}

async fn carry_out(
    globals: &Globals,
    most: Option<usize>,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match name {
        "login" => login::login(globals, matches).await,
        "logout" => login::logout(globals, matches).await,
        "whoami" => login::whoami(globals).await,
        "token" => login::token(globals, matches).await,
        "profiles" => profiles(globals, matches),
        "ls" | "stat" | "cat" | "mkdir" | "rm" | "mv" | "cp" => {
            files::run(globals, most, name, matches).await
        }
        "api" => api::run(globals, matches).await,
        "doctor" => doctor::run(globals).await,
        "dev" => dev(matches).await,
        "completions" => completions(matches),
        names::COMMAND => {
            let kind = matches.get_one::<String>("kind").map(String::as_str).unwrap_or_default();
            names::fetch(globals, kind).await
        }
        "apply" | "diff" | "export" => definitions::run(globals, name, matches).await,
        _ => Err(Failure::usage(format!("there is no command {name}"))),
    }
}

fn profiles(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let mut config = Config::read()?;
    let Some((action, matches)) = matches.subcommand() else { return Ok(()) };
    let named = matches.try_get_one::<String>("name").ok().flatten();
    let unknown = |name: &str| {
        Failure::new(crate::exit::Exit::NotFound, format!("there is no profile {name:?}"))
    };
    let describe = |config: &Config, name: &str| -> Option<Value> {
        let profile = config.profile(name)?;
        Some(json!({
            "name": name,
            "base_url": profile.base_url,
            "username": profile.username,
            "client_id": profile.client_id,
            "current": config.current() == Some(name),
        }))
    };
    const VIEW: View = View {
        identity: &["name"],
        columns: &[
            Column::text("NAME", "name"),
            Column::text("USER", "username"),
            Column::long("ADDRESS", "base_url"),
            Column::text("CURRENT", "current"),
        ],
        wide: &[Column::text("CLIENT", "client_id")],
    };
    match (action, named) {
        ("list", _) => {
            let all = config.names().iter().filter_map(|name| describe(&config, name)).collect();
            globals.output().show_as(&Value::Array(all), &VIEW)
        }
        ("show", _) => {
            let name = match named {
                Some(name) => name.clone(),
                None => session::profile(globals)?.ok_or_else(session::no_address)?.0,
            };
            let profile = describe(&config, &name).ok_or_else(|| unknown(&name))?;
            globals.output().show_as(&profile, &VIEW)
        }
        ("use", Some(name)) => {
            config.profile(name).ok_or_else(|| unknown(name))?;
            config.use_by_default(name);
            config.save()
        }
        ("remove", Some(name)) => match config.remove(name) {
            true => config.save(),
            false => Err(unknown(name)),
        },
        _ => Ok(()),
    }
}

fn completions(matches: &ArgMatches) -> Result<(), Failure> {
    let shell = matches.get_one::<String>("shell").map(String::as_str).unwrap_or_default();
    std::io::Write::write_all(&mut std::io::stdout(), &completion::script(shell)?)?;
    Ok(())
}

#[cfg(feature = "dev")]
async fn dev(matches: &ArgMatches) -> Result<(), Failure> {
    crate::dev::run(matches).await
}

#[cfg(not(feature = "dev"))]
#[expect(clippy::unused_async, reason = "as with the feature")]
async fn dev(_: &ArgMatches) -> Result<(), Failure> {
    Err(Failure::usage("this `tapis` was built without the feature `dev`")
        .with_hint("cargo install --path tapis-cli --features dev"))
}
