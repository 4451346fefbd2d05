// The npm package openid-client signs in at a running `lingpai dev`.
//
// Usage: node interop.js '<the line of lingpai dev --print-ready-json>'
//
// Node looks for packages from the file that imports them, so `cargo xtask test` copies this folder to
// target/npm/openid-client and installs the packages there. By hand: `npm install` in a copy of this folder.

import assert from 'node:assert/strict'
import * as oidc from 'openid-client'
import { Browser } from './browser.js'

const ready = JSON.parse(process.argv[2])
const issuer = new URL(ready.issuer)
const [person] = ready.users
const api = ready.apis[0]
const REDIRECT = 'http://127.0.0.1:61000/callback' // nobody listens there: the browser below stops before it

function client(id) {
  return ready.clients.find((one) => one.id === id) ?? assert.fail(`no client ${id}`)
}

async function configure(id, authentication) {
  const config = await oidc.discovery(issuer, id, undefined, authentication, { execute: [oidc.allowInsecureRequests] })
  oidc.enableNonRepudiationChecks(config) // verify signatures, though the tokens came straight from the server
  return config
}

// Asks for a code; answers the URL that the browser was sent back to, and what must fit.
async function authorize(config, browser, { scope = 'openid profile email', deny = false, redirect = REDIRECT, ...more } = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  })
  const options = { until: (target) => target.href.startsWith(redirect) }
  let page = await browser.open(url, options)
  if (page.text && page.url.pathname === '/login') {
    const { username, password } = person
    page = await browser.submit(page, 'login-submit', { username, password }, options)
  }
  if (page.text && page.url.pathname === '/consent') {
    page = await browser.submit(page, deny ? 'consent-deny' : 'consent-allow', {}, options)
  }
  if (page.text) assert.fail(`stopped at ${page.url} (${page.status}):\n${page.text}`)
  return { callback: page.url, checks }
}

async function refused(promise, error, status) {
  const caught = await promise.then(() => assert.fail(`accepted; ${error} was expected`), (caught) => caught)
  assert.equal(caught.error, error, caught.stack)
  if (status) assert.equal(caught.status, status)
}

const web = client('web')
const basic = await configure(web.id, oidc.ClientSecretBasic(web.secret))
const browser = new Browser()
let subject

