//! Lines stay whole, whatever the stream does.

use super::*;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Takes as many bytes with each call as the script says, an error where it says `None`.
struct Scripted {
    script: VecDeque<Option<usize>>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(most) = self.script.pop_front().unwrap_or(Some(usize::MAX)) else {
            return Err(io::ErrorKind::StorageFull.into());
        };
        let taken = &bytes[..most.min(bytes.len())];
        self.written.lock().unwrap().extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn transport(
    script: impl IntoIterator<Item = Option<usize>>,
) -> (LinesTransport, Arc<Mutex<Vec<u8>>>) {
    let written = Arc::default();
    let out = Scripted {
        script: script.into_iter().collect(),
        written: Arc::clone(&written),
    };
    (LinesTransport::to("a stream", out), written)
}

#[test]
fn a_line_is_written_to_its_end() {
    let (mut lines, written) = transport([Some(1), Some(2)]);
    lines.send(b"{one}", Deadline::NEVER).unwrap();
    lines.send(b"{two}", Deadline::NEVER).unwrap();
    assert_eq!(*written.lock().unwrap(), b"{one}\n{two}\n");
}

#[test]
fn a_line_that_broke_off_spoils_no_other() {
    let (mut lines, written) = transport([Some(3), None]);
    let error = lines.send(b"{one}", Deadline::NEVER).unwrap_err();
    assert!(
        matches!(&error, SendError::Write(error) if error.kind() == io::ErrorKind::StorageFull),
        "{error:?}"
    );
    lines.send(b"{two}", Deadline::NEVER).unwrap();
    lines.send(b"{three}", Deadline::NEVER).unwrap();
    assert_eq!(*written.lock().unwrap(), b"{on\n{two}\n{three}\n");
}

#[test]
fn a_deadline_that_has_passed_writes_nothing() {
    let (mut lines, written) = transport([]);
    let result = lines.send(b"{one}", Deadline::after(std::time::Duration::ZERO));
    assert!(
        matches!(result, Err(SendError::DeadlinePassed)),
        "{result:?}"
    );
    assert!(written.lock().unwrap().is_empty());
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    for (path, quoted) in [
        (
            "/no/such/folder/spans.jsonl",
            r#""/no/such/folder/spans.jsonl": "#,
        ),
        ("", r#""": "#),
    ] {
        let error = LinesTransport::append(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with(quoted), "{error}");
    }
}
