//! The worker's clock.

/// Milliseconds since the worker started.
pub(super) fn now_ms() -> f64 {
    super::scope().performance().map_or(0.0, |clock| clock.now())
}
