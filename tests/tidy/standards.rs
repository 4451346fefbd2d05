//! The documents that the code is built on, and where each is cited.

use super::tree::{Source, split_comment};

/// A document that comments cite.
pub struct Standard {
    /// What a comment says: the name, and the other names under which it is known.
    pub names: &'static [&'static str],
    /// Its title.
    pub title: &'static str,
    /// Where it can be read.
    pub url: &'static str,
    /// What of it is in the house.
    pub used_for: &'static str,
}

const fn rfc(
    names: &'static [&'static str],
    url: &'static str,
    title: &'static str,
    used_for: &'static str,
) -> Standard {
    Standard { names, title, url, used_for }
}

macro_rules! rfcs {
    ($($number:literal $title:literal: $used_for:literal;)+) => {
        &[$(rfc(&[concat!("RFC ", $number)], concat!("https://www.rfc-editor.org/rfc/rfc", $number), $title, $used_for)),+]
    };
}

/// Every RFC that a comment may cite, by number.
pub const RFCS: &[Standard] = rfcs! {
    "1035" "Domain Names: Implementation and Specification": "the length of a host name";
    "1122" "Requirements for Internet Hosts: Communication Layers": "which addresses are loopback";
    "3339" "Date and Time on the Internet: Timestamps": "times as people read them";
    "3986" "Uniform Resource Identifier (URI): Generic Syntax": "what a redirect URI may look like";
    "4291" "IP Version 6 Addressing Architecture": "which addresses are loopback";
    "4647" "Matching of Language Tags": "the choice between zh-CN and en";
    "5208" "PKCS #8: Private-Key Information Syntax": "the form of private keys before they are sealed";
    "5321" "Simple Mail Transfer Protocol": "the lengths of an e-mail address";
    "5480" "Elliptic Curve Cryptography Subject Public Key Information": "client keys in PEM";
    "5890" "Internationalized Domain Names for Applications (IDNA)": "the host of an e-mail address";
    "6265" "HTTP State Management Mechanism": "cookies";
    "6749" "The OAuth 2.0 Authorization Framework": "the code flow, refresh, client credentials, errors";
    "6750" "OAuth 2.0: Bearer Token Usage": "how a token is presented and refused";
    "7009" "OAuth 2.0 Token Revocation": "a client gives up its tokens";
    "7009" "OAuth 2.0 Token Revocation": "cited, not offered yet";
    "7468" "Textual Encodings of PKIX, PKCS, and CMS Structures": "client keys in PEM";
    "7515" "JSON Web Signature (JWS)": "the compact form, its header";
    "7517" "JSON Web Key (JWK)": "the key set";
    "7518" "JSON Web Algorithms (JWA)": "the parameters of RSA and elliptic-curve keys";
    "7519" "JSON Web Token (JWT)": "claims and their check";
    "7521" "Assertion Framework for OAuth 2.0 Client Authentication and Authorization Grants": "client assertions";
    "7523" "JSON Web Token (JWT) Profile for OAuth 2.0 Client Authentication": "private_key_jwt and client_secret_jwt";
    "7591" "OAuth 2.0 Dynamic Client Registration Protocol": "the names of client metadata; registration is not offered yet";
    "7617" "The 'Basic' HTTP Authentication Scheme": "client authentication by header";
    "7636" "Proof Key for Code Exchange (PKCE)": "S256, always; plain, never";
    "7638" "JSON Web Key (JWK) Thumbprint": "key ids";
    "7662" "OAuth 2.0 Token Introspection": "what a resource server is told about a token";
    "7797" "JSON Web Signature (JWS) Unencoded Payload Option": "refused";
    "8017" "PKCS #1: RSA Cryptography Specifications": "client keys in PEM";
    "8032" "Edwards-Curve Digital Signature Algorithm (EdDSA)": "Ed25519 signatures";
    "8037" "CFRG Elliptic Curves in JOSE": "Ed25519 keys";
    "8176" "Authentication Method Reference Values": "the values of amr";
    "8252" "OAuth 2.0 for Native Apps": "loopback redirects with a free port, private-use schemes";
    "8410" "Algorithm Identifiers for Ed25519, Ed448, X25519, and X448": "client keys in PEM";
    "8414" "OAuth 2.0 Authorization Server Metadata": "discovery";
    "8707" "Resource Indicators for OAuth 2.0": "the APIs that a token is for, by name";
    "8628" "OAuth 2.0 Device Authorization Grant": "devices without a browser: codes, pages, polls";
    "8693" "OAuth 2.0 Token Exchange": "delegation among services of one house, off by default";
    "8707" "Resource Indicators for OAuth 2.0": "not offered yet; the granted scopes decide the audience";
    "8725" "JSON Web Token Best Current Practices": "what a verifier insists on";
    "9068" "JWT Profile for OAuth 2.0 Access Tokens": "the shape of access tokens";
    "9106" "Argon2 Memory-Hard Function": "password hashes";
    "9110" "HTTP Semantics": "methods, ETag, Retry-After, authentication headers";
    "9111" "HTTP Caching": "how long a key set may be kept";
    "9112" "HTTP/1.1": "the Host header";
    "9207" "OAuth 2.0 Authorization Server Issuer Identification": "iss in every authorization response";
    "9470" "OAuth 2.0 Step Up Authentication Challenge Protocol": "acr and auth_time in an introspection answer";
    "9562" "Universally Unique IDentifiers (UUIDs)": "time-ordered ids";
    "9700" "Best Current Practice for OAuth 2.0 Security": "exact redirects, rotation, replay, downgrade";
};

