//! As much HTTP/1.1 as a generator needs: whole replies with a length, and a visitor who follows redirects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A request that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// More redirects than this in a row are a loop.
const MOST_STEPS: usize = 12;

/// One reply, borrowed from the buffer that it was read into.
pub struct Reply<'b> {
    pub status: u16,
    pub head: &'b str,
    pub body: &'b [u8],
}

impl<'b> Reply<'b> {
    /// The first reply in `buffer` and its length; none where more must be read.
    pub fn parse(buffer: &'b [u8]) -> Result<Option<(Self, usize)>> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let (head, rest) = buffer.split_at(end + 4);
        let head = std::str::from_utf8(head).context("a head that is no text")?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status line")?;
        let length = match find(head, "content-length") {
            Some(length) => length.parse().context("a length that is no number")?,
            // RFC 9110 §6.4.1: these have no body.
            None if matches!(status, 204 | 304) => 0,
            None => bail!("a reply without a length: {head}"),
        };
        Ok(rest.get(..length).map(|body| (Self { status, head, body }, end + 4 + length)))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&'b str> {
        find(self.head, name)
    }

    /// A text member of a JSON body, found without parsing: no value that is asked for has escapes.
    pub fn member(&self, name: &str) -> Option<&'b str> {
        member(std::str::from_utf8(self.body).ok()?, name)
    }
}

fn member<'b>(json: &'b str, name: &str) -> Option<&'b str> {
    let (_, rest) = json.split_once(&format!("\"{name}\""))?;
    rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()
}

fn find<'b>(head: &'b str, name: &str) -> Option<&'b str> {
    all(head, name).next()
}

fn all<'b>(head: &'b str, name: &str) -> impl Iterator<Item = &'b str> {
    head.split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Percent-encodes what is not unreserved (RFC 3986 §2.3).
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A form or a query of these pairs.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// A person's browser, for what comes before the measurement: one connection for each request, cookies, redirects.
pub struct Visitor {
    address: SocketAddr,
    host: String,
    cookies: BTreeMap<String, String>,
}

/// Where a visit ended: a page, or the address of an app that nobody fetches.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: String,
    pub text: String,
}

impl Visitor {
    pub fn new(address: SocketAddr, host: &str) -> Self {
        Self { address, host: host.to_owned(), cookies: BTreeMap::new() }
    }

    /// The `Cookie` header as it now stands.
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Fetches a path and follows redirects as long as they stay here.
    pub fn open(&mut self, path: &str) -> Result<Page> {
        self.follow(path, None)
    }

    /// Sends the page's first form with these fields beside its hidden ones.
    pub fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Result<Page> {
        let (action, mut pairs) = page.form()?;
        pairs.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.follow(&action, Some(form(&pairs)))
    }

    fn follow(&mut self, path: &str, mut body: Option<String>) -> Result<Page> {
        let mut location = path.to_owned();
        for _ in 0..MOST_STEPS {
            let (head, text) = self.fetch(&location, body.take())?;
            let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status line")?;
            let Some(next) = find(&head, "location").filter(|_| (300..400).contains(&status)) else {
                return Ok(Page { status, location, text });
            };
            next.strip_prefix(&format!("http://{}", self.host)).unwrap_or(next).clone_into(&mut location);
            if !location.starts_with('/') {
                return Ok(Page { status, location, text });
            }
        }
        bail!("the redirects go in circles, now at {location}")
    }

    fn fetch(&mut self, path: &str, body: Option<String>) -> Result<(String, String)> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        if !self.cookies.is_empty() {
            // Writing to a String cannot fail, here and below.
            let _ = write!(request, "Cookie: {}\r\n", self.cookies());
        }
        if let Some(body) = &body {
            let _ = write!(request, "{FORM}{BROWSER}Content-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        request += &body.unwrap_or_default();
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, text) = answer.split_once("\r\n\r\n").with_context(|| format!("no reply to {method} {path}"))?;
        for line in all(head, "set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok((head.to_owned(), text.to_owned()))
    }
}

/// The header of a form.
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
/// What browsers send with a form of a page under `Referrer-Policy: no-referrer`.
pub const BROWSER: &str = "Origin: null\r\nSec-Fetch-Site: same-origin\r\n";

impl Page {
    /// A parameter of the address that the visit ended at.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.location, name).map(str::to_owned)
    }

    /// The action of the page's form and its hidden fields.
    pub fn form(&self) -> Result<(String, Vec<(String, String)>)> {
        let inside = self.text.split("<form").nth(1).and_then(|rest| rest.split("</form>").next());
        let inside = inside.with_context(|| format!("no form at {} ({})", self.location, self.status))?;
        let action = attribute(inside, "action").context("a form without an action")?;
        let hidden = inside.split("<input").filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
        let pairs = hidden.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
        Ok((action, pairs.collect()))
    }

    pub fn demand(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{} instead of {status} at {}: {}", self.status, self.location, self.text);
        Ok(self)
    }
}

/// A parameter of a URL's query.
pub fn parameter<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let pairs = url.split_once('?')?.1.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&#x2f;", "/")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
