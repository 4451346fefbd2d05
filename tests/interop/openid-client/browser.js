// A browser that reads forms and keeps cookies, and nothing else: no script, no styles.

export class Browser {
  #cookies = new Map() // `host name` -> value; cookies ignore ports

  // Follows redirects until a page comes, or until `until` says that a URL is not to be fetched.
  async open(url, { until = () => false, method = 'GET', body } = {}) {
    for (let hops = 0; hops < 20; hops += 1) {
      const target = new URL(url)
      if (until(target)) return { url: target }
      const reply = await fetch(target, { method, body, redirect: 'manual', headers: this.#headers(target, method) })
      this.#remember(target, reply)
      const location = reply.headers.get('location')
      if (reply.status < 300 || reply.status > 399 || !location) {
        return { url: target, status: reply.status, text: await reply.text() }
      }
      ;[url, method, body] = [new URL(location, target), 'GET', undefined]
    }
    throw new Error('too many redirects')
  }

  // Fills the form that has `button` and presses it.
  async submit(page, button, fields, options = {}) {
    const form = forms(page.text).find((form) => form.buttons.some((one) => one.id === button || one.name === button))
    if (!form) throw new Error(`no form with ${button} at ${page.url.pathname} (${page.status})`)
    const pressed = form.buttons.find((one) => one.id === button || one.name === button)
    const data = new URLSearchParams({ ...form.fields, ...fields })
    if (pressed.name) data.set(pressed.name, pressed.value ?? '')
    const action = new URL(pressed.formaction ?? form.action ?? '', page.url)
    return this.open(action, { ...options, method: 'POST', body: data })
  }

  #headers(target, method) {
    const own = [...this.#cookies].filter(([key]) => key.startsWith(`${target.hostname} `))
    const headers = { accept: 'text/html', 'accept-language': 'en' }
    if (own.length) headers.cookie = own.map(([key, value]) => `${key.split(' ')[1]}=${value}`).join('; ')
    // What browsers send with a form of a page under `Referrer-Policy: no-referrer`.
    if (method === 'POST') Object.assign(headers, { origin: 'null', 'sec-fetch-site': 'same-origin' })
    return headers
  }

  #remember(target, reply) {
    for (const line of reply.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      const key = `${target.hostname} ${name}`
      if (value === '' || /;\s*max-age=0/i.test(line)) this.#cookies.delete(key)
      else this.#cookies.set(key, value)
    }
  }
}

// The forms of a page: the values of their inputs, and the buttons that send them.
function forms(html) {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head, inside]) => {
    const tags = [...inside.matchAll(/<(input|button)\b([^>]*)>/gs)].map(([, tag, text]) => ({ tag, ...attributes(text) }))
    const fields = tags.filter((one) => one.tag === 'input' && one.name && !['submit', 'checkbox'].includes(one.type))
    return {
      action: attributes(head).action,
      fields: Object.fromEntries(fields.map((one) => [one.name, one.value ?? ''])),
      buttons: tags.filter((one) => (one.tag === 'button' ? one.type !== 'button' : one.type === 'submit')),
    }
  })
}

function attributes(text) {
  const found = [...text.matchAll(/([a-z-]+)(?:="([^"]*)"|='([^']*)'|=([^\s>]+))?/g)]
  return Object.fromEntries(found.map(([, name, double, single, bare]) => [name, unescape(double ?? single ?? bare ?? '')]))
}

function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    name ? (named[name] ?? whole) : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  )
}
