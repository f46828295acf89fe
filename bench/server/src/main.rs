//! The server as a program: it prints its address, and serves until its standard input ends.

use std::net::Ipv4Addr;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("http://{}", listener.local_addr()?);
    let mut nothing = [0];
    let end = async { tokio::io::stdin().read(&mut nothing).await };
    tokio::select! {
        fault = server::serve(listener) => fault.map(drop),
        end = end => end.map(drop),
    }
}
