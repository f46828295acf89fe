//! Calls any operation by its name, as command line tools do:
//! `any_operation systems getSystem systemId=my-system select=id,host`.
//!
//! Values whose names are in the path go there, all others into the query.

#![allow(clippy::print_stdout)] // an example's business is to show

use tapis_client::Tapis;

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
    let name = format!("{service}.{id}");

    let operation = Tapis::operations()
        .find(|operation| operation.to_string() == name)
        .ok_or_else(|| format!("there is no operation {name}"))?;
    println!("{operation}: {} {}", operation.method, operation.template);

    let mut path = operation.template.to_owned();
    let mut query = Vec::new();
    for value in values {
        let (name, value) = value.split_once('=').ok_or("a value is given as name=value")?;
        let parameter = format!("{{{name}}}");
        if path.contains(&parameter) {
            path = path.replace(&parameter, value);
        } else {
            query.push((name, value));
        }
    }
    let mut request = t.request(operation.method, path);
    for (name, value) in query {
        request = request.query(name, value);
    }
    println!("{:#}", request.await?);
    Ok(())
}
