//! `Ok` is final, an error replaces an error, and `Unset` changes nothing (OpenTelemetry "Set
//! Status").

use crate::backend::TestBackend;
use spanline_core::Status;

#[test]
fn nine_pairs_of_statuses_and_what_is_left_of_them() {
    let error = || Status::error("second");
    let table = [
        (Status::Unset, Status::Unset, Status::Unset),
        (Status::Unset, Status::Ok, Status::Ok),
        (Status::Unset, error(), error()),
        (Status::Ok, Status::Unset, Status::Ok),
        (Status::Ok, Status::Ok, Status::Ok),
        (Status::Ok, error(), Status::Ok),
        (
            Status::error("first"),
            Status::Unset,
            Status::error("first"),
        ),
        (Status::error("first"), Status::Ok, Status::Ok),
        (Status::error("first"), error(), error()),
    ];
    for (first, second, left) in table {
        let backend = TestBackend::new();
        let tracer = backend.tracer();

        let mut owned = tracer.start("owned");
        owned.set_status(first.clone());
        owned.set_status(second.clone());
        owned.end();

        let active = tracer.start_active("active");
        active.set_status(first.clone());
        active.set_status(second.clone());
        active.end();

        let mut captured = tracer.start("captured");
        let context = captured.to_context();
        context.span().set_status(first);
        captured.set_status(second);
        captured.end();

        for one in backend.ended() {
            assert_eq!(one.view().status(), left);
        }
        assert_eq!(backend.ended().len(), 3);
    }
}

#[test]
fn an_error_without_text_is_an_error_without_description() {
    let backend = TestBackend::new();
    let mut span = backend.tracer().start("work");
    span.set_status(Status::error("text"));
    span.set_status(Status::error(""));
    span.end();
    assert_eq!(backend.span("work").view().status().description(), None);
}
