//! Calls any operation by its name, as command line tools do:
//! `any_operation systems getSystem systemId=my-system select=id,host`.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        arguments = ["systems", "getSystem", "systemId=my-system", "select=id,host"]
            .map(str::to_owned)
            .to_vec();
    }
    let [service, id, values @ ..] = &arguments[..] else {
        return Err("give a service and an operation, as in systems getSystems".into());
    };

    let mut call = t.operation(service, id)?;
    let operation = call.describe();
    println!("operation: {service}.{}, {} {}", operation.id, operation.method, operation.path);
    println!("summary: {}", operation.summary);
    for value in values {
        let (name, value) = value.split_once('=').ok_or("a value is given as name=value")?;
        call = call.text_argument(name, value);
    }
    println!("result: {:#}", call.await?);
    Ok(())
}
