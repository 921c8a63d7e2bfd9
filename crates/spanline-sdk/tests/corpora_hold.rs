//! The committed fuzz corpora keep the laws of this crate's parsers.

#[macro_use]
#[path = "../../../fuzz/replay.rs"]
mod replay;

use spanline_sdk::config::env::check_environment_lists;

hold! {
    environment_lists check_environment_lists;
}
