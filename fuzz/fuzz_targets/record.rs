//! Reading a record: it ends whatever the bytes are, and shows nothing that is not in them.
#![no_main]

use spanline_core::record::check_record;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_record(data));
