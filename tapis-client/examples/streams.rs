//! Registers an instrument, stores measurements from a CSV table, and reads them back.
//!
//! On a real tenant, `TAPIS_PROJECT` is the name of the project that is made.

#![allow(clippy::print_stdout)] // examples print their results

use tapis_client::Tapis;
use tapis_client::streams::MeasurementTable;
use tapis_client::streams::calls::CreateVariableArgs;
use tapis_client::streams::types::{
    NewInstrument, NewProject, NewSite, NewSiteFields, NewVariable,
};

mod shared;

const TABLE: &str = "datetime,rain,temp
2026-11-01T00:00:00Z,0,1.5
2026-11-02T00:00:00Z,,2.5
";

#[tokio::main]
async fn main() -> shared::Result<()> {
    let mock = shared::mock()?;
    let t = match &mock {
        Some(mock) => Tapis::builder(mock.base_url()).password("testuser", "secret").build()?,
        None => Tapis::from_env()?, // TAPIS_BASE_URL, TAPIS_USERNAME, TAPIS_PASSWORD, …
    };
    let project = shared::setting("TAPIS_PROJECT", "weather")?;
    let me = t.authenticator.get_userinfo().await?.username;
    let streams = &t.streams;

    streams.create_project(NewProject::new(&project, &me, &me)).await?;
    let site = NewSite::new(NewSiteFields {
        site_id: "roof".into(),
        site_name: "The roof".into(),
        description: "On top.".into(),
        latitude: 30.3,
        longitude: -97.7,
        elevation: 200.0,
    });
    streams.create_site(&project, [site]).await?;
    let station = NewInstrument::new("station", "Station", "A weather station.");
    streams.create_instrument(&project, "roof", [station]).await?;
    streams
        .create_variable(CreateVariableArgs {
            project_id: project.clone(),
            site_id: "roof".into(),
            inst_id: "station".into(),
            body: vec![NewVariable::new("rain", "rain"), NewVariable::new("temp", "temp")],
        })
        .await?;

    streams.write_measurements("station", MeasurementTable::from_csv(TABLE)?).await?;
    let table = streams.read_measurements(&project, "roof", "station").await?;
    let variables: Vec<&str> = table.variables().into_iter().collect();
    println!("read back: {} rows of {}", table.rows.len(), variables.join(", "));
    print!("as CSV:\n{}", table.to_csv());
    Ok(())
}
