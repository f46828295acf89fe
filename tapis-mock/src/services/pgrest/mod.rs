//! Tables of PgREST, their rows and their views.

mod access;
mod alter;
mod conditions;
mod database;
mod rows;
mod table;
mod tables;
mod views;

use crate::call::Handler;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("create_table", tables::create),
    ("get_table", tables::get),
    ("list_tables", tables::list),
    ("update_table", alter::update),
    ("delete_table", tables::delete),
    ("get_table_rows", rows::list),
    ("add_table_rows", rows::add),
    ("update_table_rows", rows::update_all),
    ("get_table_row", rows::get),
    ("update_table_row", rows::update),
    ("delete_table_row", rows::delete),
    ("create_view", views::create),
    ("get_manage_view", views::get),
    ("list_views", views::list),
    ("delete_view", views::delete),
    ("refresh_materialized_view", views::refresh),
    ("get_view", views::rows),
];
