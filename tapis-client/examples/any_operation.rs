//! Calls any operation by its name, as command line tools do:
//! `any_operation systems getSystem systemId=my-system select=id,host`.

#![allow(clippy::print_stdout)] // an example's business is to show

mod shared;

#[tokio::main]
async fn main() -> shared::Result<()> {
    let (t, _mock) = shared::tapis()?;
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
    println!("{service}.{}: {} {}", operation.id, operation.method, operation.path);
    println!("{}", operation.summary);
    for value in values {
        let (name, value) = value.split_once('=').ok_or("a value is given as name=value")?;
        call = call.text_argument(name, value);
    }
    println!("{:#}", call.await?);
    Ok(())
}
