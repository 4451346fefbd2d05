//! `[server]`: who this server is and where it listens.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use web::Network;

use super::{Check, Code, Text, text};

/// `[server]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSection {
    /// The issuer: the exact text of `iss` in every token and the address that browsers and apps use. An https URL
    /// without path, query, fragment or slash at the end; http is allowed for localhost only. The one setting that has
    /// no default. Changing it later breaks every client that knows the old one.
    #[schemars(example = "https://id.example.com")]
    pub issuer: Option<String>,
    /// The addresses to listen on, each with a port. The server speaks plain http: put a reverse proxy with TLS in
    /// front of it and listen on loopback or on a private network.
    #[schemars(example = ["127.0.0.1:8080", "[::1]:8080"])]
    pub listen: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed: addresses, or networks such as `10.0.0.0/8`. From anyone
    /// else the header is ignored, because whoever calls can write it.
    #[schemars(example = ["127.0.0.1", "10.0.0.0/8"])]
    pub trusted_proxies: Vec<String>,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self { issuer: None, listen: vec!["127.0.0.1:8080".to_owned()], trusted_proxies: Vec::new() }
    }
}

/// `[server]`, checked.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Who this server is.
    pub issuer: Issuer,
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
}

/// The issuer in its one exact form. Source: RFC 8414 §2, OpenID Connect Discovery §3.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    url: Url,
    text: String,
}

/// Why a text is no issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It has another form that means the same.
    #[error("not in its one exact form, which is \"{exact}\"")]
    Inexact {
        /// The text to use.
        exact: String,
    },
    /// Plain http to another machine.
    #[error("plain http to a host that is not this computer")]
    NotHttps,
    /// Not an http or https URL with a host.
    #[error("not an absolute https URL")]
    NotUrl,
}

