//! What the browser loads beside the pages: style sheet, scripts, wasm module, icons; embedded with their compressed
//! variants. It finds files by path; choosing a variant and writing the HTTP answer is the server's work.
//!
//! All files share one version, the digest of their contents, which is part of their path: `/assets/<version>/<name>`.
//! So they refer to one another by plain relative names, and browsers may keep them for ever.

struct EmbeddedAsset {
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    content_type: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// One embedded file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// The file itself.
    pub bytes: &'static [u8],
    /// Packed with brotli, where that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// Packed with gzip, where that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The version of the whole set, to be quoted in `ETag`.
    pub etag: &'static str,
    /// Whether the path held the version, so that what it names never changes.
    pub immutable: bool,
}

/// Whether `cargo xtask build` ran before this was compiled. If not, there are no assets.
#[must_use]
pub fn built() -> bool {
    !FILES.is_empty()
}

/// The path to load a file from, e.g. `/assets/0123456789ab/style.css`. The path is also valid for a file that does
/// not exist: a request for it reports that.
#[must_use]
pub fn url(name: &str) -> String {
    let version = if built() { VERSION } else { "unbuilt" };
    format!("/assets/{version}/{name}")
}

/// Finds a file by what follows `/assets/` in its path: `<version>/<name>`, or the bare name for the few files that are
/// asked for by a fixed path, such as `favicon.ico`. Another version's path finds nothing.
#[must_use]
pub fn get(path: &str) -> Option<Asset> {
    let versioned = path.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('/'));
    let name = versioned.unwrap_or(path);
    let index = FILES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    let EmbeddedAsset { bytes, brotli, gzip, content_type } = FILES.get(index)?.1;
    Some(Asset { bytes, brotli, gzip, content_type, etag: VERSION, immutable: versioned.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_url_and_by_its_name() {
        for (name, _) in FILES {
            let versioned = url(name);
            let path = versioned.strip_prefix("/assets/").unwrap();
            assert!(get(path).is_some_and(|asset| asset.immutable), "{name}");
            assert!(get(name).is_some_and(|asset| !asset.immutable), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["", "/", "../Cargo.toml", "nothing.css", "000000000000/style.css", &format!("{VERSION}/")] {
            assert!(get(path).is_none(), "{path}");
        }
    }
}
