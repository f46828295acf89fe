//! What the network does to a run.

use rstest::rstest;
use tokio::net::TcpSocket;
use xtask::regen::{self, Options};

use crate::server::Answer;
use crate::world::{BIRDS, World, edited};

fn three_attempts(world: &World) -> Options {
    Options { attempts: 3, ..world.options() }
}

#[rstest]
#[case::a_service_that_is_not_ready(Answer::Status(503))]
#[case::a_gateway_that_waited_in_vain(Answer::Status(504))]
#[case::too_many_requests(Answer::Status(429))]
#[case::a_connection_dropped_at_once(Answer::HangUp)]
#[case::a_connection_dropped_in_the_middle(Answer::Half(BIRDS.to_owned()))]
fn a_passing_fault_is_tried_again(#[case] fault: Answer) {
    let world = World::fresh();
    world.answer("birds", [fault.clone(), fault, Answer::Document(BIRDS.to_owned())]);
    regen::run(&three_attempts(&world)).unwrap();
    assert_eq!(world.requests("birds"), 3);
    assert_eq!(world.requests("nests"), 1);
    assert_eq!(world.read("upstream/birds.json"), include_str!("services/birds.upstream.json"));
}

#[test]
fn a_silence_is_tried_again() {
    let world = World::fresh();
    world.answer("birds", [Answer::Silence, Answer::Document(BIRDS.to_owned())]);
    let services = vec!["birds".into()];
    regen::run(&Options { services, timeout: 0.5, ..three_attempts(&world) }).unwrap();
    assert!(world.requests("birds") > 1);
}

#[rstest]
#[case::failing_for_ever(Answer::Status(500), "HTTP 500", 3)]
#[case::not_there(Answer::Status(404), "HTTP 404", 1)]
#[case::not_allowed(Answer::Status(403), "HTTP 403", 1)]
#[case::dropped_for_ever(Answer::HangUp, "connection closed", 3)]
#[case::cut_short_for_ever(Answer::Half(BIRDS.to_owned()), "body", 3)]
fn a_lasting_fault_is_named(#[case] fault: Answer, #[case] reason: &str, #[case] requests: usize) {
    let world = World::with_news();
    let asked = world.requests("birds");
    world.answer("birds", [fault]);
    let error = world.refusal_of(&three_attempts(&world));
    let place = format!("birds: cannot fetch {}: ", world.address("birds"));
    assert!(error.starts_with(&place), "{error}");
    assert!(error.contains(reason), "{error}");
    assert_eq!(world.requests("birds") - asked, requests);
}

#[test]
fn a_timeout_is_named() {
    let world = World::with_news();
    world.answer("songs", [Answer::Silence]);
    let error = world.refusal_of(&Options {
        services: vec!["songs".into()],
        timeout: 0.1,
        ..world.options()
    });
    let place = format!("songs: cannot fetch {}: ", world.address("songs"));
    assert!(error.starts_with(&place), "{error}");
    assert!(error.contains("timed out"), "{error}");
}

#[test]
fn a_refused_connection_is_named() {
    let world = World::with_news();
    // Bound and not listening: nobody else can get the port, and nobody answers there.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}/songs", socket.local_addr().unwrap());
    let sources = edited(&world.read("sources.toml"), &world.address("songs"), &address);
    world.write("sources.toml", &sources);
    let error = world.refusal();
    assert!(error.starts_with(&format!("songs: cannot fetch {address}: ")), "{error}");
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

#[test]
fn an_address_that_is_none_is_named() {
    let world = World::with_news();
    let sources = edited(&world.read("sources.toml"), &world.address("songs"), "songs.yaml");
    world.write("sources.toml", &sources);
    let error = world.refusal();
    assert!(error.starts_with("songs: cannot fetch songs.yaml: "), "{error}");
}

#[test]
fn a_time_that_is_none_is_refused() {
    let world = World::with_news();
    let error = world.refusal_of(&Options { timeout: -1.0, ..world.options() });
    assert_eq!(
        error,
        "-1 is no time to wait: cannot convert float seconds to Duration: value is negative"
    );
}