/// The documents of the OpenID Foundation.
pub const OPENID: &[Standard] = &[
    Standard {
        names: &["OpenID Core", "OpenID Connect Core", "OIDC Core"],
        title: "OpenID Connect Core 1.0",
        url: "https://openid.net/specs/openid-connect-core-1_0.html",
        used_for: "ID tokens, userinfo, prompt, max_age, claims by scope",
    },
    Standard {
        names: &["OpenID Discovery", "OpenID Connect Discovery", "OIDC Discovery"],
        title: "OpenID Connect Discovery 1.0",
        url: "https://openid.net/specs/openid-connect-discovery-1_0.html",
        used_for: "provider metadata",
    },
    Standard {
        names: &["OAuth 2.0 Form Post Response Mode"],
        title: "OAuth 2.0 Form Post Response Mode",
        url: "https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html",
        used_for: "answers of the authorization endpoint that a form carries",
    },
    Standard {
        names: &["OAuth 2.0 Multiple Response Type"],
        title: "OAuth 2.0 Multiple Response Type Encoding Practices",
        url: "https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html",
        used_for: "response modes",
    },
    Standard {
        names: &["Initiating User Registration"],
        title: "Initiating User Registration via OpenID Connect 1.0",
        url: "https://openid.net/specs/openid-connect-prompt-create-1_0.html",
        used_for: "prompt=create, which is not offered yet",
    },
    Standard {
        names: &["unmet_authentication_requirements"],
        title: "OpenID Connect Core Error Code unmet_authentication_requirements",
        url: "https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html",
        used_for: "the answer to an acr that cannot be met",
    },
    Standard {
        names: &["RP-Initiated Logout"],
        title: "OpenID Connect RP-Initiated Logout 1.0",
        url: "https://openid.net/specs/openid-connect-rpinitiated-1_0.html",
        used_for: "signing out at the wish of a client",
    },
];

impl Standard {
    /// Whether the line's comment cites it.
    pub fn is_cited_by(&self, line: &str) -> bool {
        let comment = split_comment(line).1;
        self.names.iter().any(|name| comment.contains(name))
    }

    /// The files whose head cites it; where no head does, the files that cite it at all, tests last.
    pub fn read_first<'s>(&self, sources: &'s [Source]) -> Vec<&'s str> {
        let citing = |is_wanted: fn(&Source) -> bool, is_head: bool| -> Vec<&'s str> {
            let cites = |file: &Source| {
                file.text.lines().any(|line| (!is_head || line.starts_with("//!")) && self.is_cited_by(line))
            };
            sources.iter().filter(|file| is_wanted(file) && cites(file)).map(|file| file.path.as_str()).collect()
        };
        let mut files = citing(is_product, true);
        if files.is_empty() {
            files = citing(is_product, false);
        }
        if files.is_empty() {
            files = citing(is_ours, false);
        }
        files
    }
}

/// Files that cite on their own account: the list above does not.
pub fn is_ours(file: &Source) -> bool {
    !file.path.starts_with("tests/tidy/")
}

/// Files of the server itself.
fn is_product(file: &Source) -> bool {
    let is_test = file.path.ends_with("tests.rs") || file.path.contains("/tests/") || file.path.contains("/testkit/");
    (file.path.starts_with("crates/") || file.path.starts_with("migrations/")) && !is_test
}
