//! Every page in every state, for the gallery and for the test that makes each of them.

use std::time::Duration;

use web::{Fault, FaultDetail, FaultKind};

use crate::view::{
    AccountView, AppView, BackLink, ConsentView, DevPerson, DeviceAskView, DeviceCodeView, DeviceDoneView,
    DeviceProblem, FaultView, HomeView, IdentifierLabel, LoginView, LogoutView, Problem, ScopeView, SignedOutView,
    View,
};

/// A page in a state, with a name for a file.
pub fn all() -> Vec<(String, View)> {
    let mut samples = Vec::new();
    let mut add = |name: &str, view: View| samples.push((name.to_owned(), view));
    for (name, view) in login() {
        add(&format!("login-{name}"), View::Login(view));
    }
    for (name, view) in consent() {
        add(&format!("consent-{name}"), View::Consent(view));
    }
    for (name, view) in device() {
        add(&format!("device-{name}"), view);
    }
    for (name, view) in logout() {
        add(&format!("logout-{name}"), view);
    }
    for (name, view) in home() {
        add(&format!("home-{name}"), View::Home(view));
    }
    for (name, view) in faults() {
        add(&format!("fault-{name}"), View::Fault(view));
    }
    samples
}

fn shop() -> AppView {
    AppView::new("Shop", "https://shop.example.cn/callback")
}

fn hostile() -> AppView {
    AppView::new(
        "<script>alert(1)</script>\u{202E}gro.knab 非常非常长的应用名称SuperLongUnbreakableClientNameThatNeverEnds",
        "https://a-very-long-label-that-never-seems-to-end.login.accounts.shop.example.com:8443/cb",
    )
}

fn login() -> Vec<(&'static str, LoginView)> {
    let plain = LoginView { token: "0".repeat(64), ..LoginView::default() };
    let app = LoginView { interaction: Some("0193e1b2".to_owned()), app: Some(shop()), ..plain.clone() };
    let tried = LoginView { username: "alice".to_owned(), ..app.clone() };
    let dev_people =
        ["alice", "bob"].map(|name| DevPerson { username: name.to_owned(), password: format!("{name}-dev") });
    let signed_in = LoginView { account: Some("alice".to_owned()), ..app.clone() };
    let empty = Problem::Empty { username: true, password: true };
    vec![
        ("plain", plain.clone()),
        ("app", app.clone()),
        ("dev", LoginView { dev_people: dev_people.to_vec(), ..app.clone() }),
        ("mismatch", LoginView { problem: Some(Problem::Mismatch), ..tried.clone() }),
        ("empty", LoginView { problem: Some(empty), ..app.clone() }),
        ("busy", LoginView { problem: Some(Problem::Busy(42)), ..tried.clone() }),
        ("locked", LoginView { problem: Some(Problem::Locked), ..tried.clone() }),
        ("hint", tried),
        ("device", LoginView { user_code: Some("WDJB-MJHT".to_owned()), ..plain.clone() }),
        ("again", LoginView { is_again: true, username: "alice".to_owned(), ..app.clone() }),
        ("switch", LoginView { resume_href: Some("/authorize/resume/0193e1b2".to_owned()), ..signed_in }),
        ("native", LoginView { app: Some(AppView::new("Pocket Notes", "com.example.notes:/cb")), ..app.clone() }),
        ("hostile", LoginView { app: Some(hostile()), ..app }),
    ]
}

fn consent() -> Vec<(&'static str, ConsentView)> {
    let standard = |tokens: &[&str]| tokens.iter().filter_map(|token| ScopeView::standard(token)).collect::<Vec<_>>();
    let mut asked = standard(&["openid", "profile", "email"]);
    asked.push(ScopeView::of_api("Demo API", "orders:read", "Read your orders · 查看你的订单"));
    let first = ConsentView {
        token: "0".repeat(64),
        interaction: "0193e1b2".to_owned(),
        start_again: "/authorize?client_id=shop".to_owned(),
        app: shop(),
        account: "alice".to_owned(),
        asked,
        known: Vec::new(),
    };
    let more = ConsentView {
        asked: standard(&["phone", "address", "offline_access"]),
        known: standard(&["openid", "profile"]),
        ..first.clone()
    };
    let claims = ["name", "birthdate", "phone_number"].into_iter().filter_map(ScopeView::claim);
    let one_by_one: Vec<_> = standard(&["openid"]).into_iter().chain(claims).collect();
    let named = ConsentView { asked: [one_by_one, vec![ScopeView::whole_api("Demo API")]].concat(), ..first.clone() };
    let mut odd = standard(&["openid"]);
    odd.push(ScopeView::unexplained("urn:example:very:long:scope:token:without:any:space:in:it:at:all"));
    vec![
        ("first", first.clone()),
        ("more", more.clone()),
        ("named", named),
        ("nothing-new", ConsentView { asked: Vec::new(), ..more }),
        ("loopback", ConsentView { app: AppView::new("lingpai try", "http://127.0.0.1:51004/cb"), ..first.clone() }),
        ("native", ConsentView { app: AppView::new("Pocket Notes", "com.example.notes:/cb"), ..first.clone() }),
        (
            "hostile",
            ConsentView {
                app: hostile(),
                account: "averylongaddress.with.many.dots@mail.example.com".to_owned(),
                asked: odd,
                ..first
            },
        ),
    ]
}

