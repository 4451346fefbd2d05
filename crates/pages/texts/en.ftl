### What the pages say, in English. The Chinese texts stand in zh-CN.ftl under the same keys; both are written by hand.
### Say what happened, why, and what to do. No blame, no jargon, no exclamation marks.

## Every page
page-title = { $page } · { $brand }
skip-link = Skip to the content
home-link = { $brand }, start page
language-label = Language
theme-label = Appearance
theme-auto = System
theme-light = Light
theme-dark = Dark

## Signing in
login-title = Sign in
login-title-client = Sign in to continue to { $client }
login-title-device = Sign in to connect a device
login-title-again = Confirm that it is you
login-title-problem = Not signed in: { $page }
login-heading = Sign in
login-heading-client = Sign in to continue to { $client }
login-heading-device = Sign in to connect a device
login-heading-again = Confirm that it is you
login-lede = With your { $brand } account.
login-lede-client = Afterwards you go on to { $host }.
login-lede-native = Afterwards you return to the app on this device.
login-lede-again = { $client } asks you to sign in again before you go on.
login-lede-device = Then you see which app asks for what, and decide.
login-username = Username, email or phone
login-password = Password
login-submit = Sign in
login-error-mismatch = That name and password do not match. Check both and try again.
login-error-locked = This account is locked. The people who run { $brand } can unlock it.
login-error-busy = Too many attempts. Try again in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}.
login-error-username = Enter your username, email or phone.
login-error-password = Enter your password.
login-current = You are signed in here as { $account }. Signing in as somebody else replaces that.
login-continue = Continue as { $account }
dev-heading = Development server
dev-lede = These people can sign in here:

## Asking for consent
consent-title = Allow { $client }?
consent-heading = Allow { $client }?
consent-lede = { $client } ({ $host }) would like to:
consent-lede-native = { $client }, an app on this device, would like to:
consent-lede-nothing = { $client } ({ $host }) asks for nothing new.
consent-known = Already allowed: { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}
consent-account = Signed in as
consent-switch = Not { $account }? Switch account
consent-loopback = This app runs on a computer, not on a website, so we cannot check who made it. Continue only if you started it yourself just now.
consent-native = This app is installed on a device, so we cannot check who made it. Continue only if you started it yourself just now.
consent-allow = Allow
consent-deny = Refuse
consent-after = Either way you go back to { $host }. If you refuse, it gets nothing new.
consent-after-native = Either way you go back to the app. If you refuse, it gets nothing new.
scope-openid = Recognise your account when you come back
scope-profile = Read your name, picture and the rest of your profile
scope-email = Read your email address
scope-phone = Read your phone number
scope-address = Read your postal address
scope-offline_access = Keep this access while you are away, also after you sign out
scope-other = Use the permission “{ $scope }”
consent-api = Tell { $api } who you are
claim-name = Read your full name
claim-given_name = Read your given name
claim-family_name = Read your family name
claim-middle_name = Read your middle name
claim-nickname = Read your nickname
claim-preferred_username = Read your username
claim-profile = Read the address of your profile page
claim-picture = See your picture
claim-website = Read the address of your website
claim-gender = Read your gender
claim-birthdate = Read your date of birth
claim-zoneinfo = Read your time zone
claim-locale = Read your language
claim-updated_at = See when your profile last changed
claim-email_verified = See whether your email address is confirmed
claim-phone_number_verified = See whether your phone number is confirmed

## Connecting a device
device-title = Connect a device
device-title-problem = Not connected: enter the code again
device-heading = Connect a device
device-lede = Enter the code that your device shows.
device-code = Code
device-code-hint = Eight letters, such as WDJB-MJHT. Capitals and hyphens do not matter.
device-continue = Continue
device-error-empty = Enter the code that your device shows.
device-error-malformed = A code has eight letters and no vowels. Check it and try again.
device-error-unknown = We do not know this code, or it was used already. Check it, or get a new one on your device.
device-error-expired = This code has expired. Get a new one on your device.
device-ask-title = Allow { $client } on a device?
device-ask-heading = Allow { $client } on a device?
device-compare = Your device must show this very code:
device-warning = Continue only if you started this yourself just now. Nobody from support will ask you to.
device-asked = Asked
device-when = { $minutes ->
    [0] less than a minute ago
    [one] 1 minute ago
   *[other] { $minutes } minutes ago
} ({ $time } UTC)
device-from = From
device-nearby = the network that you are in now
device-asks = { $client } would like to:
device-allowed-title = Device connected
device-allowed-heading = Go back to your device
device-allowed-lede = It goes on by itself in a few seconds. You can close this page.
device-denied-title = Device refused
device-denied-heading = The device was refused
device-denied-lede = It gets nothing from your account. You can close this page.
device-another = Enter another code

