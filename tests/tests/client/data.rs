//! Measurements of streams, and tables of PgREST.

use serde_json::{Value, json};
use tapis_client::pgrest::escape;
use tapis_client::pgrest::types::{NewTable, NewTableRow, TableColumn, UpdateTableRow};
use tapis_client::streams::MeasurementTable;
use tapis_client::streams::calls::{CreateVariableArgs, GetVariableArgs};
use tapis_client::streams::types::{
    NewInstrument, NewProject, NewSite, NewSiteFields, NewVariable,
};
use tapis_client::{ErrorKind, Tapis};
use tapis_tests::World;

async fn world() -> World {
    World::new().await.unwrap()
}

/// A site `s` in a project `p`, without instruments.
async fn site(t: &Tapis) {
    t.streams.create_project(NewProject::new("p", "testuser", "testuser")).await.unwrap();
    let site = NewSite::new(NewSiteFields {
        site_id: "s".into(),
        site_name: "s".into(),
        description: "d".into(),
        latitude: 1.0,
        longitude: 2.0,
        elevation: 3.0,
    });
    t.streams.create_site("p", [site]).await.unwrap();
}

/// An instrument `i` with the variables `temp` and `wind`.
async fn instrument(t: &Tapis) {
    site(t).await;
    t.streams.create_instrument("p", "s", [NewInstrument::new("i", "i", "d")]).await.unwrap();
    let variables = CreateVariableArgs {
        project_id: "p".into(),
        site_id: "s".into(),
        inst_id: "i".into(),
        body: vec![NewVariable::new("temp", "temp"), NewVariable::new("wind", "wind")],
    };
    t.streams.create_variable(variables).await.unwrap();
}

#[tokio::test]
async fn a_variable_of_an_unknown_instrument_cannot_be_read() {
    let world = world().await;
    instrument(&world.t).await;
    let of = |id: &str| GetVariableArgs {
        project_id: "p".into(),
        site_id: "s".into(),
        inst_id: id.into(),
        var_id: "none".into(),
    };
    let error = world.t.streams.get_variable(of("none")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decoding, "{error}");
}

#[tokio::test]
async fn no_instruments_are_an_empty_list_and_no_sites_are_not_found() {
    let world = world().await;
    site(&world.t).await;
    assert_eq!(world.t.streams.list_instruments("p", "s").await.unwrap(), []);
    world.t.streams.create_project(NewProject::new("q", "testuser", "testuser")).await.unwrap();
    assert!(world.t.streams.list_sites("q").await.unwrap_err().is_not_found());
    assert!(world.t.streams.get_project("none").await.unwrap_err().is_not_found());
    assert!(world.t.streams.list_sites("p").limit(1001).await.is_err());
}

#[tokio::test]
async fn numbers_and_texts_are_measured() {
    let world = world().await;
    instrument(&world.t).await;
    let mut table = MeasurementTable::new();
    table.insert("2026-11-01T00:00:00Z", "temp", 1.5);
    table.insert("2026-11-01T00:00:00Z", "wind", "NW");
    table.insert("2026-11-02T00:00:00Z", "temp", 2.5);
    world.t.streams.write_measurements("i", table).await.unwrap();
    let read = world.t.streams.read_measurements("p", "s", "i").await.unwrap();
    let row = &read.rows["2026-11-01 00:00:00+00:00"];
    assert_eq!((row["temp"].as_f64(), row["wind"].as_str()), (Some(1.5), Some("NW")));
    let row = &read.rows["2026-11-02 00:00:00+00:00"];
    assert_eq!((row["temp"].as_f64(), row.get("wind")), (Some(2.5), None));
}

#[tokio::test]
async fn measurements_of_a_period_and_of_some_variables_are_read() {
    let world = world().await;
    instrument(&world.t).await;
    let mut table = MeasurementTable::new();
    for day in 1..=4 {
        let timestamp = format!("2026-11-0{day}T00:00:00Z");
        table.insert(timestamp.as_str(), "temp", day);
        table.insert(timestamp.as_str(), "wind", "NW");
    }
    world.t.streams.write_measurements("i", table).await.unwrap();
    let read = || world.t.streams.read_measurements("p", "s", "i");
    let period = read().start_date("2026-11-02T00:00:00Z").end_date("2026-11-04T00:00:00Z");
    let table = period.variables(["temp"]).await.unwrap();
    let temperatures = table.column("temp").map(|(at, value)| (at, value.as_f64().unwrap()));
    assert_eq!(
        temperatures.collect::<Vec<_>>(),
        [("2026-11-02 00:00:00+00:00", 2.0), ("2026-11-03 00:00:00+00:00", 3.0)]
    );
    assert_eq!(table.variables(), ["temp"].into());
    assert_eq!(table.column("none").count(), 0);
    assert_eq!(read().limit(1).await.unwrap().column("temp").count(), 1);
}