fn device() -> Vec<(&'static str, View)> {
    let plain = DeviceCodeView { token: "0".repeat(64), ..DeviceCodeView::default() };
    let filled = DeviceCodeView { user_code: "WDJB-MJHT".to_owned(), ..plain.clone() };
    let tried = |problem| View::DeviceCode(DeviceCodeView { problem: Some(problem), ..filled.clone() });
    let ask = DeviceAskView {
        token: "0".repeat(64),
        app: "Shop TV".to_owned(),
        user_code: "WDJB-MJHT".to_owned(),
        account: "alice".to_owned(),
        switch_href: "/login?user_code=WDJB-MJHT".to_owned(),
        asked: ["openid", "profile"].iter().filter_map(|token| ScopeView::standard(token)).collect(),
        address: "203.0.113.7".to_owned(),
        is_nearby: true,
        minutes_ago: 2,
        asked_at: "16:20".to_owned(),
    };
    let far = DeviceAskView {
        app: hostile().name().to_owned(),
        account: "averylongaddress.with.many.dots@mail.example.com".to_owned(),
        asked: vec![ScopeView::unexplained("urn:example:very:long:scope:token:without:any:space:in:it:at:all")],
        address: "2001:db8:1f00:8a2e::/64".to_owned(),
        is_nearby: false,
        minutes_ago: 0,
        ..ask.clone()
    };
    let nothing = DeviceAskView { asked: Vec::new(), ..ask.clone() };
    vec![
        ("code", View::DeviceCode(plain)),
        ("code-filled", View::DeviceCode(filled.clone())),
        ("code-unknown", tried(DeviceProblem::Unknown)),
        ("code-expired", tried(DeviceProblem::Expired)),
        ("code-malformed", tried(DeviceProblem::Malformed)),
        ("code-empty", tried(DeviceProblem::Empty)),
        ("code-busy", tried(DeviceProblem::Busy(42))),
        ("ask", View::DeviceAsk(ask)),
        ("ask-hostile", View::DeviceAsk(far)),
        ("ask-nothing", View::DeviceAsk(nothing)),
        ("allowed", View::DeviceDone(DeviceDoneView { is_allowed: true })),
        ("denied", View::DeviceDone(DeviceDoneView { is_allowed: false })),
    ]
}

fn logout() -> Vec<(&'static str, View)> {
    let ask = LogoutView { token: "0".repeat(64), account: "alice".to_owned(), client: None, carried: Vec::new() };
    let back = BackLink { client: "Shop".to_owned(), href: "https://shop.example.cn/bye".to_owned() };
    let carried = vec![("client_id".to_owned(), "shop".to_owned())];
    vec![
        ("ask", View::Logout(ask.clone())),
        ("ask-app", View::Logout(LogoutView { client: Some("Shop".to_owned()), carried, ..ask })),
        ("done", View::SignedOut(SignedOutView::default())),
        ("done-back", View::SignedOut(SignedOutView { back: Some(back) })),
    ]
}

fn home() -> Vec<(&'static str, HomeView)> {
    let identifiers = vec![
        (IdentifierLabel::Username, "alice".to_owned()),
        (IdentifierLabel::Email, "alice@example.cn".to_owned()),
        (IdentifierLabel::Phone, "+86 138 0013 8000".to_owned()),
    ];
    let account = AccountView { name: "Alice".to_owned(), identifiers };
    let demo_href = Some("/dev/app".to_owned());
    vec![
        ("signed-in", HomeView { account: Some(account.clone()), demo_href: None }),
        ("signed-in-dev", HomeView { account: Some(account), demo_href: demo_href.clone() }),
        ("welcome", HomeView::default()),
        ("welcome-dev", HomeView { account: None, demo_href }),
    ]
}

fn faults() -> Vec<(&'static str, FaultView)> {
    let plain = |kind: FaultKind| Fault::new(kind).with_reference("7K3MQ2");
    let detail = FaultDetail {
        error: "invalid_request",
        description: "The redirect_uri is not registered for this client.",
        parameter: Some("redirect_uri"),
    };
    FaultKind::ALL
        .into_iter()
        .map(|kind| {
            let fault = match kind {
                FaultKind::Expired => plain(kind).with_start_again("/authorize?client_id=shop"),
                FaultKind::FaultyApp => plain(kind).with_detail(detail.clone()),
                FaultKind::TooMany | FaultKind::Unavailable => {
                    Fault { retry_after: Some(Duration::from_secs(5)), ..plain(kind) }
                }
                FaultKind::BadRequest
                | FaultKind::Forbidden
                | FaultKind::ForeignHost
                | FaultKind::Internal
                | FaultKind::MethodNotAllowed
                | FaultKind::NotFound
                | FaultKind::TooLarge
                | FaultKind::UnsupportedMediaType => plain(kind),
            };
            (kind.name(), FaultView { fault, try_again: Some("/login".to_owned()) })
        })
        .collect()
}