## Signing out
logout-title = Sign out
logout-heading = Sign out of { $brand }?
logout-lede = This ends your session in this browser. Apps that rely on it will ask you to sign in again.
logout-lede-client = { $client } asks to sign you out. This ends your session in this browser; apps that rely on it will ask you to sign in again.
logout-confirm = Sign out
logout-stay = Stay signed in
signed-out-title = Signed out
signed-out-heading = You are signed out
signed-out-lede = Nobody is signed in to { $brand } in this browser.
signed-out-back = Back to { $client }
signed-out-again = Sign in again

## The start page
home-title = Your account
home-heading = Hello, { $name }
home-lede = You are signed in to { $brand } in this browser. Apps that use it can let you in without asking for your password.
home-username = Username
home-email = Email
home-phone = Phone
home-sign-out = Sign out
welcome-title = Welcome
welcome-heading = One account, for every app here
welcome-lede = Sign in once. Every app asks you before it learns anything about you.
welcome-sign-in = Sign in
welcome-try = Open the demo app

## When something went wrong
fault-reference = Reference
fault-details = Details for developers
fault-code = Error
fault-description = Description
fault-parameter = Parameter
fault-on-server = On the server
fault-status = Status
fault-start-again = Start again
fault-try-again = Try again
fault-home = Go to the start page
fault-wait = Try again in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}.
fault-bad-request-title = Request not understood
fault-bad-request-heading = We could not read this request
fault-bad-request-body = The address or the form was damaged on its way here. Go back to where you came from and start again.
fault-expired-title = Page expired
fault-expired-heading = This page waited too long
fault-expired-body = Start again; you will not lose anything.
fault-expired-away = Go back to the app that brought you here and start again; you will not lose anything.
fault-expired-seen-often = If you see this every time, allow cookies for this site.
fault-faulty-app-title = Request not accepted
fault-faulty-app-heading = This app sent a request we cannot accept
fault-faulty-app-body = Nothing is wrong with your account. Tell the maker of the app, and give them the reference.
fault-forbidden-title = Not allowed
fault-forbidden-heading = You may not do this
fault-forbidden-body = Your account has no permission for this page. If it should have, ask the people who run { $brand } and give them the reference.
fault-foreign-host-title = Wrong address
fault-foreign-host-heading = You asked for another address
fault-foreign-host-body = This server answers only under its own name. Check the address and try again.
fault-internal-title = Our mistake
fault-internal-heading = Something went wrong on our side
fault-internal-body = Nothing is wrong with your account. Try again; if it happens again, tell the people who run { $brand } and give them the reference.
fault-method-not-allowed-title = Not possible
fault-method-not-allowed-heading = This page cannot be used like that
fault-method-not-allowed-body = The app or the link that brought you here used the wrong kind of request. Go back and start again.
fault-not-found-title = Page not found
fault-not-found-heading = There is no page at this address
fault-not-found-body = The link may be old, or the address has a typing error.
fault-too-large-title = Too much at once
fault-too-large-heading = This request is larger than we accept
fault-too-large-body = Go back, shorten what you sent, and try again.
fault-too-many-title = Slow down
fault-too-many-heading = Too many requests from here
fault-too-many-body = Somebody, perhaps not you, has asked a great deal in a short time.
fault-unavailable-title = Not available right now
fault-unavailable-heading = We cannot answer right now
fault-unavailable-body = Nothing is wrong with your account, and nothing was lost.
fault-unsupported-media-type-title = Request not understood
fault-unsupported-media-type-heading = We could not read this form
fault-unsupported-media-type-body = It was sent in a way that this page does not understand. Go back and start again.
