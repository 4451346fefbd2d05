//! One request to a page: which browser, which language, who is signed in, and the answer that goes back.

use axum::response::{IntoResponse, Response};
use flow::SessionRecord;
use grant_store::InteractionRecord;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use protocol::{Locale, Params, UserCode};
use user_store::User;
use web::{
    Fault, FaultKind, FormAction, Theme,
    cookies::{self, Browser},
    csrf,
};

use crate::{
    Pages,
    preferences::{self, return_target},
    render::{Frame, Preferences},
    view::View,
};

/// A visit of a browser to a page.
pub(crate) struct Visit<'p> {
    pub(crate) pages: &'p Pages,
    /// The browser, met before or now.
    pub(crate) browser: Browser,
    /// The code of the device that the person signs in for.
    pub(crate) device: Option<UserCode>,
    headers: HeaderMap,
    locale: Locale,
    theme: Theme,
}

/// Who is signed in.
pub(crate) struct SignedIn {
    pub(crate) session: SessionRecord,
    pub(crate) user: User,
}

impl<'p> Visit<'p> {
    pub(crate) fn new(pages: &'p Pages, headers: HeaderMap) -> Visit<'p> {
        let web = &pages.parts.web;
        Visit {
            browser: cookies::browser(web, &headers),
            device: None,
            locale: locale(pages, &headers, None),
            theme: cookies::theme_cookie(web, &headers),
            headers,
            pages,
        }
    }

    /// The headers of the request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Takes the app's wish for a language into account.
    pub(crate) fn wish_locale(&mut self, ui_locales: Option<&str>) {
        self.locale = locale(self.pages, &self.headers, ui_locales);
    }

    /// The language of the page.
    pub(crate) fn locale(&self) -> Locale {
        self.locale
    }

    /// The form token for `purpose`.
    pub(crate) fn token(&self, purpose: &str) -> String {
        csrf::token(&self.pages.parts.web, &self.browser.id, purpose)
    }

    /// Accepts a form only if this browser was given it for `purpose`; else the page has expired.
    pub(crate) fn check_token(&self, form: &Params, purpose: &str) -> Result<(), Fault> {
        let web = &self.pages.parts.web;
        // A browser met just now was given no form.
        let known = self.browser.set_cookie.is_none().then_some(self.browser.id.as_str());
        csrf::check(web, known, purpose, one(form, "csrf")?, &self.headers).map_err(|error| {
            let fault = Fault::new(FaultKind::Expired);
            tracing::info!(%error, purpose, reference = %fault.reference, "a form was not accepted");
            fault
        })
    }

    /// Who is signed in in this browser, if anybody is.
    pub(crate) async fn signed_in(&self) -> Result<Option<SignedIn>, Fault> {
        let parts = &self.pages.parts;
        let Some(cookie) = cookies::session_cookie(&parts.web, &self.headers) else { return Ok(None) };
        let Some(session) = parts.grants.find_session(&cookie).await? else { return Ok(None) };
        let user = parts.users.find(&session.user_id).await?;
        Ok(user.map(|user| SignedIn { session, user }))
    }

    /// The interaction of that id. Unknown, ended, or another browser's: the page has expired.
    ///
    /// An interaction is bound to the browser that began it, so that nobody can make a person finish a request that
    /// somebody else began. Source: RFC 9700 §4.7.
    pub(crate) async fn interaction(&self, id: &str) -> Result<InteractionRecord, Fault> {
        let found = self.pages.parts.grants.find_interaction(id, &self.browser.id).await?;
        found.ok_or_else(|| Fault::new(FaultKind::Expired))
    }

    /// Answers with a page.
    pub(crate) fn page(
        &self,
        status: StatusCode,
        view: &View,
        path: &str,
        leads_to: Option<&str>,
    ) -> Result<Response, Fault> {
        let preferences = return_target(path)
            .map(|return_to| Preferences { token: self.token(preferences::PURPOSE), return_to: return_to.to_owned() });
        let frame = Frame { locale: self.locale, theme: self.theme, preferences };
        let html = self.pages.renderer.render(&frame, view).map_err(|error| {
            let fault = Fault::new(FaultKind::Internal);
            tracing::error!(%error, reference = %fault.reference, "a page could not be made");
            fault
        })?;
        let mut response = html_response(status, self.locale, html);
        if let Some(leads_to) = leads_to {
            response.extensions_mut().insert(FormAction::for_redirect(leads_to));
        }
        Ok(self.remember(response))
    }

    /// Answers with the way to another page of ours, or to an address that was registered.
    ///
    /// 303, so that a browser never posts a password on (RFC 9700 §4.12).
    pub(crate) fn redirect(&self, location: &str) -> Result<Response, Fault> {
        let location = HeaderValue::from_str(location).map_err(|_| Fault::new(FaultKind::Internal))?;
        Ok(self.remember((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()))
    }

    /// Gives the browser its id if it was met just now.
    fn remember(&self, mut response: Response) -> Response {
        if let Some(cookie) = &self.browser.set_cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        response
    }
}

/// The language of a page: what the person chose here, else the app's wish, else what the browser prefers.
///
/// `ui_locales` is a hint of the client (OpenID Connect Core §3.1.2.1); a choice made with our own switch outranks it,
/// or the switch would do nothing on the very pages that need it.
pub(crate) fn locale(pages: &Pages, headers: &HeaderMap, ui_locales: Option<&str>) -> Locale {
    let chosen = cookies::locale_cookie(&pages.parts.web, headers);
    let wish = ui_locales.filter(|_| chosen.is_none());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Locale::negotiate(wish, chosen.as_deref(), accepted, pages.parts.default_locale)
}

/// An HTML answer in that language.
pub(crate) fn html_response(status: StatusCode, locale: Locale, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag())),
        (header::VARY, HeaderValue::from_static("cookie, accept-language")),
    ];
    (status, headers, html).into_response()
}

/// The one value of a parameter; a repeated one cannot be read.
pub(crate) fn one<'f>(params: &'f Params, name: &str) -> Result<Option<&'f str>, Fault> {
    params.one(name).map_err(|_| Fault::new(FaultKind::BadRequest))
}
