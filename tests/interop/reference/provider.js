// The npm package oidc-provider, set up like `lingpai dev`: a client that fails here is wrong itself.
//
// Usage: node provider.js [--port 0] [--sqlite FILE] [--clients JSON]
//
// It prints the same line of JSON as `lingpai dev --print-ready-json`. With `--sqlite` it keeps everything in a file, and
// `--clients` replaces the clients: so it is the yardstick of `cargo xtask bench`.

import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import Provider, { errors } from 'oidc-provider'

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '0' }, sqlite: { type: 'string' }, clients: { type: 'string' } },
})

const API_SCOPES = ['api:read', 'api:write']
const PEOPLE = [{ username: 'alice', password: 'alice-dev', name: 'Alice Lin' }, { username: 'bob', password: 'bob-dev', name: 'Bob' }]
const server = createServer()
await new Promise((resolve) => server.listen(Number(options.port), '127.0.0.1', resolve))
const issuer = `http://localhost:${server.address().port}`
const API = `${issuer}/dev/api`

const WITH_PERSON = ['authorization_code', 'refresh_token']
const LOOPBACK = [61000, 61001, 61002].map((port) => `http://127.0.0.1:${port}/callback`)
const clients = options.clients
  ? JSON.parse(options.clients)
  : [
      { client_id: 'web', client_secret: 'web-dev-secret', require_auth_time: true, grant_types: WITH_PERSON, redirect_uris: LOOPBACK, post_logout_redirect_uris: ['http://localhost:3000/'] },
      {
        client_id: 'spa', token_endpoint_auth_method: 'none', grant_types: WITH_PERSON,
        redirect_uris: ['http://localhost:5173/callback'], post_logout_redirect_uris: ['http://localhost:5173/'],
      },
      { client_id: 'cli', token_endpoint_auth_method: 'none', application_type: 'native', grant_types: WITH_PERSON, redirect_uris: ['http://127.0.0.1/callback'] },
      { client_id: 'm2m', client_secret: 'm2m-dev-secret', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
    ]

// Machines get JWTs of the algorithm that their id names, like those of lingpai; `cc-opaque` gets references.
const ALGS = { 'cc-es256': 'ES256', 'cc-eddsa': 'EdDSA', 'cc-rs256': 'RS256', m2m: 'ES256' }
const jwk = (type, settings) => generateKeyPairSync(type, settings).privateKey.export({ format: 'jwk' })
const keys = [
  { ...jwk('rsa', { modulusLength: 2048 }), alg: 'RS256', use: 'sig' },
  { ...jwk('ec', { namedCurve: 'P-256' }), alg: 'ES256', use: 'sig' },
  { ...jwk('ed25519'), use: 'sig' },
]

const configuration = {
  clients,
  jwks: { keys },
  cookies: { keys: ['of-the-reference-provider-alone'] },
  scopes: ['openid', 'offline_access', ...API_SCOPES],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  ttl: { AccessToken: 600, IdToken: 600, ClientCredentials: 600, Session: 28_800, Grant: 28_800, Interaction: 1800, RefreshToken: 1_209_600 },
  interactions: { url: (ctx, interaction) => `/${interaction.prompt.name}` },
  clientBasedCORS: () => true,
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  findAccount: (ctx, id) => {
    const person = PEOPLE.find(({ username }) => username === id)
    const claims = () => ({ sub: id, name: person.name, preferred_username: id, email: `${id}@example.com`, email_verified: true })
    return person && { accountId: id, claims }
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, client) => (ALGS[client?.clientId] ? API : undefined),
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: API_SCOPES.join(' '), audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: ALGS[client.clientId] ?? 'ES256' } },
      }),
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page(form.replace('</form>', '<button id="logout-confirm" name="logout" value="yes">Sign out</button></form>'))
      },
    },
  },
}
if (options.sqlite) configuration.adapter = (await import('./sqlite.js')).open(options.sqlite)

const provider = new Provider(issuer, configuration)
// RFC 7009 §2.2 wants an empty answer; this one calls it text/plain, which oidc-client-ts does not take.
provider.use(async (ctx, next) => {
  await next()
  if (ctx.oidc?.route === 'revocation' && ctx.status === 200) ctx.remove('content-type')
})
const answer = provider.callback()

server.on('request', (request, reply) => {
  const path = request.url.split('?')[0]
  if (path !== '/login' && path !== '/consent') return answer(request, reply)
  interact(request, reply).catch((error) => reply.writeHead(500).end(String(error?.stack ?? error)))
})

// The pages have the fields and buttons of lingpai's.
async function interact(request, reply) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, reply)
  if (request.method === 'GET') {
    const inside =
      prompt.name === 'login'
        ? '<input name="username" id="username"><input name="password" id="password" type="password"><button id="login-submit" name="login-submit" value="1">Sign in</button>'
        : '<button id="consent-allow" name="consent-allow" value="1">Allow</button><button id="consent-deny" name="consent-deny" value="1">Deny</button>'
    reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    return reply.end(page(`<form method="post" action="/${prompt.name}">${inside}</form>`))
  }
  const form = new URLSearchParams(await body(request))
  let result
  if (prompt.name === 'login') {
    // The benchmark's person has a password of lingpai's policy; this provider stores none.
    const person = PEOPLE.find((one) => one.username === form.get('username') && (options.sqlite || one.password === form.get('password')))
    if (!person) return reply.writeHead(403).end('wrong password')
    result = { login: { accountId: person.username } }
  } else if (form.has('consent-deny')) {
    result = { error: 'access_denied' }
  } else {
    const Grant = provider.Grant
    const grant = grantId ? await Grant.find(grantId) : new Grant({ accountId: session.accountId, clientId: params.client_id })
    const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details
    if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '))
    if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims)
    for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '))
    result = { consent: { grantId: await grant.save() } }
  }
  await provider.interactionFinished(request, reply, result, { mergeWithLastSubmission: prompt.name === 'consent' && !result.error })
}

async function body(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function page(inside) {
  return `<!doctype html><html lang="en"><title>Reference</title><body>${inside}</body></html>`
}

provider.on('server_error', (ctx, error) => console.error(error instanceof errors.OIDCProviderError ? error.message : error))
console.log(
  JSON.stringify({
    issuer,
    users: PEOPLE.map(({ username, password }) => ({ username, password })),
    clients: clients.map((client) => ({
      id: client.client_id,
      secret: client.client_secret ?? null,
      redirect_uris: client.redirect_uris,
      scopes: ['openid', 'profile', 'email', 'offline_access', ...API_SCOPES],
      grants: client.grant_types,
    })),
    apis: [{ audience: API, scopes: API_SCOPES }],
  }),
)
