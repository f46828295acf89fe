//! Systems and apps from definitions: created, compared, changed, exported; and credentials of systems.

mod apps;
mod credentials;
mod exports;
mod files;
mod generated;
mod killed;
mod real;
mod systems;

use tapis_client::definitions::{ApplyOutcome, Definition, Format};
use tapis_tests::World;

const SYSTEM: &str = "
id: s
systemType: LINUX
host: one.example.org
defaultAuthnMethod: PASSWORD
effectiveUserId: ${apiUserId}
canExec: false
port: 22
rootDir: /
enabled: true
tags: [a, b]
notes:
  project: {name: p}
";

const APP: &str = r#"
id = "hello"
version = "1"
containerImage = "busybox"
enabled = true
[jobAttributes]
tags = ["a"]
[[jobAttributes.parameterSet.envVariables]]
key = "A"
value = "1"
"#;

async fn world() -> World {
    World::new().await.unwrap()
}

fn yaml(text: &str) -> Definition {
    Definition::from_text(text, Format::Yaml).unwrap()
}

fn toml(text: &str) -> Definition {
    Definition::from_text(text, Format::Toml).unwrap()
}

/// The operations that were asked for since the last time, logging in aside.
fn asked(world: &World) -> Vec<String> {
    let requests = world.mock.requests();
    world.mock.clear_requests();
    let operations = requests.into_iter().filter_map(|request| Some(request.operation?.1));
    operations.filter(|operation| operation != "create_token").collect()
}

fn lines(applied: &ApplyOutcome) -> String {
    match applied {
        ApplyOutcome::Updated(differences) => differences.to_string(),
        other => format!("{other:?}"),
    }
}
