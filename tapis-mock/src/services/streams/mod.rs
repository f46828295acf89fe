//! Projects, their sites, instruments and variables, and measurements.

mod measurements;
mod projects;
mod records;
mod replies;
mod roles;

use crate::call::Handler;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("list_projects", records::list_projects),
    ("create_project", records::create_project),
    ("get_project", records::get_project),
    ("update_project", records::update_project),
    ("delete_project", records::delete_project),
    ("list_sites", records::list_sites),
    ("create_site", records::create_sites),
    ("get_site", records::get_site),
    ("update_site", records::update_site),
    ("delete_site", records::delete_site),
    ("list_instruments", records::list_instruments),
    ("create_instrument", records::create_instruments),
    ("get_instrument", records::get_instrument),
    ("update_instrument", records::update_instrument),
    ("delete_instrument", records::delete_instrument),
    ("list_variables", records::list_variables),
    ("create_variable", records::create_variables),
    ("get_variable", records::get_variable),
    ("update_variable", records::update_variable),
    ("delete_variable", records::delete_variable),
    ("list_roles", roles::list),
    ("grant_role", roles::grant),
    ("revoke_role", roles::revoke),
    ("create_measurement", measurements::create),
    ("list_measurements", measurements::list),
    ("download_measurements", measurements::download),
];
