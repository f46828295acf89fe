//! Revoked tokens.

use serde_json::{Value, json};

use crate::call::Call;
use crate::world::REVOKED;

/// Records a token as revoked, and returns its `jti`.
pub(crate) fn revoke(call: &Call<'_>, token: &str) -> Option<String> {
    let claims = call.world.opener.open(token).ok()?;
    let exp = claims.get("exp").and_then(Value::as_i64)?;
    if exp <= call.world.clock.seconds() {
        return None;
    }
    let jti = claims.get("jti").and_then(Value::as_str)?.to_owned();
    call.world.store().put(REVOKED, jti.clone(), json!({ "exp": exp }));
    Some(jti)
}
