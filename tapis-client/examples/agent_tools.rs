//! Tools for an AI agent: operations as a server of the Model Context Protocol lists them, with a JSON Schema
//! of their arguments, and called with JSON.

#![allow(clippy::print_stdout)] // examples print their results

use serde_json::{Value, json};
use tapis_client::dynamic::{self, OperationDescription};
use tapis_client::{Error, Tapis};

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };

    // What the agent is offered: here the operations of Systems that change nothing.
    let systems = dynamic::describe_all("systems")?;
    let tools: Vec<Value> = systems.filter(is_harmless).map(|operation| tool(&operation)).collect();
    println!("tools: {}", tools.len());
    for one in tools.iter().filter(|tool| tool["name"] == "systems_getSystem") {
        println!("{}: {}", one["name"], one["description"]);
        println!("required: {}", one["inputSchema"]["required"]);
    }

    // What it calls. The text of an error is good enough for a second attempt.
    for (name, arguments) in [
        ("systems_getSystems", json!({"select": "id", "limit": 2})),
        ("systems_getSystem", json!({"system": "my-system"})),
        ("systems_getSystem", json!({"systemId": "my-system", "select": "host"})),
    ] {
        match call(&t, name, arguments).await {
            Ok(result) => println!("{name}: {result}"),
            Err(error) => println!("{name} failed: {error}"),
        }
    }
    Ok(())
}

fn is_harmless(operation: &OperationDescription) -> bool {
    operation.method.as_str() == "GET" && !operation.deprecated && !operation.returns_bytes
}

fn tool(operation: &OperationDescription) -> Value {
    json!({
        "name": format!("{}_{}", operation.service, operation.id),
        "description": operation.summary,
        "inputSchema": operation.input_schema(),
        "annotations": {"readOnlyHint": true},
    })
}

async fn call(t: &Tapis, name: &str, arguments: Value) -> Result<Value, Error> {
    let (service, operation) = name.split_once('_').unwrap_or((name, ""));
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    t.operation(service, operation)?.arguments(arguments).await
}
