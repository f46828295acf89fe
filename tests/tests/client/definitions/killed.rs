//! Applying that broke off is continued by applying again.

use tapis_client::definitions::ApplyOutcome;
use tapis_mock::Fault;

use super::{SYSTEM, lines, world, yaml};

#[tokio::test]
async fn what_broke_off_in_the_middle_is_finished_by_applying_it_again() {
    let world = world().await;
    let t = &world.t;
    // The system is there, and nobody heard of it.
    world.mock.inject(Fault::truncate(3).on("systems.createSystem").times(1));
    let error = t.apply(&yaml(SYSTEM)).await.unwrap_err();
    assert!(error.maybe_sent(), "{error}");
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Unchanged);

    let changed = SYSTEM.replace("one.", "two.").replace("enabled: true", "enabled: false");
    world.mock.inject(Fault::status(500).on("systems.disableSystem").times(1));
    let error = t.apply(&yaml(&changed)).await.unwrap_err();
    assert_eq!(error.operation().unwrap().id, "disableSystem", "{error}");
    assert_eq!(
        lines(&t.apply(&yaml(&changed)).await.unwrap()),
        "enabled: false here, true on the server\n",
        "the host has been changed before"
    );
}
