//! How many packs are taken at once, and whether there is room for one: decided before its body is read.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use parking_lot::Mutex;
use store::PlanId;

use crate::http::error;

/// The largest pack that is uploaded, in bytes. A zip of `dbscripts` has less than one megabyte.
pub(crate) const MAX_UPLOAD_BYTES: usize = 512 << 20;
/// Uploads of all plans at once.
const MAX_AT_ONCE: usize = 2;
/// A form whose declared length is not above this contains no pack that matters, in bytes.
const MAX_SMALL_FORM_BYTES: u64 = 1 << 20;
/// What stays free on the disk of temporary files, in bytes: the database may lie on the same one.
const MIN_FREE_BYTES: u64 = 64 << 20;
/// How long an upload may take altogether.
pub(super) const UPLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The uploads that are being taken.
#[derive(Clone, Default)]
pub(crate) struct UploadLimiter(Arc<Mutex<HashSet<PlanId>>>);

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum UploadRejection {
    /// The plan has one, or there are as many as there may be.
    Busy,
    /// Its declared length exceeds the limit.
    Large,
    /// There is no room for it.
    NoRoom,
}

impl UploadLimiter {
    /// A turn for a form with these headers; a short form needs none.
    ///
    /// # Errors
    /// [`UploadRejection`]; then nothing of the body is read.
    pub(super) fn begin(&self, plan: PlanId, headers: &HeaderMap) -> Result<Option<UploadPermit>, UploadRejection> {
        if !is_upload(headers) {
            return Ok(None);
        }
        let length = length(headers);
        if length.is_some_and(|length| length > MAX_UPLOAD_BYTES as u64) {
            return Err(UploadRejection::Large);
        }
        if !has_free_space(&std::env::temp_dir(), length.unwrap_or_default()) {
            return Err(UploadRejection::NoRoom);
        }
        let mut running = self.0.lock();
        if running.len() >= MAX_AT_ONCE || !running.insert(plan) {
            return Err(UploadRejection::Busy);
        }
        Ok(Some(UploadPermit { uploads: self.clone(), plan }))
    }
}

/// The declared length of a body, in bytes.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a form may bring a pack, by its length.
pub(super) fn is_upload(headers: &HeaderMap) -> bool {
    length(headers).is_none_or(|length| length > MAX_SMALL_FORM_BYTES)
}

/// Whether `bytes` more can be kept in a folder. Where the system does not say, writing will.
pub(super) fn has_free_space(folder: &Path, bytes: u64) -> bool {
    rustix::fs::statvfs(folder)
        .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= bytes.saturating_add(MIN_FREE_BYTES))
}

/// An upload that is being taken; counted until it is dropped.
#[derive(Debug)]
pub(super) struct UploadPermit {
    uploads: UploadLimiter,
    plan: PlanId,
}

impl Drop for UploadPermit {
    fn drop(&mut self) {
        self.uploads.0.lock().remove(&self.plan);
    }
}

impl std::fmt::Debug for UploadLimiter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Uploads")
    }
}

/// The page of an upload that is not taken.
pub(super) fn refused(why: UploadRejection) -> Response {
    let (status, title, text) = match why {
        UploadRejection::Busy => (
            StatusCode::TOO_MANY_REQUESTS,
            "Another pack is being uploaded",
            "Only one upload per plan and two in total can run at the same time. Wait until the other upload ends, or upload a zip of only dbscripts.",
        ),
        UploadRejection::Large => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The pack is too large",
            "The maximum size is 512 MB. Upload a zip of only dbscripts, or enter the folder of the pack on this server.",
        ),
        UploadRejection::NoRoom => (
            StatusCode::INSUFFICIENT_STORAGE,
            "The disk is too full for the pack",
            "The disk for temporary files of this server is full. Upload a zip of only dbscripts, or free disk space.",
        ),
    };
    let mut response = error::message(status, title, text, String::new()).into_response();
    // What was not read does not become the next request.
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(length: u64) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_LENGTH, length.into())])
    }

    #[test]
    fn one_pack_a_plan_and_two_in_all_are_taken() {
        let uploads = UploadLimiter::default();
        let [one, two, three] = [1, 2, 3].map(|number| PlanId::from_random([number; 16]));
        let large = headers(2 << 20);
        let first = uploads.begin(one, &large).unwrap().unwrap();
        assert_eq!(uploads.begin(one, &large).unwrap_err(), UploadRejection::Busy, "one a plan");
        assert!(uploads.begin(one, &headers(1000)).unwrap().is_none(), "a form without a pack waits for nobody");
        let _second = uploads.begin(two, &HeaderMap::new()).unwrap().unwrap();
        assert_eq!(uploads.begin(three, &large).unwrap_err(), UploadRejection::Busy, "two in all");
        drop(first);
        assert!(uploads.begin(three, &large).unwrap().is_some());
    }

    #[test]
    fn what_is_too_large_or_finds_no_room_is_not_read() {
        let uploads = UploadLimiter::default();
        let plan = PlanId::from_random([1; 16]);
        assert_eq!(uploads.begin(plan, &headers(MAX_UPLOAD_BYTES as u64 + 1)).unwrap_err(), UploadRejection::Large);
        assert!(!has_free_space(&std::env::temp_dir(), u64::MAX / 2));
        assert!(has_free_space(Path::new("/no/such/folder"), 1), "writing will say");
    }
}