impl Issuer {
    /// Takes an issuer.
    ///
    /// Shape: scheme and authority, nothing more; this server answers at the root of its host.
    /// Source: RFC 8414 §2 (https, no query, no fragment).
    pub fn new(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text).map_err(|_| IssuerError::NotUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(IssuerError::NotUrl);
        }
        let exact = url.origin().ascii_serialization();
        if exact != text {
            return Err(IssuerError::Inexact { exact });
        }
        let issuer = Self { url, text: text.to_owned() };
        if issuer.is_secure() || issuer.is_loopback() { Ok(issuer) } else { Err(IssuerError::NotHttps) }
    }

    /// The exact text of `iss`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether browsers reach it by https.
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it names this very computer.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Host and port as they stand in a `Host` header.
    pub fn authority(&self) -> &str {
        self.text.split_once("://").map_or(self.text.as_str(), |(_, authority)| authority)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl ServerSection {
    pub(super) fn check(&self, check: &mut Check<'_>) -> Option<ServerConfig> {
        let issuer = self.issuer(check);
        let listen = self.listen(check);
        let trusted_proxies = self.proxies(check);
        let config = ServerConfig { issuer: issuer?, listen: listen?, trusted_proxies: trusted_proxies? };
        if config.issuer.is_secure() && config.trusted_proxies.is_empty() {
            let label = text!(
                "behind a proxy every sign-in would seem to come from the proxy",
                "在代理后面，所有登录看起来都来自代理",
            );
            let help = text!(
                "name the proxy that ends TLS: trusted_proxies = [\"127.0.0.1\"]",
                "写明终结 TLS 的代理：trusted_proxies = [\"127.0.0.1\"]",
            );
            check.note(Code::ProxyUnnamed, "server.trusted_proxies", label, help);
        }
        Some(config)
    }

    fn issuer(&self, check: &mut Check<'_>) -> Option<Issuer> {
        let path = "server.issuer";
        let Some(text) = &self.issuer else {
            let label = text!("[server] has no issuer", "[server] 没有 issuer");
            let help = text!(
                "add issuer = \"https://id.example.com\" under [server], or run lingpai init",
                "在 [server] 下加一行 issuer = \"https://id.example.com\"，或运行 lingpai init",
            );
            check.note(Code::SettingMissing, "server", label, help);
            return None;
        };
        let (code, label, help) = match Issuer::new(text) {
            Ok(issuer) => return Some(issuer),
            Err(IssuerError::Inexact { exact }) => (
                Code::IssuerMalformed,
                text!(
                    "clients compare it letter by letter: no path, no slash at the end, no query, no fragment",
                    "客户端会逐字比较：不能有路径、结尾斜杠、查询或片段",
                ),
                text!("write issuer = \"{exact}\"", "请写成 issuer = \"{exact}\""),
            ),
            Err(IssuerError::NotHttps) => (
                Code::IssuerNotHttps,
                text!("http is for localhost only", "http 只能用于 localhost"),
                text!(
                    "write https://, and end TLS in a proxy; lingpai dev is for trying things out",
                    "请使用 https://，并由代理终结 TLS；试用请运行 lingpai dev",
                ),
            ),
            Err(IssuerError::NotUrl) => (
                Code::IssuerMalformed,
                text!("not an absolute https URL", "不是完整的 https 网址"),
                text!("write it like \"https://id.example.com\"", "请写成类似 \"https://id.example.com\" 的形式"),
            ),
        };
        check.note(code, path, label, help);
        None
    }

    fn listen(&self, check: &mut Check<'_>) -> Option<Vec<SocketAddr>> {
        let path = "server.listen";
        if self.listen.is_empty() {
            let label = text!("nowhere to listen", "没有监听地址");
            check.note(
                Code::SettingMissing,
                path,
                label,
                text!("write listen = [\"127.0.0.1:8080\"]", "请写成 listen = [\"127.0.0.1:8080\"]"),
            );
            return None;
        }
        let mut addresses = Vec::new();
        for (index, text) in self.listen.iter().enumerate() {
            let Ok(address) = text.parse() else {
                let (label, help) = listen_remedy(text);
                let place = check.place_of(path, index);
                check.note_at(Code::AddressMalformed, place, label, help);
                continue;
            };
            addresses.push(address);
        }
        (addresses.len() == self.listen.len()).then_some(addresses)
    }

    fn proxies(&self, check: &mut Check<'_>) -> Option<Vec<Network>> {
        let path = "server.trusted_proxies";
        let mut networks = Vec::new();
        for (index, text) in self.trusted_proxies.iter().enumerate() {
            let Ok(network) = text.parse() else {
                let label = text!("not an IP address or a network", "不是 IP 地址或网段");
                let help = text!("write \"127.0.0.1\" or \"10.0.0.0/8\"", "请写成 \"127.0.0.1\" 或 \"10.0.0.0/8\"");
                let place = check.place_of(path, index);
                check.note_at(Code::NetworkMalformed, place, label, help);
                continue;
            };
            networks.push(network);
        }
        (networks.len() == self.trusted_proxies.len()).then_some(networks)
    }
}

/// What was probably meant by an address that does not parse.
fn listen_remedy(text: &str) -> (Text, Text) {
    let write = |address: String| text!("write \"{address}\"", "请写成 \"{address}\"");
    if let Ok(address) = text.parse::<IpAddr>() {
        return (text!("the port is missing", "缺少端口"), write(SocketAddr::new(address, 8080).to_string()));
    }
    if let Some(port) = text.strip_prefix("localhost:") {
        return (text!("a name, not an address", "这是名字，不是地址"), write(format!("127.0.0.1:{port}")));
    }
    if let Some(port) = text.strip_prefix(':').or(Some(text)).filter(|port| port.parse::<u16>().is_ok()) {
        return (text!("the address is missing", "缺少地址"), write(format!("127.0.0.1:{port}")));
    }
    (
        text!("expected an IP address and a port", "应为 IP 地址加端口"),
        text!("write \"127.0.0.1:8080\" or \"[::1]:8080\"", "请写成 \"127.0.0.1:8080\" 或 \"[::1]:8080\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_in_their_exact_form_are_taken() {
        for text in
            ["https://id.example.com", "https://id.example.com:8443", "http://localhost:8080", "http://[::1]:8080"]
        {
            assert_eq!(Issuer::new(text).map(|issuer| issuer.as_str().to_owned()).as_deref(), Ok(text));
        }
        assert_eq!(
            Issuer::new("https://id.example.com:8443").map(|issuer| issuer.authority().to_owned()).as_deref(),
            Ok("id.example.com:8443")
        );
    }

    #[test]
    fn everything_that_is_not_exact_names_what_is() {
        for text in [
            "https://id.example.com/",
            "https://ID.example.com",
            "https://id.example.com:443",
            "https://id.example.com?x",
            "https://id.example.com#x",
            "https://id.example.com/auth",
            "https://me@id.example.com",
            " https://id.example.com",
        ] {
            let exact = "https://id.example.com".to_owned();
            assert_eq!(Issuer::new(text), Err(IssuerError::Inexact { exact }), "{text}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_computer() {
        assert_eq!(Issuer::new("http://id.example.com"), Err(IssuerError::NotHttps));
        assert_eq!(Issuer::new("http://192.168.1.2:8080"), Err(IssuerError::NotHttps));
        assert_eq!(Issuer::new("http://localhost.example.com"), Err(IssuerError::NotHttps));
        assert!(Issuer::new("http://127.0.0.1:8080").is_ok());
    }

    #[test]
    fn other_schemes_and_words_are_no_issuers() {
        for text in ["", "id.example.com", "ftp://id.example.com", "file:///etc/passwd", "https://"] {
            assert_eq!(Issuer::new(text), Err(IssuerError::NotUrl), "{text}");
        }
    }

    #[test]
    fn a_listen_address_that_misses_something_is_completed() {
        let remedy = |text| listen_remedy(text).1.en;
        assert_eq!(remedy("localhost:80"), "write \"127.0.0.1:80\"");
        assert_eq!(remedy("8080"), "write \"127.0.0.1:8080\"");
        assert_eq!(remedy(":8080"), "write \"127.0.0.1:8080\"");
        assert_eq!(remedy("::1"), "write \"[::1]:8080\"");
    }
}
