//! The cookies that one scripted browser holds for one host.

use http::{HeaderMap, HeaderValue, header};

/// Cookies of one origin, by name; the newest value of a name counts.
///
/// Paths and domains are not kept apart: the jar serves one server, which sets all of its cookies for `/` or for the
/// path under which they are used.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    cookies: Vec<(String, String)>,
}

impl CookieJar {
    /// Takes up what an answer sets; an empty value or `Max-Age=0` takes a cookie away (RFC 6265 §5.3).
    pub fn absorb(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let is_gone = value.is_empty() || parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
            self.cookies.retain(|(known, _)| known != name);
            if !is_gone {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// The `Cookie` header to send; `None` when the jar is empty.
    pub fn header(&self) -> Option<HeaderValue> {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::SET_COOKIE, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn cookies_are_kept_replaced_and_taken_away() {
        let mut jar = CookieJar::default();
        assert!(jar.header().is_none());
        jar.absorb(&set(&["a=1; Path=/; HttpOnly", "b=x=y", "nonsense"]));
        assert_eq!(jar.header().unwrap(), "a=1; b=x=y");
        jar.absorb(&set(&["a=2", "b=; Max-Age=0"]));
        assert_eq!(jar.header().unwrap(), "a=2");
        jar.absorb(&set(&["a=2; Max-Age=0"]));
        assert!(jar.header().is_none());
    }
}
