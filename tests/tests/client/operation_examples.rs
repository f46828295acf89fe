//! The examples in the documentation of operations, run against the mock. That they compile is what
//! doctests show; JSON that the service would refuse, and replies that cannot be read, are seen here.

use std::error::Error as StdError;
use std::pin::Pin;

use serde_json::json;
use tapis_client::apps::types::ReqPostApp;
use tapis_client::{Error, ErrorKind};
use tapis_tests::World;

type Outcome = Result<(), Box<dyn StdError>>;
type Running<'a> = (&'static str, Pin<Box<dyn Future<Output = Outcome> + 'a>>);

#[allow(clippy::print_stdout, reason = "the examples show what they got")]
mod examples {
    use tapis_client::Tapis;

    use super::{Outcome, Running};

    include!(concat!(env!("OUT_DIR"), "/examples.rs"));
}

async fn world() -> World {
    let world = World::with(|mock| mock.tenant("tacc").user("alice", "secret"), |client| client);
    let world = world.await.unwrap();
    world.make_system("my-system").await.unwrap();
    world.make_system("other-system").await.unwrap();
    let app = json!({
        "id": "hello", "version": "1.0", "containerImage": "busybox",
        "jobAttributes": {"execSystemId": "my-system"},
    });
    world.t.apps.create_app_version(ReqPostApp::try_from(app).unwrap()).await.unwrap();
    world
}

/// The examples with a placeholder that no service takes for what it stands for: a token.
const PLACEHOLDERS: [&str; 1] = ["authenticator_revoke_token"];

/// Whether a resource exists depends on the mock; a request that is refused, or a reply that cannot be
/// read, is the example's fault.
#[tokio::test]
async fn no_example_of_an_operation_sends_what_is_refused_or_cannot_read_the_reply() {
    let world = world().await;
    let (mut succeeded, mut wrong) = (0, Vec::new());
    for (name, example) in examples::all(&world.t) {
        let Err(error) = example.await else {
            succeeded += 1;
            continue;
        };
        let about_the_world = match error.downcast_ref::<Error>().map(Error::kind) {
            Some(ErrorKind::Authentication | ErrorKind::Permission) => true,
            Some(ErrorKind::Conflict | ErrorKind::NotFound) => true,
            _ => PLACEHOLDERS.contains(&name),
        };
        if !about_the_world {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(succeeded > 30, "only {succeeded} examples succeeded");
}
