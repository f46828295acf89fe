//! A mock and a client that live at the same time.

use std::time::Duration;

use tapis_client::{Error, Tapis, TapisBuilder};
use tapis_mock::{Builder, MockTapis};

use crate::TestClock;

/// A mock, and a client of it that is logged in as `testuser`. Where the client pauses, no time
/// passes for the test, and both clocks move on.
#[derive(Debug)]
pub struct World {
    /// The server.
    pub mock: MockTapis,
    /// The clock that moves both.
    pub clock: TestClock,
    /// The client.
    pub t: Tapis,
}

impl World {
    /// A mock whose jobs and other work take ten seconds for each step.
    ///
    /// # Errors
    /// A mock that cannot be started, or a client that cannot be set up.
    pub async fn new() -> Result<Self, Box<dyn std::error::Error>> {
        Self::with(|mock| mock, |client| client).await
    }

    /// The same with settings of its own.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn with(
        set_up_mock: impl FnOnce(Builder) -> Builder,
        set_up_client: impl FnOnce(TapisBuilder) -> TapisBuilder,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mock = MockTapis::builder().user("testuser", "secret").step(Duration::from_secs(10));
        let mock = set_up_mock(mock).start().await?;
        let mocks = mock.clock().clone();
        let clock = TestClock::moving(move |by| mocks.advance(by));
        let client = Tapis::builder(mock.base_url()).password("testuser", "secret");
        let t = set_up_client(client.clock(clock.clone())).build()?;
        Ok(Self { mock, clock, t })
    }

    /// Registers a system for files and jobs.
    ///
    /// # Errors
    /// The system cannot be created.
    pub async fn make_system(&self, id: &str) -> Result<(), Error> {
        let definition = serde_json::json!({
            "id": id,
            "systemType": "LINUX",
            "host": "host.example.org",
            "defaultAuthnMethod": "PASSWORD",
            "effectiveUserId": "${apiUserId}",
            "rootDir": "/",
            "canExec": true,
            "jobWorkingDir": "work",
            "jobRuntimes": [{"runtimeType": "DOCKER"}],
        });
        self.t.systems.create_system(definition).await.map(drop)
    }

    /// Registers version 1 of an app that runs on the system.
    ///
    /// # Errors
    /// The app cannot be created.
    pub async fn make_app(&self, id: &str, system: &str) -> Result<(), Error> {
        let definition = serde_json::json!({
            "id": id,
            "version": "1",
            "containerImage": "busybox",
            "runtime": "SINGULARITY",
            "runtimeOptions": ["SINGULARITY_RUN"],
            "jobAttributes": {"execSystemId": system},
        });
        self.t.apps.create_app_version(definition).await.map(drop)
    }
}
