//! Whether, when and as whom the person is signed in. OpenID Connect Core §3.1.2.1, §3.1.2.3.

use std::time::Duration;

use testkit::{OTHER_USER, PASSWORD, RelyingParty};

use super::{Op, USER, modules};

modules!(
    prompt_login,
    prompt_none_not_logged_in,
    prompt_none_logged_in,
    max_age_1,
    max_age_10000,
    id_token_hint,
    id_token_hint_of_somebody_else,
    id_token_hint_that_is_none,
    a_sign_in_as_somebody_else_than_hinted,
    claims_sub,
);

async fn prompt_login(op: &Op) {
    let mut browser = op.browser();
    let first = op.flow(&mut browser, &op.rp()).await;
    op.app.advance(Duration::from_secs(1));
    let again = op.rp().with("prompt", "login");
    browser.visit(&again.authorize_path()).await.assert_page(200, "/login");
    let second = op.flow(&mut browser, &again).await;
    assert!(second.auth_time() > first.auth_time());
    assert_eq!(second.id_token["sub"], first.id_token["sub"]);
}

async fn prompt_none_not_logged_in(op: &Op) {
    let landing = op.app.browser().authorize(op.rp().with("prompt", "none")).await;
    op.refused(&landing, "login_required");
    let long = "aZ09-._~".repeat(16);
    let landing = op.app.browser().authorize(op.rp().with("prompt", "none").with("state", &long)).await;
    assert_eq!((landing.mode(), landing.param("state")), (op.mode, Some(long)));
}

async fn prompt_none_logged_in(op: &Op) {
    let mut browser = op.browser();
    let first = op.flow(&mut browser, &op.rp()).await;
    op.app.advance(Duration::from_mins(1));
    let silent = op.rp().with("prompt", "none");
    // At once: no page stands between the request and its answer.
    let code = op.code(&browser.visit(&silent.authorize_path()).await);
    let second = op.exchange(&silent, &code).await;
    assert_eq!((second.auth_time(), &second.id_token["sub"]), (first.auth_time(), &first.id_token["sub"]));
}

async fn max_age_1(op: &Op) {
    let mut browser = op.browser();
    let first = op.flow(&mut browser, &op.rp()).await;
    op.app.advance(Duration::from_secs(2));
    let young = op.rp().with("max_age", "1");
    browser.visit(&young.authorize_path()).await.assert_page(200, "/login");
    let second = op.flow(&mut browser, &young).await;
    assert_eq!(second.auth_time(), first.auth_time() + 2);
}

async fn max_age_10000(op: &Op) {
    let mut browser = op.browser();
    let first = op.flow(&mut browser, &op.rp().with("max_age", "15000")).await;
    op.app.advance(Duration::from_secs(1));
    let second = op.flow(&mut browser, &op.rp().with("max_age", "10000")).await;
    assert_eq!((second.auth_time(), &second.id_token["sub"]), (first.auth_time(), &first.id_token["sub"]));
}

async fn hint(op: &Op, browser: &mut testkit::Browser) -> String {
    op.flow(browser, &op.rp()).await.tokens.id_token().to_owned()
}

async fn id_token_hint(op: &Op) {
    let mut browser = op.browser();
    let first = op.flow(&mut browser, &op.rp()).await;
    // A hint is good long after its token has expired, and after its key has retired.
    op.app.advance(Duration::from_hours(7));
    op.app.keys().rotate(protocol::Alg::Rs256, true).await.unwrap();
    let silent = op.rp().with("prompt", "none").with("id_token_hint", first.tokens.id_token());
    let code = op.code(&browser.visit(&silent.authorize_path()).await);
    let second = op.exchange(&silent, &code).await;
    assert_eq!((second.auth_time(), &second.id_token["sub"]), (first.auth_time(), &first.id_token["sub"]));
}

async fn id_token_hint_of_somebody_else(op: &Op) {
    let theirs = hint(op, &mut op.app.browser().signed_in_as(OTHER_USER)).await;
    let mut browser = op.browser();
    op.flow(&mut browser, &op.rp()).await;
    let rp = op.rp().with("id_token_hint", &theirs);
    let landing = browser.authorize(rp.clone().with("prompt", "none")).await;
    op.refused(&landing, "login_required");
    // Where pages may be shown, the other person may sign in, and the account that is here is not offered.
    let page = browser.visit(&rp.authorize_path()).await;
    page.assert_page(200, "/login");
    assert!(!page.reply.text().contains("/authorize/resume/"), "{}", page.reply.text());
    let landing = browser.sign_in_at(&page, OTHER_USER, PASSWORD).await;
    let landing = browser.walk_on(landing).await;
    let flow = op.exchange(&rp, &op.code(&landing)).await;
    assert_eq!(flow.id_token["sub"], op.app.user_named(OTHER_USER).await.id);
}

async fn id_token_hint_that_is_none(op: &Op) {
    let mut browser = op.browser();
    let flow = op.flow(&mut browser, &op.rp()).await;
    let (signed, _) = flow.tokens.id_token().rsplit_once('.').unwrap();
    let other_signature = format!("{signed}.{}", "A".repeat(342));
    for bad in ["x", "eyJhbGciOiJub25lIn0.e30.", &other_signature, &flow.tokens.access_token] {
        let landing = browser.authorize(op.rp().with("id_token_hint", bad)).await;
        op.refused(&landing, "invalid_request");
    }
}

async fn a_sign_in_as_somebody_else_than_hinted(op: &Op) {
    let mine = hint(op, &mut op.browser()).await;
    let rp = op.rp().with("id_token_hint", &mine);
    expects_alice(op, &rp).await;
}

async fn claims_sub(op: &Op) {
    let alice = op.app.user().await.id;
    let rp = op.rp().with("claims", &format!(r#"{{"id_token":{{"sub":{{"value":"{alice}"}}}}}}"#));
    expects_alice(op, &rp).await;
    // Two expectations that nobody can meet are no request.
    let bobs = hint(op, &mut op.app.browser().signed_in_as(OTHER_USER)).await;
    let landing = op.browser().authorize(rp.with("id_token_hint", &bobs)).await;
    op.refused(&landing, "invalid_request");
}

/// Signing in as somebody else answers the request with an error; signing in as alice answers it.
async fn expects_alice(op: &Op, rp: &RelyingParty) {
    let mut browser = op.app.browser();
    let page = browser.authorize(rp).await;
    page.assert_page(200, "/login");
    op.refused(&browser.sign_in_at(&page, OTHER_USER, PASSWORD).await, "login_required");
    let page = browser.visit(&rp.authorize_path()).await;
    page.assert_page(200, "/login");
    let landing = browser.sign_in_at(&page, USER, PASSWORD).await;
    let landing = browser.walk_on(landing).await;
    op.exchange(rp, &op.code(&landing)).await;
}
