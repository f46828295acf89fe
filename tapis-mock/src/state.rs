//! Everything a mock remembers, taken out and put back: snapshots and seeds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::folder::Within;
use crate::road;
use crate::store::Store;
use crate::tokens::mint::Mint;
use crate::world::{SERVICE_ACCOUNTS, TENANTS, World, add_user, tenant_record};

impl World {
    /// Records and files as one JSON value.
    pub(crate) fn snapshot(&self) -> Result<Value, Error> {
        let store = self.store();
        let records = serde_json::to_value(&*store).map_err(|e| Error::State(e.to_string()))?;
        let files = self.folder.contents().map_err(Error::Folder)?;
        drop(store);
        let files: Map<String, Value> = files
            .into_iter()
            .map(|(path, bytes)| (path, bytes.map_or(Value::Null, |b| STANDARD.encode(b).into())))
            .collect();
        Ok(json!({ "records": records, "files": files }))
    }

    /// Puts a snapshot back in place of everything there is.
    pub(crate) fn restore(&self, snapshot: Value) -> Result<(), Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Snapshot {
            records: Store,
            #[serde(default)]
            files: Map<String, Value>,
        }
        let snapshot: Snapshot =
            serde_json::from_value(snapshot).map_err(|e| Error::State(e.to_string()))?;
        // Everything is read before anything is replaced.
        let mut files = Vec::new();
        for (path, content) in snapshot.files {
            let bytes = match content {
                Value::Null => None,
                Value::String(text) => Some(
                    STANDARD.decode(text).map_err(|e| Error::State(format!("file {path}: {e}")))?,
                ),
                _ => return Err(Error::State(format!("file {path}: not base64"))),
            };
            files.push((path, bytes));
        }
        let mut store = self.store();
        *store = snapshot.records;
        self.folder.replace(files, self.clock.now()).map_err(Error::Folder)
    }

    /// Does what a seed says. Systems, apps and requests go the way of any other request, so
    /// that nothing can be seeded that could not have happened.
    pub(crate) fn plant(&self, yaml: &str) -> Result<(), Error> {
        let seed: Seed =
            serde_saphyr::from_str(yaml).map_err(|error| Error::State(error.to_string()))?;
        let tenant = self.settings.tenant.clone();
        {
            let mut store = self.store();
            let now = self.clock.timestamp().to_string();
            for id in &seed.tenants {
                store.put(TENANTS, id, tenant_record(id, &self.settings.site, "", &now));
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
        let first = first.or_else(|| self.first_user()).unwrap_or_else(|| "admin".to_owned());
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
                self.request(&owner, Method::POST, path, &body)?;
            }
        }
        for (system, files) in seed.files {
            let disk = self.folder.system(&tenant, &system);
            for (path, text) in files {
                let within = Within::clean(&path)
                    .ok_or_else(|| Error::State(format!("not a path: {path}")))?;
                disk.write(&within, text.as_bytes(), self.clock.now()).map_err(Error::Folder)?;
            }
        }
        for request in seed.requests {
            let user = request.user.unwrap_or_else(|| first.clone());
            let method = request.method.unwrap_or_else(|| "POST".to_owned());
            let method = Method::from_bytes(method.to_uppercase().as_bytes())
                .map_err(|_| Error::State(format!("not a method: {method}")))?;
            self.request(&user, method, &request.path, &request.body)?;
        }
        Ok(())
    }

    /// Makes a request the way a client would, without a connection.
    fn request(&self, user: &str, method: Method, path: &str, body: &Value) -> Result<(), Error> {
        let token = self.mint(Mint::user(user))?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header(crate::tokens::verify::TOKEN_HEADER, token)
            .body(());
        let request = request.map_err(|e| Error::State(format!("{path}: {e}")))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = road::perform(self, &request.into_parts().0, &body.into());
        if reply.status.is_success() {
            return Ok(());
        }
        Err(Error::State(format!("{path}: {} {}", reply.status, reply.as_text())))
    }

    fn first_user(&self) -> Option<String> {
        let collection = crate::services::authenticator::users(&self.settings.tenant);
        let store = self.store();
        let first = store.records(&collection).next().map(|(name, _)| name.to_owned());
        drop(store);
        first
    }
}

/// What a seed can say.
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
    /// Texts of files by system and path.
    #[serde(default)]
    files: indexmap::IndexMap<String, indexmap::IndexMap<String, String>>,
    /// Anything else, in order.
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
