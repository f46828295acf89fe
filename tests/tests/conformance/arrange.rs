//! What only a mock can bring about, as requests to its control API.

use serde_json::{Value, json};

/// Path below `/_mock` and body of the request for an arrangement.
pub(crate) fn request(name: &str, value: &Value) -> Result<(String, Value), String> {
    let text = |value: &Value| {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} wants a text: {value}"))
    };
    Ok(match name {
        // Seconds by which the clock moves.
        "advance" => ("clock".to_owned(), json!({ "advance_seconds": value })),
        // {job, status}: held in this state.
        "job_status" => {
            (format!("jobs/{}", text(&value["job"])?), json!({ "status": value["status"] }))
        }
        // A job that is held goes on.
        "job_goes_on" => (format!("jobs/{}", text(value)?), json!({ "status": null })),
        // A job that ends with FAILED when it has run.
        "job_fails" => (format!("jobs/{}", text(value)?), json!({ "outcome": "FAILED" })),
        // A fault in the form of the control API.
        "fault" => ("faults".to_owned(), value.clone()),
        // The host of a system refuses the login.
        "host_login_fails" => (format!("systems/{}", text(value)?), json!({ "login": "refused" })),
        // No credential is stored for a system.
        "no_credential" => (format!("systems/{}", text(value)?), json!({ "login": "missing" })),
        // {user_code, username}: a person enters the code of a device login.
        "device_code" => ("device".to_owned(), value.clone()),
        // {system, path, target}: a symbolic link.
        "link" => (format!("links/{}", text(&value["system"])?), value.clone()),
        _ => return Err(format!("unknown arrangement {name}")),
    })
}
