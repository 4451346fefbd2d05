//! Query and form parameters as [`Params`], which refuses what is repeated, too long or not text.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::{ParamLimits, Params, ParamsError};
use thiserror::Error;

use crate::fault::{Fault, FaultKind};

/// The largest form that is read, in bytes.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// The decoded query of a request; empty when there is none.
#[derive(Debug)]
pub struct Query(pub Params);

/// The decoded form of a request: `application/x-www-form-urlencoded`, at most [`MAX_FORM_BYTES`].
#[derive(Debug)]
pub struct Form(pub Params);

/// Why parameters could not be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The connection ended before the form did.
    #[error("the body ended early")]
    Interrupted,
    /// The parameters are not acceptable as such.
    #[error("the parameters cannot be read: {0}")]
    Malformed(ParamsError),
    /// The form is larger than [`MAX_FORM_BYTES`].
    #[error("the body is larger than {MAX_FORM_BYTES} bytes")]
    TooLarge,
    /// The content type is not that of a form.
    #[error("the body is not application/x-www-form-urlencoded")]
    WrongContentType,
}

impl DecodeError {
    /// The kind of fault that this is on a page; its status is the one to answer with.
    pub const fn kind(&self) -> FaultKind {
        match self {
            DecodeError::Interrupted | DecodeError::Malformed(_) => FaultKind::BadRequest,
            DecodeError::TooLarge => FaultKind::TooLarge,
            DecodeError::WrongContentType => FaultKind::UnsupportedMediaType,
        }
    }
}

impl IntoResponse for DecodeError {
    fn into_response(self) -> Response {
        Fault::new(self.kind()).into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = DecodeError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, DecodeError> {
        parse(parts.uri.query().unwrap_or_default().as_bytes()).map(Query)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = DecodeError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, DecodeError> {
        if !is_form(request.headers()) {
            return Err(DecodeError::WrongContentType);
        }
        parse(&read(request.into_body()).await?).map(Form)
    }
}

fn parse(raw: &[u8]) -> Result<Params, DecodeError> {
    Params::parse(raw, &ParamLimits::default()).map_err(DecodeError::Malformed)
}

/// Whether the one `Content-Type` is that of a form, whatever its parameters (RFC 9110 §8.3.1).
pub fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (types.next(), types.next()) else { return false };
    let essence = first.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

async fn read(body: Body) -> Result<Bytes, DecodeError> {
    match Limited::new(body, MAX_FORM_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(DecodeError::TooLarge),
        Err(_) => Err(DecodeError::Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    async fn form(content_type: Option<&str>, body: &str) -> Result<Form, DecodeError> {
        let mut request = Request::post("/");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Form::from_request(request.body(Body::from(body.to_owned())).unwrap(), &()).await
    }

    async fn query(target: &str) -> Result<Query, DecodeError> {
        let (mut parts, ()) = Request::get(target).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_form_is_read() {
        for content_type in
            [FORM, "application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLEncoded"]
        {
            let Form(params) = form(Some(content_type), "a=b+c&d=%E4%BB%A4").await.unwrap();
            assert_eq!(params.one("a").unwrap(), Some("b c"));
            assert_eq!(params.one("d").unwrap(), Some("令"));
        }
    }

    #[tokio::test]
    async fn another_content_type_is_415() {
        for content_type in [None, Some("application/json"), Some("multipart/form-data"), Some("text/plain"), Some("")]
        {
            let error = form(content_type, "a=b").await.unwrap_err();
            assert_eq!(error.kind().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        }
    }

    #[tokio::test]
    async fn more_than_64_kib_is_413_and_exactly_as_much_is_not() {
        let pairs = |bytes: usize| "abcdefg&".repeat(bytes / 8);
        let error = form(Some(FORM), &format!("{}a", pairs(MAX_FORM_BYTES))).await.unwrap_err();
        assert_eq!(error.kind().status(), StatusCode::PAYLOAD_TOO_LARGE);
        // 8192 parameters: read, then refused for their number.
        let error = form(Some(FORM), &pairs(MAX_FORM_BYTES)).await.unwrap_err();
        assert_eq!(error.kind().status(), StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn what_is_not_text_is_400() {
        for raw in ["a=%00", "a=%ff", "a=%zz"] {
            assert!(matches!(form(Some(FORM), raw).await, Err(DecodeError::Malformed(_))), "{raw}");
            assert!(matches!(query(&format!("/?{raw}")).await, Err(DecodeError::Malformed(_))), "{raw}");
        }
    }

    #[tokio::test]
    async fn a_query_is_read_and_repetition_noticed() {
        let Query(params) = query("/?a=1&a=2&b=3").await.unwrap();
        assert!(params.one("a").is_err());
        assert_eq!(params.one("b").unwrap(), Some("3"));
        assert!(query("/").await.unwrap().0.is_empty());
    }
}
