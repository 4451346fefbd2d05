//! What the HTTP layer needs to know about where it runs.

use platform::seal::HmacKey;

use crate::address::Network;

/// The settings that every layer, cookie and check of this crate reads.
pub struct WebSettings {
    /// Whether the issuer is an https URL: decides `Secure`, the `__Host-` prefix and HSTS.
    pub is_secure: bool,
    /// What is appended to cookie names on plain http, so that two servers on one machine do not share cookies
    /// (cookies ignore ports). Empty in production.
    pub cookie_suffix: String,
    /// The hosts that this server answers for, as `host` or `host:port`; anything else is 421.
    pub allowed_hosts: Vec<String>,
    /// Whether to send `Strict-Transport-Security`; only ever sent when `is_secure`.
    pub hsts: bool,
    /// The reverse proxies whose `X-Forwarded-For` is believed. Empty: none.
    pub trusted_proxies: Vec<Network>,
    /// The key of form tokens, derived from the master key.
    pub csrf_key: HmacKey,
}

impl WebSettings {
    /// Whether `authority` (`host` or `host:port`) is one of ours; the default port may be left out.
    pub fn allows_host(&self, authority: &str) -> bool {
        let asked = self.canonical(authority);
        self.allowed_hosts.iter().any(|ours| self.canonical(ours) == asked)
    }

    /// The scheme under which browsers see this server.
    pub fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    fn canonical(&self, authority: &str) -> String {
        let default_port = if self.is_secure { ":443" } else { ":80" };
        let lower = authority.to_ascii_lowercase();
        lower.strip_suffix(default_port).unwrap_or(&lower).to_owned()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::seal::MasterKey;

    use super::WebSettings;

    pub(crate) fn settings(is_secure: bool) -> WebSettings {
        WebSettings {
            is_secure,
            cookie_suffix: if is_secure { String::new() } else { "_4f2a".to_owned() },
            allowed_hosts: vec!["id.example.com".to_owned(), "localhost:8080".to_owned()],
            hsts: true,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
            csrf_key: MasterKey::generate().derive("csrf"),
        }
    }

    #[test]
    fn hosts_are_compared_without_case_and_default_port() {
        let secure = settings(true);
        assert!(secure.allows_host("ID.example.com"));
        assert!(secure.allows_host("id.example.com:443"));
        assert!(!secure.allows_host("id.example.com:80"));
        assert!(!secure.allows_host("id.example.com:8443"));
        assert!(secure.allows_host("localhost:8080"));
        assert!(!secure.allows_host("localhost"));
    }

    #[test]
    fn look_alike_hosts_are_not_ours() {
        let secure = settings(true);
        for foreign in ["", "example.com", "id.example.com.evil.example", "evil.example", "id.example.com:443:443"] {
            assert!(!secure.allows_host(foreign), "{foreign}");
        }
    }
}
