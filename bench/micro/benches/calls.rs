//! One call, and the decoding of a hundred systems: by hand and with this SDK, in the same run.
//! `cargo bench -p micro`, in this workspace.

use std::hint::black_box;
use std::net::Ipv4Addr;

use by_hand::{ByHand, Envelope, System};
use contest::Contestant;
use criterion::{Criterion, criterion_group, criterion_main};
use sdk::Sdk;
use sdk::tapis_client::systems::types::TapisSystem;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A server with a thread of its own.
fn server() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        one_thread().block_on(async {
            server::serve(TcpListener::from_std(listener).expect("a socket")).await
        })
    });
    base_url
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn one_call<C: Contestant>(criterion: &mut Criterion, base_url: &str, name: &str) {
    let runtime = one_thread();
    let client = runtime.block_on(C::log_in(base_url.to_owned())).expect("a login");
    criterion.benchmark_group("one call").bench_function(name, |bencher| {
        bencher.to_async(&runtime).iter(|| async { client.userinfo().await.expect("a reply") });
    });
}

fn calls(criterion: &mut Criterion) {
    let base_url = server();
    one_call::<ByHand>(criterion, &base_url, "by hand");
    one_call::<Sdk>(criterion, &base_url, "this SDK");
}

fn decoding(criterion: &mut Criterion) {
    let json = server::systems();
    let mut group = criterion.benchmark_group("decoding 100 systems");
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Envelope<Vec<System>>>(black_box(&json)));
    });
    group.bench_function("this SDK", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Envelope<Vec<TapisSystem>>>(black_box(&json)));
    });
}

criterion_group!(benches, calls, decoding);
criterion_main!(benches);
