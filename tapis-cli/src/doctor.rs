//! Checks of everything that a command needs, each with the command that mends it.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tapis_client::http::Retry;
use tapis_client::time::jiff::{Timestamp, fmt::rfc2822};
use tapis_client::{Error, ErrorKind, Tapis};

use crate::arguments::Globals;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Login};
use crate::terminal::printable;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How many systems are checked.
const SYSTEMS: usize = 20;
/// How far the clocks may be apart, in seconds.
const APART: i64 = 30;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Warning,
    Failed(Exit),
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warn",
            Self::Failed(_) => "fail",
        }
    }
}

/// One line of the report.
#[derive(Debug)]
struct Check {
    name: String,
    status: Status,
    message: String,
    /// What mends it.
    command: Option<String>,
}

impl Check {
    fn new(name: &str, status: Status, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), status, message: message.into(), command: None }
    }

    fn ok(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, message)
    }

    fn warning(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, Status::Warning, message)
    }

    fn failed(name: &str, exit: impl Into<Exit>, message: impl Into<String>) -> Self {
        Self::new(name, Status::Failed(exit.into()), message)
    }

    fn mended_by(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    fn to_json(&self) -> Value {
        json!({
            "check": self.name, "status": self.status.word(), "message": self.message, "command": self.command,
        })
    }
}

/// Runs the checks and shows them; fails with the code of the first that failed.
pub(crate) async fn run(globals: &Globals) -> Result<(), Failure> {
    let checks = all(globals).await;
    show(globals, &checks)?;
    let failed: Vec<Exit> = checks
        .iter()
        .filter_map(|check| match check.status {
            Status::Failed(exit) => Some(exit),
            _ => None,
        })
        .collect();
    match failed.first() {
        None => Ok(()),
        Some(exit) => {
            Err(Failure::new(*exit, format!("{} of {} checks failed", failed.len(), checks.len())))
        }
    }
}

