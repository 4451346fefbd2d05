# Texts of the demo app and of `lingpai try`. Written by hand beside zh-CN.ftl; a test compares the keys.

## The page

page-title = Demo app
page-mark = Development
page-lead = A real client of this server. Sign in, and every message is shown here in order, with what each part of it is for.
page-note = The app holds a client id and a secret and talks to the server over HTTP like any third party. It has no other way in.
page-docs = The issuer of this server:
page-skip = Skip to the messages

language = Language
theme = Appearance
theme-auto = System
theme-light = Light
theme-dark = Dark

## The start

start-heading = Choose what to ask for
start-lead = These are scopes. The server shows them on its consent page, and the access token can do what you allowed and no more.
start-button = Sign in with Lingpai
start-again = Start again
start-people = Sign in as { $username } with the password { $password }.
start-consent = Ask for consent even if it was given before

scope-openid = Required for OpenID Connect: an ID token that says who signed in
scope-profile = Name and picture
scope-email = E-mail address
scope-offline_access = Stay usable after you sign out
scope-api_read = Call the demo API: who am I
scope-api_write = Call the demo API: leave a note
scope-api_brief = An access token that ends after one second, to watch the API refuse it

## What will happen

plan-heading = What you will see
plan-authorization = The app sends your browser to the server, and says what it wants.
plan-person = You sign in and decide. The app sees nothing of that, least of all your password.
plan-callback = The server sends your browser back with a code that works once, for a minute.
plan-token = The app exchanges the code for tokens, out of the browser's sight.
plan-verify = It checks the ID token: the signature, who issued it, for whom, for how long.
plan-api = It calls an API. The API checks the access token by itself, with the published keys.

## The panel

panel-heading = Try things
panel-waiting = The server is waiting for you to sign in.
panel-continue = Continue to sign in
panel-signed-in = Signed in as{" "}
panel-read = Call the API: read
panel-read-hint = GET /dev/api/whoami · needs api:read
panel-write = Call the API: write
panel-write-hint = POST /dev/api/notes · needs api:write
panel-refresh = Refresh the tokens
panel-refresh-hint = Trades the refresh token for new tokens
panel-replay = Replay the code
panel-replay-hint = Uses the spent code again, as a thief would
panel-logout = Log out
panel-logout-hint = Ends the session at the server, too
panel-tokens-gone = The tokens of this sign-in are revoked. Start again for new ones.

## Actors

actor-app = Demo app
actor-api = Demo API
actor-browser = Browser
actor-server = Server

## Messages

messages-heading = The messages
messages-open-all = Open all
messages-left-out = { $count } older messages are left out.
message-took = { $ms } ms
part-request = Request
part-reply = Answer
part-parameters = Parameters
part-headers = Headers
part-header = Header
part-claims = Claims
part-raw = The token as it was sent
check-good = good
check-bad = failed
check-signature = signature

message-authorization-title = Authorization request
message-authorization-text = The app builds this address and sends your browser there. Nothing in it is secret: whoever reads it can do nothing with it.
message-person-title = You, at the server
message-person-text = The server asked you to sign in and whether to allow this. If you were signed in already and had allowed it before, it answered at once. The app was not there.
message-callback-title = Callback
message-callback-text = The server sends your browser back, to a registered address and nowhere else. The code in it is worth nothing without the app's secret and the PKCE verifier.
message-token-title = Token request
message-token-text = Straight from the app to the server: the code, the verifier, and the app's own credentials. The tokens never pass through the browser's address bar.
message-userinfo-title = UserInfo request
message-userinfo-text = With the access token the app asks for the claims that its scopes allow.
message-read-title = API call: read
message-read-text = The API has never heard of your session. It fetches the server's public keys once, and then judges each token by itself: signature, type, issuer, audience, expiry, scope.
message-write-title = API call: write
message-write-text = The same token, another scope. What you did not allow at the start, the token cannot do.
message-refresh-title = Refresh
message-refresh-text = The refresh token is exchanged for a new access token and for its own successor. The old one is spent.
message-replay-title = Replay of the code
message-replay-text = The same code once more, with the right verifier and the right secret: the best that a thief could have.

