//! The stored actors, and helpers for all operations.

use serde_json::{Value, json};

use crate::call::Call;
use crate::dates::{self, Style};
use crate::reply::Failure;
use crate::store::{Store, in_tenant};

pub(super) fn missing(id: &str) -> Failure {
    Failure::not_found(format!("Actor with identifier '{id}' not found"))
}

pub(super) fn actors(call: &Call<'_>) -> String {
    in_tenant(&call.tenant, "/v3/actors")
}

pub(super) fn find<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("actor_id");
    let actor = store.get_mut(&actors(call), id);
    actor.ok_or_else(|| missing(id))
}

/// Adds URLs that the document does not have, as the deployed service does.
pub(super) fn add_links(call: &Call<'_>, record: &mut Value, itself: &str, below: &str) {
    if !call.world.settings.deployed() {
        return;
    }
    let owner = record["owner"].as_str().unwrap_or_default().to_owned();
    record["_links"] = json!({
        "self": format!("{}/v3/actors{itself}", call.base_url),
        "owner": format!("{}/v3/oauth2/profiles/{owner}", call.base_url),
        below: format!("{}/v3/actors{itself}/{below}", call.base_url),
    });
}

/// A timestamp in the format of this service.
pub(super) fn timestamp(call: &Call<'_>) -> Value {
    let time = call.world.clock.timestamp();
    if call.world.settings.deployed() {
        return dates::write(time, Style::Abaco).into();
    }
    call.now().into()
}

/// Whether the image of an actor cannot be pulled.
pub(super) fn is_missing(actor: &Value) -> bool {
    actor["image"].as_str().is_some_and(|image| image.contains("missing"))
}
