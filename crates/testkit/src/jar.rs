//! The cookies of one browser.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, header};

/// Name and value of every cookie, with the `Set-Cookie` line that brought it.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: BTreeMap<String, Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    line: String,
}

impl Jar {
    /// Keeps what an answer sets and drops what it clears.
    ///
    /// Refuses, as browsers do, a `__Host-` name without `Secure` and `Path=/` or with `Domain`, so that a test notices.
    pub(crate) fn take(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("Set-Cookie is not text");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("Set-Cookie has no value");
            let attributes: Vec<String> = attributes.split(';').map(|one| one.trim().to_ascii_lowercase()).collect();
            let has = |wanted: &str| attributes.iter().any(|own| own == wanted);
            if name.starts_with("__Host-") {
                assert!(has("secure") && has("path=/"), "a browser would drop {line}");
                assert!(!attributes.iter().any(|own| own.starts_with("domain")), "a browser would drop {line}");
            }
            if has("max-age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), Cookie { value: value.to_owned(), line: line.to_owned() });
            }
        }
    }

    /// The `Cookie` header; `None` when there is nothing to send.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        (!pairs.is_empty()).then(|| HeaderValue::from_str(&pairs.join("; ")).expect("a cookie is not header text"))
    }

    /// The full name of the cookie whose name contains `part`.
    fn find(&self, part: &str) -> Option<&String> {
        self.cookies.keys().find(|name| name.contains(part))
    }

    /// The value of the cookie whose name contains `part`, such as `session`.
    pub fn value(&self, part: &str) -> Option<&str> {
        self.find(part).map(|name| self.cookies[name].value.as_str())
    }

    /// The line that set the cookie whose name contains `part`.
    pub fn line(&self, part: &str) -> Option<&str> {
        self.find(part).map(|name| self.cookies[name].line.as_str())
    }

    /// Puts a cookie there as an attacker or another browser would.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), Cookie { value: value.to_owned(), line: String::new() });
    }

    /// Forgets the cookie whose name contains `part`.
    pub fn forget(&mut self, part: &str) {
        if let Some(name) = self.find(part).cloned() {
            self.cookies.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(lines: &[&str]) -> Jar {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::SET_COOKIE, line.parse().unwrap());
        }
        let mut jar = Jar::default();
        jar.take(&headers);
        jar
    }

    #[test]
    fn cookies_are_kept_sent_and_cleared() {
        let mut jar = jar(&["__Host-s=1; Path=/; Secure; HttpOnly", "b=2; Path=/"]);
        assert_eq!(jar.header().unwrap(), "__Host-s=1; b=2");
        assert_eq!(jar.value("Host-s"), Some("1"));
        assert!(jar.line("Host-s").unwrap().contains("HttpOnly"));
        let mut headers = HeaderMap::new();
        headers.append(header::SET_COOKIE, "__Host-s=; Path=/; Secure; Max-Age=0".parse().unwrap());
        jar.take(&headers);
        assert_eq!(jar.header().unwrap(), "b=2");
        jar.forget("b");
        assert!(jar.header().is_none());
    }

    #[test]
    #[should_panic(expected = "a browser would drop")]
    fn a_host_cookie_without_secure_is_noticed() {
        jar(&["__Host-s=1; Path=/"]);
    }
}
