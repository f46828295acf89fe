//! The actions of the control API.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Refused, done};
use super::views;
use crate::fault::Fault;
use crate::shared::logins::Login;
use crate::tokens::mint::Mint;
use crate::world::{self, World};

pub(super) fn add_fault(world: &World, body: Value) -> Answer {
    // One fault, or a list.
    let faults: Vec<Fault> = if body.is_array() {
        serde_json::from_value(body)
    } else {
        serde_json::from_value(body).map(|fault| vec![fault])
    }
    .map_err(|error| Refused::bad(format!("not a fault: {error}")))?;
    for fault in &faults {
        fault.check().map_err(|unknown| Refused::bad(unknown.to_string()))?;
    }
    faults.into_iter().for_each(|fault| world.faults.add(fault));
    done()
}

pub(super) fn advance(world: &World, body: &Value) -> Answer {
    let seconds = body["advance_seconds"].as_f64().filter(|seconds| *seconds >= 0.0);
    let seconds = seconds.ok_or_else(|| Refused::bad("advance_seconds must be a number"))?;
    let by =
        Duration::try_from_secs_f64(seconds).map_err(|error| Refused::bad(error.to_string()))?;
    world.clock.advance(by);
    Ok(views::clock(world))
}

pub(super) fn add_user(world: &World, body: &Value) -> Answer {
    let (username, password) = (required(body, "username")?, required(body, "password")?);
    let mut store = world.store();
    let tenant = tenant(world, body);
    world::add_user(&mut store, tenant, username, password, body["admin"] == true);
    drop(store);
    done()
}

pub(super) fn mint(world: &World, body: &Value) -> Answer {
    let username = required(body, "username")?;
    let mut mint = match body["target_site"].as_str() {
        Some(site) => Mint::service(username, site),
        None => Mint::user(username),
    };
    if let Some(tenant) = body["tenant"].as_str() {
        mint = mint.tenant(tenant);
    }
    if let Some(seconds) = body["expires_in"].as_u64() {
        mint = mint.expires_in(Duration::from_secs(seconds));
    }
    if body["expired"] == true {
        mint = mint.expired();
    }
    if body["foreign_signed"] == true {
        mint = mint.foreign_signed();
    }
    for (name, value) in body["claims"].as_object().into_iter().flatten() {
        mint = mint.claim(name, value.clone());
    }
    Ok(json!({ "access_token": world.mint(mint)? }))
}

pub(super) fn approve_device(world: &World, body: &Value) -> Answer {
    let (code, username) = (required(body, "user_code")?, required(body, "username")?);
    world.approve_device(tenant(world, body), code, username)?;
    done()
}

/// `{"client_id": "c", "callback_url": "http://…"}` registers a client with a callback URL.
pub(super) fn set_callback_url(world: &World, body: &Value) -> Answer {
    let client = required(body, "client_id")?;
    world.set_callback_url(tenant(world, body), client, required(body, "callback_url")?)?;
    done()
}

pub(super) fn issue_code(world: &World, body: &Value) -> Answer {
    let (client, username) = (required(body, "client_id")?, required(body, "username")?);
    let redirect = required(body, "redirect_uri")?;
    let code = world.issue_code(tenant(world, body), client, username, redirect)?;
    Ok(json!({ "code": code }))
}

/// `{"status": "BLOCKED"}` holds a job in a state, `{"status": null}` releases it, and `{"outcome":
/// "FAILED"}` sets its final state.
pub(super) fn steer_job(world: &World, id: &str, body: &Value) -> Answer {
    let tenant = tenant(world, body);
    match (body.get("status"), body["outcome"].as_str()) {
        (Some(Value::Null), _) => world.release_job(tenant, id)?,
        (Some(status), _) => {
            world.set_job_status(tenant, id, status.as_str().unwrap_or_default())?;
        }
        (None, Some("FAILED")) => world.fail_job(tenant, id)?,
        _ => return Err(Refused::bad("say a status, or the outcome FAILED")),
    }
    done()
}

/// `{"login": "refused"}` makes the host of a system refuse logins, `missing` hides the stored
/// credential, and `accepted` ends both.
pub(super) fn steer_system(world: &World, id: &str, body: &Value) -> Answer {
    let login = Login::read(required(body, "login")?);
    let login = login.ok_or_else(|| Refused::bad("login is accepted, refused or missing"))?;
    world.set_login(tenant(world, body), id, login)?;
    done()
}

/// `{"path": "d/l", "target": "../f"}` creates a symbolic link on a system.
pub(super) fn link(world: &World, id: &str, body: &Value) -> Answer {
    let (path, target) = (required(body, "path")?, required(body, "target")?);
    world.link(tenant(world, body), id, path, target)?;
    done()
}

fn required<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refused> {
    body[name].as_str().ok_or_else(|| Refused::bad(format!("{name} is required")))
}

fn tenant<'a>(world: &'a World, body: &'a Value) -> &'a str {
    body["tenant"].as_str().unwrap_or(&world.settings.tenant)
}
