//! The one TLS and signature backend.

/// Makes aws-lc-rs the TLS backend of the whole process.
///
/// Effects: sets rustls' process-wide default. A second call, or one after somebody else's, changes nothing. Call it
/// first thing in `main` and in tests that open a TLS connection.
pub fn install_crypto_provider() {
    // The only failure is "already installed", and there is only one backend in the dependency tree.
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installing_twice_is_harmless() {
        install_crypto_provider();
        install_crypto_provider();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
