//! OpenID Connect: authorization code with PKCE, as the crate `openidconnect` does it.

use std::pin::Pin;

use anyhow::{Context, bail, ensure};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, SubjectIdentifier, TokenResponse,
};
use serde::Deserialize;

/// What the app must know to be a client of Lingpai.
pub struct Settings {
    /// The server, for example `https://login.example.com`.
    pub issuer: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// Where the browser comes back to; registered for the client.
    pub redirect_uri: String,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Lingpai, as this app sees it.
pub struct Provider {
    client: Client,
    http: Http,
    issuer: IssuerUrl,
}

/// A sign-in under way: what the answer must fit.
pub struct Attempt {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The parameters of the answer. Source: RFC 6749 §4.1.2, RFC 9207 §2.
#[derive(Deserialize)]
pub struct Answer {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Somebody who is signed in, with their tokens.
#[derive(Clone)]
pub struct Account {
    /// The person's identity at Lingpai; the key under which an app keeps its own records.
    pub subject: String,
    /// What to call them.
    pub name: String,
    /// What the userinfo endpoint said, as JSON.
    pub userinfo: String,
    /// How often the tokens were refreshed.
    pub refreshed: u32,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
}

impl Provider {
    /// Reads the server's metadata and keys.
    pub async fn discover(settings: Settings) -> anyhow::Result<Self> {
        // No redirects: a redirect would let the answer choose where our secret goes.
        let http = Http(reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?);
        let issuer = IssuerUrl::new(settings.issuer)?;
        let metadata = CoreProviderMetadata::discover_async(issuer.clone(), &http)
            .await
            .context("no OpenID provider at ISSUER; is `lingpai dev` running?")?;
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(settings.client_id),
            Some(ClientSecret::new(settings.client_secret)),
        );
        let client = client.set_redirect_uri(RedirectUrl::new(settings.redirect_uri)?);
        Ok(Self { client, http, issuer })
    }

    /// The URL to send the browser to, and what to remember until it comes back.
    pub fn begin(&self) -> (String, Attempt) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = self
            .client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "email", "api:read"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        (url.to_string(), Attempt { state, nonce, verifier })
    }

    /// Checks the answer, exchanges the code and learns who it is.
    pub async fn finish(&self, attempt: Attempt, answer: Answer) -> anyhow::Result<Account> {
        // Somebody else's answer in this browser would sign the person in as somebody else.
        ensure!(
            answer.state.as_deref() == Some(attempt.state.secret()),
            "the answer is not to this browser's question"
        );
        // RFC 9207 §2.4: an answer of another server must not make us send it this server's code.
        ensure!(answer.iss.as_deref() == Some(self.issuer.as_str()), "the answer is another server's");
        if let Some(error) = answer.error {
            bail!("{error}: {}", answer.error_description.unwrap_or_default());
        }
        let code = AuthorizationCode::new(answer.code.context("neither a code nor an error came back")?);

        let request = self.client.exchange_code(code)?.set_pkce_verifier(attempt.verifier);
        let tokens = request.request_async(&self.http).await.context("the code was not accepted")?;
        let subject = self.verify(&tokens, |nonce| match nonce {
            Some(nonce) if nonce.secret() == attempt.nonce.secret() => Ok(()),
            Some(_) | None => Err("the ID token is not the answer to this request".to_owned()),
        })?;
        self.account(tokens, subject).await
    }

    /// Trades the refresh token for new tokens.
    pub async fn refresh(&self, account: Account) -> anyhow::Result<Account> {
        let refresh_token = account.refresh_token.as_ref().context("there is no refresh token")?;
        let request = self.client.exchange_refresh_token(refresh_token)?;
        let tokens = request.request_async(&self.http).await.context("the refresh token was not accepted")?;
        if tokens.id_token().is_some() {
            // OpenID Connect Core §12.2: the same person; the nonce need not come again.
            let subject = self.verify(&tokens, |_| Ok(()))?;
            ensure!(subject.as_str() == account.subject, "the refreshed ID token is somebody else's");
        }
        Ok(Account {
            access_token: tokens.access_token().clone(),
            // The old one is spent. (Another server may let it stand and send none.)
            refresh_token: tokens.refresh_token().cloned().or(account.refresh_token),
            refreshed: account.refreshed + 1,
            ..account
        })
    }

    /// Calls an API with the access token and answers its text.
    pub async fn call(&self, url: &str, account: &Account) -> anyhow::Result<String> {
        let reply = self.http.0.get(url).bearer_auth(account.access_token.secret()).send().await?;
        Ok(format!("{}\n{}", reply.status(), reply.text().await?))
    }

    /// Lingpai's own sign-out page, which asks first.
    pub fn logout_url(&self) -> String {
        format!("{}/logout", self.issuer.as_str())
    }

    /// The checks of OpenID Connect Core §3.1.3.7: signature, issuer, audience, expiry, nonce, access token hash.
    fn verify(
        &self,
        tokens: &CoreTokenResponse,
        nonce: impl FnOnce(Option<&Nonce>) -> Result<(), String>,
    ) -> anyhow::Result<SubjectIdentifier> {
        let verifier = self.client.id_token_verifier();
        let id_token = tokens.id_token().context("no ID token came")?;
        let claims = id_token.claims(&verifier, nonce).context("the ID token is not good")?;
        if let Some(expected) = claims.access_token_hash() {
            let (alg, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
            let actual = AccessTokenHash::from_token(tokens.access_token(), alg, key)?;
            ensure!(actual == *expected, "the access token does not belong to the ID token");
        }
        Ok(claims.subject().clone())
    }

    async fn account(&self, tokens: CoreTokenResponse, subject: SubjectIdentifier) -> anyhow::Result<Account> {
        // The subject is passed along: userinfo of somebody else is an error.
        let request = self.client.user_info(tokens.access_token().clone(), Some(subject.clone()))?;
        let userinfo: CoreUserInfoClaims =
            request.request_async(&self.http).await.context("userinfo did not answer")?;
        let name = userinfo.name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let name = name.or(userinfo.preferred_username().map(|name| name.as_str()));
        Ok(Account {
            name: name.unwrap_or("somebody").to_owned(),
            userinfo: serde_json::to_string_pretty(&userinfo)?,
            subject: subject.to_string(),
            refreshed: 0,
            access_token: tokens.access_token().clone(),
            refresh_token: tokens.refresh_token().cloned(),
        })
    }
}

/// The app's own HTTP client, as `openidconnect` wants it.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let reply = self.0.execute(request.try_into()?).await?;
            let (status, headers) = (reply.status(), reply.headers().clone());
            let mut response = HttpResponse::new(reply.bytes().await?.to_vec());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
