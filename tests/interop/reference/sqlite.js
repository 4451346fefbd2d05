// An adapter of oidc-provider for SQLite, with what a person would set up for production: WAL, synchronous=FULL, prepared
// statements, indices for every search.

import { DatabaseSync } from 'node:sqlite'

const GRANTABLE = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest'])

export function open(file) {
  const db = new DatabaseSync(file)
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE artefact (
      id TEXT PRIMARY KEY, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT, expires_at INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX by_grant ON artefact (grant_id) WHERE grant_id IS NOT NULL;
    CREATE INDEX by_uid ON artefact (uid) WHERE uid IS NOT NULL;
    CREATE INDEX by_user_code ON artefact (user_code) WHERE user_code IS NOT NULL;
  `)
  const put = db.prepare('INSERT OR REPLACE INTO artefact VALUES (?, ?, ?, ?, ?, ?)')
  const byId = db.prepare('SELECT payload, expires_at FROM artefact WHERE id = ?')
  const byUid = db.prepare('SELECT payload, expires_at FROM artefact WHERE uid = ?')
  const byUserCode = db.prepare('SELECT payload, expires_at FROM artefact WHERE user_code = ?')
  const spend = db.prepare("UPDATE artefact SET payload = json_set(payload, '$.consumed', ?) WHERE id = ?")
  const remove = db.prepare('DELETE FROM artefact WHERE id = ?')
  const removeGrant = db.prepare('DELETE FROM artefact WHERE grant_id = ?')

  const seconds = () => Math.floor(Date.now() / 1000)
  const read = (row) => (row && !(row.expires_at && row.expires_at <= seconds()) ? JSON.parse(row.payload) : undefined)

  return class {
    constructor(model) {
      this.model = model
    }
    #key(id) {
      return `${this.model}:${id}`
    }
    async upsert(id, payload, expiresIn) {
      const grant = GRANTABLE.has(this.model) ? (payload.grantId ?? null) : null
      put.run(this.#key(id), JSON.stringify(payload), grant, payload.userCode ?? null, payload.uid ?? null, expiresIn ? seconds() + expiresIn : null)
    }
    async find(id) {
      return read(byId.get(this.#key(id)))
    }
    async findByUid(uid) {
      return read(byUid.get(uid))
    }
    async findByUserCode(code) {
      return read(byUserCode.get(code))
    }
    async consume(id) {
      spend.run(seconds(), this.#key(id))
    }
    async destroy(id) {
      remove.run(this.#key(id))
    }
    async revokeByGrantId(id) {
      removeGrant.run(id)
    }
  }
}