#[tokio::test]
async fn values_that_streams_would_lose_are_refused_with_their_variable_and_time() {
    let world = world().await;
    instrument(&world.t).await;
    world.mock.clear_requests();
    let lost = [f64::NAN.into(), f64::INFINITY.into(), "NA".into(), "null".into(), "nan".into()];
    for value in lost {
        let value: tapis_client::streams::MeasurementValue = value;
        let mut table = MeasurementTable::new();
        table.insert("2026-11-01T00:00:00Z", "temp", 1.5);
        table.insert("2026-11-02T00:00:00Z", "temp", value);
        let error = world.t.streams.write_measurements("i", table).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
        assert!(error.message().contains("temp at 2026-11-02T00:00:00Z"), "{error}");
    }
    assert!(world.mock.requests().is_empty());
}

/// A table of birds with one row.
async fn birds(t: &Tapis) {
    let columns =
        [("name", TableColumn::new("text")), ("seen", TableColumn::new("integer").null(true))];
    t.pgrest.create_table(NewTable::new("birds", columns)).await.unwrap();
    let row = NewTableRow::new([("name", "Bewick's wren")]);
    t.pgrest.add_table_row("birds", row).await.unwrap();
}

#[tokio::test]
async fn a_table_is_served_under_its_name() {
    let world = world().await;
    birds(&world.t).await;
    let tables = world.t.pgrest.list_tables().await.unwrap();
    assert_eq!((tables[0].root_url.as_deref(), &tables[0].columns), (Some("birds"), &None));
    let tables = world.t.pgrest.list_tables().details(true).await.unwrap();
    assert!(tables[0].columns.is_some() && tables[0].create_schema.is_some());
}

#[tokio::test]
async fn an_apostrophe_in_a_change_is_stored_or_refused_and_never_more_than_that() {
    let world = world().await;
    birds(&world.t).await;
    let pgrest = &world.t.pgrest;
    let raw = UpdateTableRow::new([("name", "Cetti's warbler")]);
    let error = pgrest.update_table_row("birds", "1", raw).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Request, 400));
    let changed = [("name", Value::from("Cetti's warbler")), ("seen", 3.into())];
    let row = pgrest.update_row("birds", "1", changed).await.unwrap();
    assert_eq!((&row["name"], &row["seen"]), (&json!("Cetti's warbler"), &json!(3)));
    let escaped = UpdateTableRow::new([("name", escape("Bewick's wren"))]);
    let row = pgrest.update_table_row("birds", "1", escaped).await.unwrap();
    assert_eq!(row[0]["name"], "Bewick's wren");
    world.mock.clear_requests();
    for bad in [vec![], vec![("name", json!(["a"]))], vec![("name", json!({"a": 1}))]] {
        let error = pgrest.update_row("birds", "1", bad).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
    }
    assert!(world.mock.requests().is_empty());
}

#[tokio::test]
async fn a_row_that_is_not_there_is_not_found() {
    let world = world().await;
    birds(&world.t).await;
    let pgrest = &world.t.pgrest;
    assert!(pgrest.get_table_row("birds", "9").await.unwrap_err().is_not_found());
    assert!(pgrest.delete_table_row("birds", "9").await.unwrap_err().is_not_found());
    let change = UpdateTableRow::new([("name", "x")]);
    assert!(pgrest.update_table_row("birds", "9", change).await.unwrap_err().is_not_found());
    assert!(pgrest.get_table_rows("none").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn pages_of_rows_that_change_are_whole_if_they_are_ordered_by_the_key() {
    let world = world().await;
    birds(&world.t).await;
    let pgrest = &world.t.pgrest;
    for name in ["owl", "rook"] {
        pgrest.add_table_row("birds", NewTableRow::new([("name", name)])).await.unwrap();
    }
    let page = |offset: i64| pgrest.get_table_rows("birds").limit(1).offset(offset);
    let first = page(0).await.unwrap();
    pgrest.update_row("birds", "1", [("seen", 1.into())]).await.unwrap();
    // Without an order the second row is passed over.
    assert_eq!(
        (&first[0]["birds_id"], &page(1).await.unwrap()[0]["birds_id"]),
        (&json!(1), &json!(3))
    );
    let second = page(1).order("birds_id,ASC").await.unwrap();
    assert_eq!(second[0]["birds_id"], 2);
}
