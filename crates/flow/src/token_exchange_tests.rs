//! Who may exchange what for what.

use super::*;
use crate::fixtures::{NOW, client, scopes as set};
use crate::records::ApiScope;
use crate::terms::ClientTerms;

const STOCK: &str = "https://stock.example";

fn orders() -> ClientRecord {
    ClientRecord {
        id: "orders".to_owned(),
        grant_types: vec![GrantName::TokenExchange],
        scopes: set("stock:read stock:write"),
        terms: ClientTerms { exchange_targets: vec![STOCK.to_owned()], ..ClientTerms::default() },
        ..client()
    }
}

fn stock() -> ResourceServer {
    let scope = |name: &str| ApiScope { name: name.to_owned(), en: String::new(), zh_cn: String::new(), max_ttl: None };
    ResourceServer {
        audience: STOCK.to_owned(),
        name: "Stock".to_owned(),
        scopes: vec![scope("stock:read"), scope("stock:write"), scope("stock:count")],
    }
}

fn subject() -> SubjectToken {
    SubjectToken {
        jti: "j1".to_owned(),
        format: TokenFormat::Jwt,
        user_id: "u1".to_owned(),
        family_id: "f1".to_owned(),
        scopes: set("openid api:read stock:read stock:count"),
        expires_at: NOW.plus(Duration::from_mins(5)),
        actor: None,
    }
}

fn request(scope: Option<&str>) -> TokenExchangeRequest {
    TokenExchangeRequest { subject_token: String::new(), target: STOCK.to_owned(), scope: scope.map(str::to_owned) }
}

fn refusal(request: &TokenExchangeRequest, subject: &SubjectToken, client: &ClientRecord) -> Refusal {
    judge(request, subject, client, &[stock()], NOW).unwrap_err().refusal
}

#[test]
fn a_token_is_exchanged_for_what_all_three_have_in_common() {
    let exchange = judge(&request(None), &subject(), &orders(), &[stock()], NOW).unwrap();
    assert_eq!(exchange.scopes, set("stock:read"));
    assert_eq!((exchange.target.as_str(), exchange.most_ttl), (STOCK, Duration::from_mins(5)));
    assert_eq!(exchange.actor, Actor { sub: "orders".to_owned(), act: None });
    let asked = judge(&request(Some("stock:read")), &subject(), &orders(), &[stock()], NOW).unwrap();
    assert_eq!(asked.scopes, set("stock:read"));
}

#[test]
fn no_scope_grows() {
    for beyond in ["stock:write", "stock:count", "api:read", "openid", "stock:read stock:write"] {
        assert_eq!(refusal(&request(Some(beyond)), &subject(), &orders()), Refusal::ScopeWidened, "{beyond}");
    }
    assert_eq!(refusal(&request(Some("a\"b")), &subject(), &orders()), Refusal::ScopeMalformed);
    let poor = SubjectToken { scopes: set("openid api:read"), ..subject() };
    assert_eq!(refusal(&request(None), &poor, &orders()), Refusal::ScopeWidened);
}

#[test]
fn only_a_confidential_client_with_grant_and_targets_may() {
    let public = ClientRecord { kind: ClientKind::Public, ..orders() };
    let without_grant = ClientRecord { grant_types: vec![GrantName::ClientCredentials], ..orders() };
    let without_targets = ClientRecord { terms: ClientTerms::default(), ..orders() };
    for client in [public, without_grant, without_targets] {
        assert_eq!(refusal(&request(None), &subject(), &client), Refusal::GrantTypeNotAllowed);
    }
    let disabled = ClientRecord { is_enabled: false, ..orders() };
    assert_eq!(refusal(&request(None), &subject(), &disabled), Refusal::ClientDisabled);
}

#[test]
fn only_a_listed_target_that_exists_is_served() {
    let elsewhere = TokenExchangeRequest { target: "https://api.example".to_owned(), ..request(None) };
    assert_eq!(refusal(&elsewhere, &subject(), &orders()), Refusal::ExchangeTargetRefused);
    let gone = judge(&request(None), &subject(), &orders(), &[], NOW).unwrap_err();
    assert_eq!(gone.refusal, Refusal::ExchangeTargetRefused);
}

#[test]
fn an_ended_token_or_a_long_chain_is_refused() {
    let ended = SubjectToken { expires_at: NOW, ..subject() };
    assert_eq!(refusal(&request(None), &ended, &orders()), Refusal::SubjectTokenRejected);
    let mut actor = None;
    for _ in 0..MOST_ACTORS {
        actor = Some(Actor { sub: "a".to_owned(), act: actor.map(Box::new) });
    }
    let long = SubjectToken { actor, ..subject() };
    assert_eq!(refusal(&request(None), &long, &orders()), Refusal::SubjectTokenRejected);
}
