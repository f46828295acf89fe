//! Asks the server at the first argument for a system, through the proxy of the second one if there is
//! one: a process of its own, because it is its environment that is tested.

use tapis_client::Tapis;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let base_url = arguments.next().ok_or("the base URL is missing")?;
    let mut builder = Tapis::builder(base_url).allow_http();
    if let Some(proxy) = arguments.next() {
        let proxy = reqwest::Proxy::all(proxy)?;
        builder = builder.http(move |http| http.proxy(proxy.clone()));
    }
    builder.build()?.tenants.get_tenant("dev").await?;
    Ok(())
}