verdict-callback-good = state and iss are what they must be: the answer belongs to this browser's request, and comes from this server.
verdict-callback-denied = You refused, or the server did. The app learns no more than this, and must cope.
verdict-callback-foreign = state or iss is not what this app sent out. The answer belongs to some other request; a careful client throws it away, and this one did.
verdict-token-good = The app now holds tokens and knows who signed in.
verdict-token-unverified = The ID token did not pass its checks. A careful client stops here, and this one does.
verdict-refused = The server refused. The error code is the part that programs read.
verdict-read-good = The API accepted the token without asking the server.
verdict-write-good = The API accepted the token and the scope.
verdict-api-expired = The token has ended. The API tells from exp; nobody had to be asked. Refresh the tokens and call again.
verdict-api-scope = 403: the token is good, but it lacks the scope. Start again, and ask for more.
verdict-api-refused = 401: the API does not accept this token. Without an api: scope it was issued for another audience.
verdict-refresh-good = New tokens of the same family. The old refresh token is spent: presented again later, it would end the whole family.
verdict-refresh-refused = The family of these tokens is revoked, or its session has ended. Only a new sign-in helps.
verdict-replay-refused = invalid_grant: a code works once. And since somebody had it twice, the server revoked every token that came from it: try to refresh now. The access token dies when it expires, or wherever the server is asked.
verdict-replay-accepted = The server accepted a code twice. That must not happen.
verdict-unreachable = The server did not answer.

## Parts of messages

send-response_type = Asks for a code, not for tokens: tokens have no business in an address bar
send-client_id = Which client asks
send-redirect_uri = Where to send the browser back; must be registered, byte for byte
send-scope = What the app wants to be allowed
send-state = A random value that must come back: proves that this browser began this request
send-nonce = A random value that must stand in the ID token: ties the token to this request
send-code_challenge = SHA-256 of a secret that only the app knows (PKCE); whoever steals the code lacks it
send-code_challenge_method = How the challenge was made; S256 is the only method here
send-prompt = Shows the consent page even if consent is remembered
send-grant_type = Which kind of exchange this is
send-code = The code from the callback
send-code_verifier = The secret behind code_challenge; the server hashes and compares
send-refresh_token = The newest refresh token of this sign-in
send-note = The note
send-Authorization-basic = The client's id and secret, in base64: the app proves itself
send-Authorization-bearer = The access token: whoever holds it may use it, so it goes over this connection alone
callback-code = Works once, for 60 seconds, for this client and this verifier
callback-state = Must equal what was sent
callback-iss = Who answers; must be the issuer that was asked (RFC 9207)
callback-error = A registered code, for programs
callback-error_description = A sentence, for developers
reply-access_token = For the API; to the app it is a sealed letter
reply-token_type = Whoever bears it may use it
reply-expires_in = Seconds until the access token ends
reply-refresh_token = For new tokens without a new sign-in; stays with the app
reply-id_token = For the app: who signed in, when and how
reply-scope = What was allowed in the end
reply-error = A registered code, for programs
reply-error_description = A sentence, for developers
reply-WWW-Authenticate = What the API expects instead
jose-alg = The algorithm of the signature
jose-kid = Which of the published keys
jose-typ = What kind of token: an ID token is never accepted as an access token
claim-iss = Who issued it
claim-sub = Who it speaks of; never changes, never used again
claim-aud = Who may accept it
claim-exp = Ends then
claim-iat = Issued then
claim-auth_time = When the person signed in
claim-nonce = The value from the authorization request
claim-acr = How strong the sign-in was
claim-amr = By what means: pwd is a password
claim-azp = The client it was issued to
claim-at_hash = Half of the access token's hash: ties the two together
claim-sid = The session at the server
claim-jti = The token's own number
claim-client_id = The client that may use it
claim-scope = What it allows
claim-name = Full name
claim-preferred_username = The name to be called by
claim-email = E-mail address
claim-email_verified = Whether the server has seen it proven
claim-locale = Preferred language
claim-zoneinfo = Time zone
claim-updated_at = When the profile last changed

## Trouble

trouble-heading = That did not work
trouble-no-flow = This browser has no sign-in under way. It may have waited for more than half an hour, or the server was restarted.
trouble-cross-site = The form was sent by another site.
trouble-server = The app could not reach its own server.
trouble-back = To the start of the demo app

## lingpai try

try-server = server
try-server-own = started one for this run, in memory
try-server-found = found one running
try-server-given = as asked for
try-discovery = discovery
try-authorize = authorize
try-authorize-done = code + PKCE S256, client { $client }, user { $user }
try-authorize-browser = opening the browser; if nothing happens, open this address:
try-token = token
try-token-done = access token (JWT, { $lifetime }) · ID token · refresh token
try-verify = verify
try-verify-done = signature, iss, aud, exp, nonce, at_hash
try-resource = resource
try-audience = wrong audience
try-expired = expired
try-scope = missing scope
try-refresh = refresh
try-refresh-done = new access token, refresh token replaced
try-replay = replay
try-replay-done = code used twice → { $first } · its refresh token afterwards → { $second }
try-minutes = { $count } min
try-seconds = { $count } s
try-passed = All good. The messages behind this, one by one: { $app }
try-passed-own = All good. The messages behind this, one by one: lingpai dev, then { $app }
try-tab-good = Done. You can close this tab and return to the terminal.
try-tab-bad = That did not work. The terminal says more; you can close this tab.
try-failed = { $count ->
    [one] One step failed.
   *[other] { $count } steps failed.
}