fn show(globals: &Globals, checks: &[Check]) -> Result<(), Failure> {
    let output = globals.output();
    if !output.is_table() || output.columns.is_some() {
        let all = checks.iter().map(Check::to_json).collect();
        return output.show(&Value::Array(all), &["check".to_owned()]);
    }
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    for check in checks {
        let (word, name) = (check.status.word(), printable(&check.name));
        writeln!(out, "{word:<4}  {name:<width$}  {}", printable(&check.message))?;
        if let Some(command) = &check.command {
            writeln!(out, "{:width$}        {}", "", printable(command))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The checks, up to one without which the others make no sense.
async fn all(globals: &Globals) -> Vec<Check> {
    let mut checks = Vec::new();
    let t = match session::tapis(globals) {
        Ok(t) => t,
        Err(failure) => {
            let command = failure.hint().unwrap_or("tapis login --tenant TENANT").to_owned();
            checks
                .push(Check::failed("profile", failure.exit, failure.message()).mended_by(command));
            return checks;
        }
    };
    let login = Login::of(globals);
    checks.push(login.as_ref().map_or_else(
        |failure| Check::failed("profile", failure.exit, failure.message()),
        |login| Check::ok("profile", format!("{login}, at {}", t.base_url())),
    ));
    let reached = address(&t, &mut checks).await;
    if !reached {
        return checks;
    }
    let renewable = login.is_ok_and(|login| login.is_renewable());
    if let Some(user) = token(&t, renewable, &mut checks).await {
        systems(&t, &user, &mut checks).await;
    }
    checks
}

/// Checks address, encryption, clock and tenant by one request that needs no login; whether there was a reply.
async fn address(t: &Tapis, checks: &mut Vec<Check>) -> bool {
    let url = t.base_url();
    let call = match t.operation("tenants", "list_tenants") {
        Ok(call) => call.with_retry(Retry::never()).with_timeout(LIMIT),
        Err(error) => {
            checks.push(Check::failed("address", error.kind(), error.to_string()));
            return false;
        }
    };
    let reply = match call.send().await {
        Ok(reply) => reply,
        Err(error) => {
            checks.push(unreachable(&error, url));
            return false;
        }
    };
    checks.push(Check::ok("address", format!("{url} answers")));
    checks.push(match url.starts_with("https://") {
        true => Check::ok("tls", "encrypted, and the certificate is accepted"),
        false if is_loopback(url) => Check::ok("tls", "not encrypted, and on this machine"),
        false => Check::warning("tls", "passwords and tokens travel unencrypted")
            .mended_by(format!("tapis login --url {}", url.replacen("http://", "https://", 1))),
    });
    let date = reply.headers().get("date").and_then(|date| date.to_str().ok());
    checks.push(clock(date, Timestamp::now()));
    let same = |other: &Value| {
        other.as_str().is_some_and(|other| other.trim_end_matches('/') == url.trim_end_matches('/'))
    };
    let tenant = reply.result().as_array().into_iter().flatten().find(|one| same(&one["base_url"]));
    checks.push(match tenant.and_then(|tenant| tenant["tenant_id"].as_str()) {
        Some(tenant) => Check::ok("tenant", tenant),
        None => Check::warning("tenant", format!("no tenant of this site has the address {url}"))
            .mended_by("tapis --columns tenant_id,base_url tenants list-tenants"),
    });
    true
}

fn unreachable(error: &Error, url: &str) -> Check {
    let message = error.to_string();
    if message.contains("certificate") {
        return Check::failed("tls", error.kind(), message).mended_by(
            "SSL_CERT_FILE=ca.pem tapis doctor  # with the certificate of the site's authority",
        );
    }
    Check::failed("address", error.kind(), message).mended_by(format!("curl -v {url}/v3/tenants"))
}

fn is_loopback(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| url.starts_with(own))
}

/// Compares the clocks. Tokens are used by the server's clock, so that a difference harms other programs first.
fn clock(date: Option<&str>, now: Timestamp) -> Check {
    let server = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    let Some(server) = server else {
        return Check::warning("clock", "the server does not say what time it is");
    };
    let ahead = now.as_second().saturating_sub(server.as_second());
    let way = if ahead < 0 { "behind" } else { "ahead" };
    match ahead.saturating_abs() {
        apart if apart <= APART => Check::ok("clock", format!("within {APART} s of the server's")),
        apart => Check::warning("clock", format!("this machine is {apart} s {way} of the server"))
            .mended_by("sudo timedatectl set-ntp true"),
    }
}

/// Checks the token; the user whose it is, if the service accepts it.
async fn token(t: &Tapis, renewable: bool, checks: &mut Vec<Check>) -> Option<String> {
    let token = match t.access_token().await {
        Ok(token) => token,
        Err(error) => {
            checks.push(
                Check::failed("token", error.kind(), error.to_string()).mended_by("tapis login"),
            );
            return None;
        }
    };
    let end = token
        .expires_at()
        .map_or_else(|| "without an end".to_owned(), |at| format!("valid until {at}"));
    let accepted = match t.operation("authenticator", "get_userinfo") {
        Ok(call) => call.with_timeout(LIMIT).await,
        Err(error) => Err(error),
    };
    let user = match accepted {
        Ok(info) => info["username"].as_str().or(token.claims().user()).map(str::to_owned),
        Err(error) => {
            checks.push(
                Check::failed("token", error.kind(), error.to_string()).mended_by("tapis login"),
            );
            return None;
        }
    };
    let name = user.as_deref().unwrap_or("somebody");
    checks.push(match renewable {
        true => Check::ok("token", format!("of {name}, {end}, and renewed by itself")),
        false => Check::warning("token", format!("of {name}, {end}, and not renewed after that"))
            .mended_by("tapis login"),
    });
    user
}

/// Checks whether Tapis can log in to the user's systems.
async fn systems(t: &Tapis, user: &str, checks: &mut Vec<Check>) {
    let attributes = "id,owner,systemType,effectiveUserId,isDynamicEffectiveUser,enabled";
    let list = async {
        let call = t.operation("systems", "getSystems")?;
        let call = call.argument("limit", SYSTEMS).argument("listType", "ALL");
        call.argument("select", attributes).argument("orderBy", "id").with_timeout(LIMIT).await
    };
    let list = match list.await {
        Ok(list) => list,
        Err(error) => {
            return checks.push(Check::failed("systems", error.kind(), error.to_string()));
        }
    };
    let systems = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if systems.is_empty() {
        checks.push(Check::ok("systems", "there are none"));
    }
    let tasks: Vec<_> = systems
        .iter()
        .filter(|system| system["enabled"] != false)
        .map(|system| tokio::spawn(credential(t.clone(), user.to_owned(), system.clone())))
        .collect();
    for task in tasks {
        // A task that cannot be waited for has panicked or was aborted, and neither is done here.
        checks.extend(task.await.into_iter().flatten());
    }
    if systems.len() == SYSTEMS {
        checks.push(Check::ok("systems", format!("only the first {SYSTEMS} were checked")));
    }
}

/// Checks the credential of one system; `None` where Tapis cannot check any.
async fn credential(t: Tapis, user: String, system: Value) -> Option<Check> {
    // The service logs in to these for a check, and to no others.
    if !["LINUX", "S3"].contains(&system["systemType"].as_str()?) {
        return None;
    }
    let id = system["id"].as_str()?;
    let host_user = match system["isDynamicEffectiveUser"] == true {
        true => &user,
        false => system["effectiveUserId"].as_str()?,
    };
    let name = format!("system {id}");
    let checked = match t.operation("systems", "checkUserCredential") {
        Ok(call) => {
            let call = call.argument("systemId", id).argument("userName", host_user);
            call.with_retry(Retry::never()).with_timeout(LIMIT).await
        }
        Err(error) => Err(error),
    };
    let error = match checked {
        Ok(_) => return Some(Check::ok(&name, format!("Tapis can log in as {host_user}"))),
        Err(error) => error,
    };
    Some(match error.kind() {
        // Only the owner may check the login of a fixed user.
        ErrorKind::Permission => Check::ok(&name, "its owner looks after the login"),
        ErrorKind::SystemCredential | ErrorKind::NotFound => {
            let status = match system["owner"] == user.as_str() {
                true => Status::Failed(Exit::SystemCredential),
                // Perhaps a system that the user does not use.
                false => Status::Warning,
            };
            let command =
                format!("tapis systems credentials set {id} {host_user} --password-stdin");
            Check::new(&name, status, error.to_string()).mended_by(command)
        }
        _ => Check::warning(&name, error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_by_the_date_of_a_reply() {
        let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
        for (date, status, said) in [
            (Some("Mon, 30 Nov 2026 08:00:29 GMT"), "ok", "within 30 s"),
            (Some("Mon, 30 Nov 2026 08:01:00 GMT"), "warn", "60 s behind"),
            (Some("Mon, 30 Nov 2026 07:00:00 GMT"), "warn", "3600 s ahead"),
            (Some("soon"), "warn", "does not say"),
            (None, "warn", "does not say"),
        ] {
            let check = clock(date, now);
            assert_eq!(check.status.word(), status, "{date:?}");
            assert!(check.message.contains(said), "{date:?}: {}", check.message);
        }
    }
}
