"""The PyPI package Authlib signs in at a running server.

Usage: python3 interop.py '<the line of lingpai dev --print-ready-json>'

`cargo xtask test` installs the packages of requirements.txt into target/python/authlib and names that folder in
PYTHONPATH. What is used here is what Authlib's integrations for Flask and Django use.
"""

import json
import os
import sys
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

# Plain http on this very computer.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client import FrameworkIntegration, OAuthError
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session

REDIRECT = "http://127.0.0.1:61001/callback"  # nobody listens there: the browser below stops before it
AFTER_LOGOUT = "http://localhost:3000/"


class App(OAuth2Mixin, OpenIDMixin, BaseApp):
    client_cls = OAuth2Session


class Framework(FrameworkIntegration):
    """Where an app would write a refreshed token into its records."""

    def update_token(self, token, refresh_token=None, access_token=None):
        assert token["refresh_token"] != refresh_token


class Forms(HTMLParser):
    """The forms of a page: their actions, the values of their inputs, and their buttons."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found.append({"action": attributes.get("action", ""), "fields": {}, "buttons": []})
        elif self.found and tag == "input" and "name" in attributes:
            self.found[-1]["fields"][attributes["name"]] = attributes.get("value") or ""
        elif self.found and tag == "button":
            self.found[-1]["buttons"].append(attributes)


class Browser:
    """Reads forms and keeps cookies, and nothing else."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False

    def open(self, url, stop, method="GET", data=None):
        for _ in range(20):
            if url.startswith(stop):
                return url, None
            # What browsers send with a form of a page under `Referrer-Policy: no-referrer`.
            headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"} if method == "POST" else {}
            reply = self.session.request(method, url, data=data, headers=headers, allow_redirects=False)
            if not reply.is_redirect:
                return url, reply
            url, method, data = urljoin(url, reply.headers["location"]), "GET", None
        raise AssertionError("too many redirects")

    def press(self, url, reply, button, stop, fields=None):
        for form in Forms(reply.text).found:
            pressed = next((one for one in form["buttons"] if button in (one.get("id"), one.get("name"))), None)
            if pressed:
                data = {**form["fields"], **(fields or {}), pressed.get("name", button): pressed.get("value", "")}
                return self.open(urljoin(url, form["action"]), stop, "POST", data)
        raise AssertionError(f"no form with {button} at {url} ({reply.status_code}): {reply.text}")


ready = json.loads(sys.argv[1])
person = ready["users"][0]
web = next(client for client in ready["clients"] if client["id"] == "web")


def register(secret=web["secret"]):
    return App(
        Framework("provider"),
        name="provider",
        client_id=web["id"],
        client_secret=secret,
        server_metadata_url=f"{ready['issuer']}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )


def authorize(app, browser, **more):
    """Asks for a code; answers the parameters that came back, and what must fit."""
    attempt = app.create_authorization_url(REDIRECT, **more)
    url, reply = browser.open(attempt["url"], REDIRECT)
    if reply is not None and urlsplit(url).path == "/login":
        fields = {"username": person["username"], "password": person["password"]}
        url, reply = browser.press(url, reply, "login-submit", REDIRECT, fields)
    if reply is not None and urlsplit(url).path == "/consent":
        url, reply = browser.press(url, reply, "consent-allow", REDIRECT)
    assert reply is None, f"stopped at {url} ({reply.status_code}): {reply.text}"
    answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    # The state against another browser's answer; RFC 9207 §2.4: the issuer against another server's.
    assert answer["state"] == attempt["state"] and answer["iss"] == ready["issuer"], answer
    return answer, attempt


def sign_in(app, browser, **more):
    answer, attempt = authorize(app, browser, **more)
    assert "code" in answer, answer
    token = app.fetch_access_token(
        code=answer["code"], state=answer["state"], redirect_uri=REDIRECT, code_verifier=attempt["code_verifier"]
    )
    return token, attempt


def refused(error, work):
    try:
        accepted = work()
    except OAuthError as caught:
        assert caught.error == error, caught
        return
    raise AssertionError(f"accepted; {error} was expected: {accepted}")


app = register()
metadata = app.load_server_metadata()
browser = Browser()
step = {}


def discovery():
    assert metadata["issuer"] == ready["issuer"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def code_and_id_token():
    before = time.time() - 5
    token, attempt = sign_in(app, browser)
    claims = app.parse_id_token(token, nonce=attempt["nonce"], leeway=0)
    assert claims["auth_time"] >= before and claims["aud"] in (web["id"], [web["id"]]), claims
    step.update(token=token, subject=claims["sub"])


def wrong_nonce():
    token, _ = sign_in(app, browser)
    try:
        app.parse_id_token(token, nonce="another")
    except Exception as caught:  # every version has its own class
        assert "nonce" in str(caught), caught
        return
    raise AssertionError("a wrong nonce was accepted")


def userinfo():
    claims = app.userinfo(token=step["token"])
    assert claims["sub"] == step["subject"] and "name" in claims, claims


def refresh():
    with app._get_oauth_client(**metadata) as session:
        first = step["token"]["refresh_token"]
        second = session.refresh_token(metadata["token_endpoint"], refresh_token=first)
    claims = app.parse_id_token(second, nonce=None, leeway=0) if "id_token" in second else {"sub": step["subject"]}
    assert claims["sub"] == step["subject"] and second["refresh_token"] != first
    step["token"] = second


def wrong_secret():
    answer, attempt = authorize(app, browser)
    terms = {"code": answer["code"], "redirect_uri": REDIRECT, "code_verifier": attempt["code_verifier"]}
    refused("invalid_client", lambda: register(web["secret"] + "x").fetch_access_token(**terms))
    app.fetch_access_token(**terms)  # a failed client authentication burns nothing
    refused("invalid_grant", lambda: app.fetch_access_token(**terms))


def revocation():
    token, _ = sign_in(app, browser)
    with app._get_oauth_client(**metadata) as session:
        reply = session.revoke_token(metadata["revocation_endpoint"], token["refresh_token"], "refresh_token")
        assert reply.status_code == 200, reply.text
        refused("invalid_grant", lambda: session.refresh_token(metadata["token_endpoint"], token["refresh_token"]))


def logout():
    token, _ = sign_in(app, browser)
    leave = app.create_logout_url(AFTER_LOGOUT, id_token_hint=token["id_token"], client_id=web["id"])
    url, reply = browser.open(leave["url"], AFTER_LOGOUT)
    if reply is not None:
        url, reply = browser.press(url, reply, "logout-confirm", AFTER_LOGOUT)
    assert reply is None, f"stopped at {url} ({reply.status_code}): {reply.text}"
    assert parse_qs(urlsplit(url).query) == {"state": [leave["state"]]}, url
    answer, _ = authorize(app, browser, prompt="none")
    assert answer["error"] == "login_required", answer


STEPS = [
    ("discovery names the issuer", discovery, None),
    ("code with PKCE and ID token", code_and_id_token, None),
    ("a wrong nonce is noticed", wrong_nonce, None),
    ("userinfo is about the same person", userinfo, None),
    ("refresh rotates", refresh, None),
    ("a wrong secret burns nothing, a code works once", wrong_secret, None),
    ("a revoked refresh token is refused", revocation, "revocation_endpoint"),
    ("logout ends the session and comes back", logout, "end_session_endpoint"),
]
for name, work, endpoint in STEPS:
    if endpoint and endpoint not in metadata:
        print(f"skip {name}: {endpoint} is not announced")
        continue
    work()
    print(f"ok {name}")
