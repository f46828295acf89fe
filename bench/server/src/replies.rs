//! What the server says.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};

fn envelope(result: Value) -> Bytes {
    let whole = json!({
        "message": "The request was successful.",
        "metadata": {},
        "result": result,
        "status": "success",
        "version": "dev",
    });
    Bytes::from(whole.to_string())
}

pub(crate) fn nothing() -> Bytes {
    envelope(Value::Null)
}

pub(crate) fn counts(connections: u64, requests: u64, tokens: u64, uploaded: u64) -> Bytes {
    let counts = json!({
        "connections": connections, "requests": requests, "tokens": tokens, "uploaded": uploaded,
    });
    Bytes::from(counts.to_string())
}

pub(crate) fn userinfo() -> Bytes {
    envelope(json!({
        "username": "testuser", "email": "testuser@example.org", "given_name": null,
        "last_name": "User", "phone": null, "mobile_phone": null, "create_time": null,
        "uid": "500", "dn": "cn=testuser,ou=people,dc=example",
    }))
}

/// A token that nobody checks the signature of.
pub(crate) fn token(base_url: &str, life: u64) -> Bytes {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims = json!({
        "jti": format!("{:x}", now.as_nanos()),
        "iss": format!("{base_url}/v3/tokens"),
        "sub": "testuser@dev",
        "tapis/tenant_id": "dev",
        "tapis/token_type": "access",
        "tapis/delegation": false,
        "tapis/delegation_sub": null,
        "tapis/username": "testuser",
        "tapis/account_type": "user",
        "exp": now.as_secs() + life,
    });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let expires_at =
        jiff::Timestamp::from_second(i64::try_from(now.as_secs() + life).unwrap_or_default());
    let expires_at = expires_at.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let head = json!({"alg": "RS256", "typ": "JWT"});
    let signature = URL_SAFE_NO_PAD.encode([7; 256]);
    let jwt = format!("{}.{}.{signature}", encode(&head), encode(&claims));
    envelope(json!({
        "access_token": {
            "access_token": jwt, "expires_in": life, "jti": claims["jti"],
            "expires_at": expires_at,
        },
    }))
}

fn a_tenant(base_url: &str) -> Value {
    json!({
        "tenant_id": "dev", "base_url": base_url, "site_id": "dev", "status": "active",
        "token_service": format!("{base_url}/v3/tokens"),
        "security_kernel": format!("{base_url}/v3/security"),
        "authenticator": format!("{base_url}/v3/oauth2"),
        "owner": "admin@example.org", "admin_user": "admin", "public_key": "none",
        "token_gen_services": ["abaco"], "description": "A tenant.",
        "user_ldap_connection_id": "dev", "service_ldap_connection_id": "dev",
    })
}

pub(crate) fn sites(base_url: &str) -> Bytes {
    envelope(json!([{
        "site_id": "dev", "primary": true, "base_url": base_url, "site_master_tenant": "dev",
        "site_admin_tenant_id": "dev", "services": [], "tenant_base_url_template": null,
    }]))
}

pub(crate) fn tenants(base_url: &str) -> Bytes {
    envelope(json!([a_tenant(base_url)]))
}

pub(crate) fn tenant(base_url: &str) -> Bytes {
    envelope(a_tenant(base_url))
}

pub(crate) fn file(size: usize) -> Bytes {
    envelope(json!([{
        "name": size.to_string(), "path": size.to_string(), "type": "file", "size": size,
        "lastModified": "2026-01-01T00:00:00Z", "mimeType": null, "owner": "testuser",
        "group": "users", "nativePermissions": "rw-r--r--",
        "url": format!("tapis://system/{size}"),
    }]))
}

/// A hundred systems with all that the service tells of each.
pub(crate) fn systems() -> Bytes {
    let systems: Vec<Value> = (0..100).map(system).collect();
    envelope(systems.into())
}

fn system(number: u32) -> Value {
    let mut system: Value = serde_json::from_str(include_str!("system.json")).unwrap_or_default();
    system["id"] = format!("system-{number}").into();
    system["host"] = format!("login{number}.cluster.example.org").into();
    system["uuid"] = format!("6f1c4a3e-9d52-4d0b-8f6e-{number:012x}").into();
    system
}

#[cfg(test)]
mod tests {
    /// The size that the report states.
    #[test]
    fn the_list_has_about_two_kilobytes_for_each_system() {
        let size = super::systems().len();
        assert!((180_000..220_000).contains(&size), "{size}");
    }
}