const steps = {
  async 'discovery names the issuer'() {
    assert.equal(basic.serverMetadata().issuer, ready.issuer)
    assert.equal(basic.serverMetadata().authorization_response_iss_parameter_supported, true)
    assert.equal(basic.serverMetadata().supportsPKCE(), true)
  },

  async 'code, ID token, userinfo and refresh'() {
    const before = Math.floor(Date.now() / 1000) - 5
    const { callback, checks } = await authorize(basic, browser)
    assert.equal(callback.searchParams.get('iss'), ready.issuer)
    const tokens = await oidc.authorizationCodeGrant(basic, callback, { ...checks, idTokenExpected: true })
    const claims = tokens.claims()
    subject = claims.sub
    assert.equal(claims.iss, ready.issuer)
    assert.equal(claims.aud, web.id)
    assert.ok(claims.auth_time >= before && claims.exp > claims.iat)

    const userinfo = await oidc.fetchUserInfo(basic, tokens.access_token, subject)
    assert.equal(userinfo.sub, subject)
    assert.ok(userinfo.name ?? userinfo.preferred_username, JSON.stringify(userinfo))

    const second = await oidc.refreshTokenGrant(basic, tokens.refresh_token)
    assert.equal(second.claims().sub, subject)
    assert.equal(second.claims().auth_time, claims.auth_time)
    assert.notEqual(second.refresh_token, tokens.refresh_token)
    const third = await oidc.refreshTokenGrant(basic, second.refresh_token)

    // The first one is spent and its successor used: theft. The whole family ends.
    await refused(oidc.refreshTokenGrant(basic, tokens.refresh_token), 'invalid_grant', 400)
    await refused(oidc.refreshTokenGrant(basic, third.refresh_token), 'invalid_grant', 400)
  },

  async 'a replayed code is refused and ends what it gave'() {
    const { callback, checks } = await authorize(basic, browser)
    const tokens = await oidc.authorizationCodeGrant(basic, callback, checks)
    await refused(oidc.authorizationCodeGrant(basic, callback, checks), 'invalid_grant', 400)
    await refused(oidc.refreshTokenGrant(basic, tokens.refresh_token), 'invalid_grant', 400)
  },

  async 'a wrong verifier is refused and burns nothing'() {
    const { callback, checks } = await authorize(basic, browser)
    const wrong = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }
    await refused(oidc.authorizationCodeGrant(basic, callback, wrong), 'invalid_grant', 400)
    await oidc.authorizationCodeGrant(basic, callback, checks)
  },

  async 'the secret in the body works, a wrong one does not'() {
    const post = await configure(web.id, oidc.ClientSecretPost(web.secret))
    const { callback, checks } = await authorize(post, browser)
    const wrong = await configure(web.id, oidc.ClientSecretPost(`${web.secret}x`))
    // A refused Basic or body secret is 401 with a challenge; openid-client reports the challenge or the body.
    await assert.rejects(oidc.authorizationCodeGrant(wrong, callback, checks), (caught) => caught.status === 401)
    await oidc.authorizationCodeGrant(post, callback, checks)
  },

  async 'a public client on any loopback port needs no secret'() {
    const config = await configure(client('cli').id, oidc.None())
    const { callback, checks } = await authorize(config, browser, { redirect: 'http://127.0.0.1:61001/callback' })
    const tokens = await oidc.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true })
    assert.equal(tokens.claims().sub, subject)
  },

  async 'prompt=none answers at once, with and without a session'() {
    const { callback, checks } = await authorize(basic, browser, { prompt: 'none' })
    await oidc.authorizationCodeGrant(basic, callback, checks)
    const stranger = await authorize(basic, new Browser(), { prompt: 'none' })
    await refused(oidc.authorizationCodeGrant(basic, stranger.callback, stranger.checks), 'login_required')
  },

  async 'a person who denies is an error at the client'() {
    const { callback, checks } = await authorize(basic, new Browser(), { prompt: 'login consent', deny: true })
    await refused(oidc.authorizationCodeGrant(basic, callback, checks), 'access_denied')
  },

  async 'a revoked refresh token is refused'() {
    if (!basic.serverMetadata().revocation_endpoint) return 'revocation_endpoint is not announced'
    const { callback, checks } = await authorize(basic, browser)
    const tokens = await oidc.authorizationCodeGrant(basic, callback, checks)
    await oidc.tokenRevocation(basic, tokens.refresh_token, { token_type_hint: 'refresh_token' })
    await refused(oidc.refreshTokenGrant(basic, tokens.refresh_token), 'invalid_grant', 400)
  },

  async 'introspection tells a live token from a revoked one'() {
    if (!basic.serverMetadata().introspection_endpoint) return 'introspection_endpoint is not announced'
    const { callback, checks } = await authorize(basic, browser)
    const tokens = await oidc.authorizationCodeGrant(basic, callback, checks)
    const live = await oidc.tokenIntrospection(basic, tokens.refresh_token)
    assert.equal(live.active, true)
    assert.equal(live.client_id, web.id)
    await oidc.tokenRevocation(basic, tokens.refresh_token)
    assert.deepEqual(await oidc.tokenIntrospection(basic, tokens.refresh_token), { active: false })
  },

  async 'logout ends the session and comes back'() {
    if (!basic.serverMetadata().end_session_endpoint) return 'end_session_endpoint is not announced'
    const visitor = new Browser()
    const { callback, checks } = await authorize(basic, visitor)
    const tokens = await oidc.authorizationCodeGrant(basic, callback, checks)
    const back = 'http://localhost:3000/'
    const url = oidc.buildEndSessionUrl(basic, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 'bye' })
    const options = { until: (target) => target.href.startsWith(back) }
    let page = await visitor.open(url, options)
    if (page.text) page = await visitor.submit(page, 'logout-confirm', {}, options)
    assert.equal(page.url.href, `${back}?state=bye`)
    const after = await authorize(basic, visitor, { prompt: 'none' })
    await refused(oidc.authorizationCodeGrant(basic, after.callback, after.checks), 'login_required')
  },

  async 'client credentials give a token for the API alone'() {
    const m2m = client('m2m')
    const config = await configure(m2m.id, oidc.ClientSecretBasic(m2m.secret))
    const scope = m2m.scopes.find((one) => api.scopes.includes(one))
    const tokens = await oidc.clientCredentialsGrant(config, { scope })
    assert.equal(tokens.refresh_token, undefined)
    assert.equal(tokens.id_token, undefined)
    assert.equal(tokens.scope, scope)
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck))
  },
}

for (const [name, step] of Object.entries(steps)) {
  const skipped = await step()
  console.log(skipped ? `skip ${name}: ${skipped}` : `ok ${name}`)
}
