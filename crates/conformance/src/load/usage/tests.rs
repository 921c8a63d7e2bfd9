//! The two files of `/proc`, as they look and as they might.

use super::*;

#[test]
fn peak_memory_is_found() {
    let status = "Name:\tload\nVmPeak:\t  9000 kB\nVmHWM:\t    1234 kB\nThreads:\t1\n";
    assert_eq!(peak_rss_of(status), Some(1234));
    assert_eq!(peak_rss_of("Name:\tVmHWM: 1 kB\n"), None);
    assert_eq!(peak_rss_of("VmHWM: much kB\n"), None);
}

#[test]
fn times_are_found_behind_any_name() {
    let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 1 0 5 0 0";
    assert_eq!(cpu_seconds_of(stat), Some(1.75));
    assert_eq!(cpu_seconds_of("7 (a) S 1"), None);
    assert_eq!(cpu_seconds_of(""), None);
}

#[test]
fn this_process_uses_something() {
    if cfg!(target_os = "linux") {
        assert!(peak_rss_kib().unwrap() > 100);
        assert!(cpu_seconds().is_some());
    }
}
