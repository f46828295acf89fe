//! The initial content of a mock.

use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::folder::Within;
use crate::pipeline;
use crate::tokens::mint::Mint;
use crate::tokens::verify::TOKEN_HEADER;
use crate::world::{SERVICE_ACCOUNTS, TENANTS, World, add_user, tenant_record, users};

/// Applies a seed. Systems, apps and requests use the request pipeline, so a seed cannot create a
/// state that requests could not.
pub(crate) fn plant(world: &World, text: &str) -> Result<(), Error> {
    #[cfg(feature = "yaml")]
    let seed = serde_saphyr::from_str(text);
    #[cfg(not(feature = "yaml"))]
    let seed = serde_json::from_str(text);
    let seed: Seed = seed.map_err(|error| Error::State(error.to_string()))?;
    let tenant = world.settings.tenant.clone();
    {
        let mut store = world.store();
        let now = world.clock.timestamp().to_string();
        for id in &seed.tenants {
            store.put(TENANTS, id, tenant_record(id, &world.settings.site, "", &now));
        }
        for user in &seed.users {
            let tenant = user.tenant.as_deref().unwrap_or(&tenant);
            add_user(&mut store, tenant, &user.username, &user.password, user.admin);
        }
        for service in &seed.services {
            let account = json!({ "password": service.password });
            store.put(SERVICE_ACCOUNTS, &service.name, account);
        }
    }
    let first = seed.users.first().map(|user| user.username.clone());
    let first = first.or_else(|| first_user(world)).unwrap_or_else(|| "admin".to_owned());
    let planted = [
        (seed.clients, "/v3/oauth2/clients"),
        (seed.systems, "/v3/systems"),
        (seed.apps, "/v3/apps"),
    ];
    for (bodies, path) in planted {
        for mut body in bodies {
            let owner = body["owner"].as_str().unwrap_or(&first).to_owned();
            if path.ends_with("clients")
                && let Some(body) = body.as_object_mut()
            {
                body.remove("owner");
            }
            perform(world, &owner, Method::POST, path, &body)?;
        }
    }
    for (system, files) in seed.files {
        let disk = world.folder.system(&tenant, &system);
        for (path, text) in files {
            let within =
                Within::clean(&path).ok_or_else(|| Error::State(format!("not a path: {path}")))?;
            disk.write(&within, text.as_bytes(), world.clock.now()).map_err(Error::Folder)?;
        }
    }
    for (system, links) in seed.links {
        let disk = world.folder.system(&tenant, &system);
        for (path, target) in links {
            let within =
                Within::clean(&path).ok_or_else(|| Error::State(format!("not a path: {path}")))?;
            disk.link(&within, target.as_ref()).map_err(Error::Folder)?;
        }
    }
    for request in seed.requests {
        let user = request.user.unwrap_or_else(|| first.clone());
        let method = request.method.unwrap_or_else(|| "POST".to_owned());
        let method = Method::from_bytes(method.to_uppercase().as_bytes())
            .map_err(|_| Error::State(format!("not a method: {method}")))?;
        perform(world, &user, method, &request.path, &request.body)?;
    }
    Ok(())
}

/// Sends a request as a client would, without a connection.
fn perform(
    world: &World,
    user: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<(), Error> {
    let token = world.mint(Mint::user(user))?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header(TOKEN_HEADER, token)
        .body(());
    let request = request.map_err(|e| Error::State(format!("{path}: {e}")))?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = pipeline::perform(world, &request.into_parts().0, &body.into());
    if reply.status.is_success() {
        return Ok(());
    }
    Err(Error::State(format!("{path}: {} {}", reply.status, reply.as_text())))
}

fn first_user(world: &World) -> Option<String> {
    let collection = users(&world.settings.tenant);
    let store = world.store();
    let first = store.records(&collection).next().map(|(name, _)| name.to_owned());
    drop(store);
    first
}

/// The content of a seed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    tenants: Vec<String>,
    #[serde(default)]
    users: Vec<SeedUser>,
    #[serde(default)]
    services: Vec<SeedService>,
    #[serde(default)]
    clients: Vec<Value>,
    #[serde(default)]
    systems: Vec<Value>,
    #[serde(default)]
    apps: Vec<Value>,
    /// The texts of files, by system and path.
    #[serde(default)]
    files: indexmap::IndexMap<String, indexmap::IndexMap<String, String>>,
    /// The targets of symbolic links, by system and path. An absolute one starts at the root of the
    /// system.
    #[serde(default)]
    links: indexmap::IndexMap<String, indexmap::IndexMap<String, String>>,
    /// All other requests, in order.
    #[serde(default)]
    requests: Vec<SeedRequest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUser {
    username: String,
    password: String,
    #[serde(default)]
    admin: bool,
    tenant: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedService {
    name: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedRequest {
    user: Option<String>,
    method: Option<String>,
    path: String,
    #[serde(default)]
    body: Value,
}
