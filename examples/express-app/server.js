// An Express app that signs people in with Lingpai. All of OpenID Connect is in the four functions of openid-client:
// discovery, buildAuthorizationUrl, authorizationCodeGrant and refreshTokenGrant.

import { randomBytes } from 'node:crypto'
import express from 'express'
import * as oidc from 'openid-client'

const issuer = new URL(process.env.ISSUER ?? 'http://localhost:8080')
const clientId = process.env.CLIENT_ID ?? 'web'
// Public, like every secret of `lingpai dev`. A real one comes from outside, never from the code.
const clientSecret = process.env.CLIENT_SECRET ?? 'web-dev-secret'
const port = Number(process.env.PORT ?? 3000)

// Only `lingpai dev` on this very machine speaks plain http.
const options = issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : undefined
const config = await oidc.discovery(issuer, clientId, undefined, oidc.ClientSecretBasic(clientSecret), options)

const app = express()
let ownUrl // known once the port is

// --- The sessions of this app. A real app keeps them in its database and lets them expire. ---

const sessions = new Map()

function openSession(res, session) {
  const id = randomBytes(32).toString('base64url')
  sessions.set(id, session)
  res.cookie('express_app_session', id, { httpOnly: true, sameSite: 'lax', secure: ownUrl.startsWith('https:') })
}

function sessionId(req) {
  return /(?:^|; )express_app_session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]
}

function takeSession(req) {
  const session = sessions.get(sessionId(req))
  sessions.delete(sessionId(req))
  return session
}

// --- The routes. ---

app.get('/', (req, res) => {
  const account = sessions.get(sessionId(req))?.account
  res.send(account ? accountPage(account) : page('Welcome', '<p id="welcome">Nobody is signed in.</p><p><a href="/login">Sign in</a></p>'))
})

// Sends the browser to Lingpai.
app.get('/login', async (req, res) => {
  const attempt = {
    verifier: oidc.randomPKCECodeVerifier(),
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
  }
  openSession(res, { attempt })
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${ownUrl}/callback`,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    state: attempt.state,
    nonce: attempt.nonce,
  })
  res.redirect(303, url.href)
})

// Where Lingpai sends the browser back to.
app.get('/callback', async (req, res) => {
  const attempt = takeSession(req)?.attempt // taken, not read: an answer is good for one try
  if (!attempt) return res.redirect(303, '/')

  // Checks state and issuer, exchanges the code, checks the ID token and its nonce.
  const tokens = await oidc.authorizationCodeGrant(config, new URL(req.originalUrl, ownUrl), {
    pkceCodeVerifier: attempt.verifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    idTokenExpected: true,
  })
  const subject = tokens.claims().sub
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, subject)

  // A new cookie: the one from before the sign-in must not become a signed-in one.
  openSession(res, { account: { subject, userinfo, tokens, refreshed: 0 } })
  res.redirect(303, '/')
})

// Gets fresh tokens without asking the person.
app.post('/refresh', async (req, res) => {
  const account = sessions.get(sessionId(req))?.account
  if (!account) return res.redirect(303, '/login')

  const fresh = await oidc.refreshTokenGrant(config, account.tokens.refresh_token)
  account.tokens = { ...account.tokens, ...fresh } // with the new refresh token: the old one is spent
  account.refreshed += 1
  res.redirect(303, '/')
})

// Signs out here, then offers to sign out of Lingpai too: its own page asks first.
app.post('/logout', (req, res) => {
  takeSession(req)
  res.redirect(303, new URL('/logout', issuer).href)
})

app.use((error, req, res, next) => {
  console.error(error)
  const why = error.error ? `${error.error}: ${error.error_description ?? ''}` : error.message
  res.status(502).type('text/plain').send(`That did not work: ${why}\n\nTry again: /login\n`)
})

const server = app.listen(port, '127.0.0.1', () => {
  ownUrl = process.env.OWN_URL ?? `http://127.0.0.1:${server.address().port}`
  console.log(`listening on ${ownUrl}`)
})

// --- The pages. ---

function accountPage({ subject, userinfo, refreshed }) {
  return page(
    `Hello, ${userinfo.name ?? userinfo.preferred_username ?? 'somebody'}`,
    `<p id="subject">${escape(subject)}</p>
<pre id="userinfo">${escape(JSON.stringify(userinfo, null, 2))}</pre>
<p>Tokens refreshed <span id="refreshed">${refreshed}</span> times.</p>
<form method="post" action="/refresh"><button id="refresh">Refresh the tokens</button></form>
<form method="post" action="/logout"><button id="logout">Sign out</button></form>`,
  )
}

function page(title, body) {
  return `<!doctype html><html lang=en><meta charset=utf-8><title>${escape(title)}</title><h1>${escape(title)}</h1>\n${body}\n`
}

// Text in HTML. What a server says about a person is text by somebody else.
function escape(text) {
  return String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
