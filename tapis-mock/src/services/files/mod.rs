//! Files on systems.

mod access;
mod bucket;
mod content;
mod host;
mod list;
mod moves;
mod native;
mod ops;
mod permissions;
mod postits;
mod shares;
mod target;
mod transfers;
mod uri;

use serde_json::Value;

use crate::call::Handler;
use crate::reply::Reply;

/// The handlers of the operations.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("listFiles", list::list),
    ("mkdir", ops::make_dir),
    ("insert", ops::upload),
    ("moveCopy", ops::move_or_copy),
    ("delete", ops::delete),
    ("getContents", content::get),
    ("getPermissions", permissions::get),
    ("grantPermissions", permissions::grant),
    ("deletePermissions", permissions::delete),
    ("getShareInfo", shares::get),
    ("sharePath", shares::share),
    ("unSharePath", shares::unshare),
    ("sharePathPublic", shares::share_public),
    ("unSharePathPublic", shares::unshare_public),
    ("unSharePathAll", shares::unshare_all),
    ("createPostIt", postits::create),
    ("listPostIts", postits::list),
    ("getPostIt", postits::get),
    ("updatePostIt", postits::update),
    ("deletePostIt", postits::delete),
    ("redeemPostIt", postits::redeem),
    ("createTransferTask", transfers::create),
    ("getRecentTransferTasks", transfers::list),
    ("getTransferTask", transfers::get),
    ("getTransferTaskDetails", transfers::details),
    ("cancelTransferTask", transfers::cancel),
    ("getStatInfo", native::stat),
    ("runLinuxNativeOp", native::run),
    ("getFacl", native::get_facl),
    ("setFacl", native::set_facl),
    ("healthCheck", |_| Ok(Reply::result(Value::Null, "Health check received."))),
    ("readyCheck", |_| Ok(Reply::result(Value::Null, "Ready check passed."))),
];
