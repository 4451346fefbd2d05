// The npm package oidc-client-ts signs in at a running server, in a real browser without a head.
//
// Usage: node interop.js '<the line of lingpai dev --print-ready-json>'
//
// The app is one page at http://localhost:5173, the origin that the client `spa` is registered with: every call to the
// server crosses origins and stands or falls with CORS.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'

const ready = JSON.parse(process.argv[2])
const [person] = ready.users
const APP = 'http://localhost:5173'
const LIBRARY = new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url)

const PAGE = `<!doctype html><html lang="en"><title>App</title><body><script src="/oidc-client-ts.js"></script><script>
const manager = new oidc.UserManager({
  authority: ${JSON.stringify(ready.issuer)},
  client_id: 'spa',
  redirect_uri: '${APP}/callback',
  post_logout_redirect_uri: '${APP}/',
  scope: 'openid profile email',
  loadUserInfo: true,
  automaticSilentRenew: false,
  revokeTokenTypes: ['refresh_token'],
  userStore: new oidc.WebStorageStateStore({ store: localStorage }),
})
</script></body></html>`

const metadata = await (await fetch(`${ready.issuer}/.well-known/openid-configuration`, { headers: { origin: APP } })).json()

function serve() {
  const library = readFileSync(LIBRARY)
  const server = createServer((request, reply) => {
    const isLibrary = request.url === '/oidc-client-ts.js'
    reply.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html; charset=utf-8')
    reply.end(isLibrary ? library : PAGE)
  })
  return new Promise((resolve, reject) => server.once('error', reject).listen(5173, 'localhost', () => resolve(server)))
}

async function allowsCors() {
  const headers = { origin: APP, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
  const reply = await fetch(metadata.token_endpoint, { method: 'OPTIONS', headers })
  return ['*', APP].includes(reply.headers.get('access-control-allow-origin'))
}

// Presses a button of the server's own pages, if this is where the browser is.
async function passes(page, path, button, fields = {}) {
  if (new URL(page.url()).pathname !== path) return
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value)
  await page.click(`#${button}`)
}

// Leaves for the server and comes back; `begin` runs in the page.
async function travel(page, begin, target) {
  const gone = page.waitForURL((url) => url.origin !== APP)
  await page.evaluate(begin)
  await gone
  await page.waitForLoadState()
  await passes(page, '/login', 'login-submit', person)
  if (page.url().startsWith(ready.issuer)) await page.waitForLoadState()
  await passes(page, '/consent', 'consent-allow')
  await page.waitForURL((url) => url.href.startsWith(target), { timeout: 60_000 }).catch(() => {
    assert.fail(`stopped at ${page.url()}`)
  })
}

async function signIn(page) {
  await page.goto(`${APP}/`)
  await travel(page, () => void manager.signinRedirect(), `${APP}/callback`)
  return page.evaluate(async () => {
    const user = await manager.signinRedirectCallback()
    return { profile: user.profile, refreshToken: user.refresh_token, scope: user.scope }
  })
}

const steps = {
  async 'code with PKCE, ID token and userinfo across origins'(page) {
    const user = await signIn(page)
    assert.equal(user.profile.iss, ready.issuer)
    assert.equal(user.profile.aud, 'spa')
    assert.ok(user.profile.name, JSON.stringify(user.profile)) // from userinfo: not in the ID token
    assert.ok(user.refreshToken)
  },

  async 'refresh rotates'(page) {
    const [before, after, subject] = await page.evaluate(async () => {
      const before = await manager.getUser()
      const after = await manager.signinSilent()
      return [before.refresh_token, after.refresh_token, after.profile.sub === before.profile.sub]
    })
    assert.notEqual(before, after)
    assert.ok(subject)
  },

  async 'a revoked refresh token is refused'(page) {
    if (!metadata.revocation_endpoint) return 'revocation_endpoint is not announced'
    const error = await page.evaluate(async () => {
      const before = await manager.getUser()
      await manager.revokeTokens(['refresh_token'])
      await manager.storeUser(before)
      return manager.signinSilent().then(() => 'accepted', (error) => error.error ?? String(error))
    })
    assert.equal(error, 'invalid_grant')
  },

  async 'logout ends the session and comes back'(page) {
    if (!metadata.end_session_endpoint) return 'end_session_endpoint is not announced'
    await signIn(page)
    await page.goto(`${APP}/`)
    const gone = page.waitForURL((url) => url.origin !== APP || url.searchParams.has('state'))
    await page.evaluate(() => void manager.signoutRedirect({ state: 'bye' }))
    await gone
    await page.waitForLoadState()
    if (page.url().startsWith(ready.issuer)) await page.click('#logout-confirm')
    await page.waitForURL((url) => url.href.startsWith(`${APP}/?`), { timeout: 60_000 }).catch(() => assert.fail(`stopped at ${page.url()}`))
    assert.equal(await page.evaluate(async () => (await manager.signoutRedirectCallback()).userState), 'bye')
    await asksInVain(page)
  },
}

// After logout the server knows nobody: it says so instead of answering with a code.
async function asksInVain(page) {
  const gone = page.waitForURL((url) => url.pathname === '/callback')
  await page.evaluate(() => void manager.signinRedirect({ prompt: 'none' }))
  await gone
  assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required', page.url())
}

if (!(await allowsCors())) {
  for (const name of Object.keys(steps)) console.log(`skip ${name}: the token endpoint has no CORS for ${APP}`)
  process.exit(0)
}
const app = await serve()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'], timeout: 60_000 })
try {
  const page = await browser.newPage()
  page.setDefaultTimeout(60_000)
  page.on('console', (message) => message.type() === 'error' && console.error(`page: ${message.text()}`))
  for (const [name, step] of Object.entries(steps)) {
    const skipped = await step(page)
    console.log(skipped ? `skip ${name}: ${skipped}` : `ok ${name}`)
  }
} finally {
  await browser.close()
  app.close()
}
