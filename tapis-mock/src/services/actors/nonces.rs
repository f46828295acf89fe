//! Nonces, with which an actor can be used without a token.

use serde_json::{Value, json};

use super::records::actors;
use super::rights;
use crate::call::Call;
use crate::engine;
use crate::reply::{Content, Failure, Kind, Outcome};
use crate::tokens::verify::Caller;

fn nonces(call: &Call<'_>) -> String {
    format!("{}/{}/nonces", actors(call), call.path("actor_id"))
}

/// A nonce acts as its creator, by default with `EXECUTE` and without a limit.
pub(super) fn create(call: &Call<'_>) -> Outcome {
    let mut reply = engine::answer(call)?;
    if let Content::Result { result, .. } = &mut reply.content {
        let id = result["id"].as_str().unwrap_or_default().to_owned();
        let mut store = call.world.store();
        if let Some(nonce) = store.get_mut(&nonces(call), &id) {
            let given = |name: &str| nonce.get(name).filter(|value| !value.is_null()).cloned();
            let level = given("level").unwrap_or_else(|| "EXECUTE".into());
            let uses = given("max_uses").unwrap_or_else(|| json!(-1));
            let made = [
                ("level", level),
                ("max_uses", uses.clone()),
                ("remaining_uses", uses),
                ("owner", call.user().into()),
                ("actor_id", call.path("actor_id").into()),
            ];
            for (field, value) in made {
                nonce[field] = value.clone();
                result[field] = value;
            }
        }
    }
    Ok(reply)
}

/// The user as whom a call with a nonce acts.
pub(crate) fn redeem(call: &Call<'_>) -> Result<Caller, Failure> {
    let refused = |message: &str| Failure::new(Kind::Unauthorized, message);
    let id = call.query("x-nonce").ok_or_else(|| refused("No JWT or nonce provided."))?;
    let mut store = call.world.store();
    let nonce = store.get_mut(&nonces(call), id).ok_or_else(|| refused("Nonce does not exist."))?;
    if !rights::contains(nonce["level"].as_str(), rights::needed(call)) {
        return Err(refused("Nonce does not have sufficient permissions level."));
    }
    let uses = nonce["remaining_uses"].as_i64().unwrap_or(-1);
    if uses == 0 {
        return Err(refused("No remaining uses left for this nonce."));
    }
    if uses > 0 {
        nonce["remaining_uses"] = Value::from(uses - 1);
    }
    let username = nonce["owner"].as_str().unwrap_or_default().to_owned();
    Ok(Caller { username, tenant: call.tenant.clone(), service: None })
}
