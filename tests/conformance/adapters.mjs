// How the engine reaches a database: two adapters in the shape that Prisma calls `SqlMigrationAwareDriverAdapterFactory`.
// Prisma's own adapters serve the query engine; the schema engine reads catalogs, whose types ("char", name, int2vector)
// they refuse. These hand over every value in the form the engine expects, and know nothing else.
import { createRequire } from 'node:module'

// The numbers of Prisma's ColumnTypeEnum (packages/driver-adapter-utils/src/const.ts).
const INT32 = 0, INT64 = 1, DOUBLE = 3, BOOLEAN = 5, CHARACTER = 6, TEXT = 7, DATETIME = 10, BYTES = 13
const INT32_ARRAY = 64, BOOLEAN_ARRAY = 69, TEXT_ARRAY = 71

const ok = (value) => ({ ok: true, value })
const err = (error) => ({ ok: false, error })

// Every method the engine calls answers with a result, never with an exception.
function guarded(adapter, explain) {
  const safe = (method) => async (...args) => {
    try {
      return ok(await method(...args))
    } catch (error) {
      return err(explain(error))
    }
  }
  return Object.fromEntries(Object.entries(adapter).map(([name, value]) => [name, typeof value === 'function' ? safe(value) : value]))
}

const factory = (provider, connect) => ({
  provider,
  adapterName: 'namesync-conformance',
  errorRegistry: { consumeError: () => undefined },
  connect: async () => ok(await connect()),
  connectToShadowDb: async () => err({ kind: 'GenericJs', id: 0 }),
})

// The engine asks this table whether it exists by reading it: only this error may say so in Prisma's own terms.
const missing = (message) => /_prisma_migrations/.test(message) && { kind: 'TableDoesNotExist', table: '_prisma_migrations' }

// ---- PostgreSQL ----

const array = (element) => (text) => {
  if (text[0] !== '{') return text.split(' ').filter(Boolean).map(element) // int2vector, oidvector
  const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? []
  return items.map((item) => (item === 'NULL' ? null : element(item[0] === '"' ? item.slice(1, -1).replace(/\\(.)/g, '$1') : item)))
}
const text = (value) => value
// object id of a type -> [column type, reader of its text form]; every other type is text.
const POSTGRES_TYPES = new Map([
  [16, [BOOLEAN, (value) => value === 't']],
  [18, [CHARACTER, text]],
  [20, [INT64, text]],
  [21, [INT32, Number]],
  [23, [INT32, Number]],
  [26, [INT64, text]],
  [701, [DOUBLE, Number]],
  [1184, [DATETIME, (value) => new Date(value).toISOString()]],
  [1000, [BOOLEAN_ARRAY, array((value) => value === 't')]],
  ...[22, 30, 1005, 1007, 1028].map((oid) => [oid, [INT32_ARRAY, array(Number)]]),
  ...[1002, 1003, 1009, 1015].map((oid) => [oid, [TEXT_ARRAY, array(text)]]),
])
const postgresType = (oid) => POSTGRES_TYPES.get(oid) ?? [TEXT, text]

export function postgres(url, modules) {
  const { Client } = createRequire(modules)('pg')
  const [base, query = ''] = url.split('?')
  const parameters = new URLSearchParams(query)
  const schema = parameters.get('schema') ?? 'public'
  const host = parameters.get('host')
  const explain = ({ code = 'N/A', severity = 'N/A', message, detail, column, hint }) =>
    (code === '42P01' && missing(message)) || { kind: 'postgres', code, severity, message, detail, column, hint, originalCode: code, originalMessage: message }
  return factory('postgres', async () => {
    const client = new Client({ connectionString: host ? `${base}?host=${encodeURIComponent(host)}` : base })
    await client.connect()
    // Prisma's native engine does the same on connecting; the DDL of the one schema in scope is not qualified.
    await client.query(`SET search_path = "${schema.replaceAll('"', '""')}"`)
    const types = { getTypeParser: (oid) => postgresType(oid)[1] }
    const run = ({ sql, args }) => client.query({ text: sql, values: args, rowMode: 'array', types })
    return {
      provider: 'postgres',
      adapterName: 'namesync-conformance',
      ...guarded({
        queryRaw: async (request) => {
          const { fields, rows } = await run(request)
          return { columnNames: fields.map((field) => field.name), columnTypes: fields.map((field) => postgresType(field.dataTypeID)[0]), rows }
        },
        executeRaw: async (request) => (await run(request)).rowCount ?? 0,
        // One simple query, so one implicit transaction, as the native engine sends it.
        executeScript: async (script) => void (await client.query(script)),
        dispose: async () => client.end(),
      }, explain),
      getConnectionInfo: () => ok({ schemaName: schema, supportsRelationJoins: true }),
    }
  })
}

// ---- SQLite ----

// Prisma 7 writes a string in double quotes here, which this build of SQLite does not take.
const DOUBLE_QUOTED = /(WHERE type = 'index' AND name = )"(.*)"/s
const sqliteType = (name, values) => {
  if (name.endsWith('_at')) return DATETIME // the engine reads no dates but those of _prisma_migrations
  const value = values.find((value) => value !== null)
  if (typeof value === 'string') return TEXT
  if (value instanceof Uint8Array) return BYTES
  return Number.isInteger(value ?? 0) ? INT32 : DOUBLE
}
const sqliteArgument = (value, { scalarType } = {}) =>
  scalarType === 'datetime' && value !== null ? Date.parse(value) : scalarType === 'int' && value !== null ? Number(value) : value

// Prisma's own definition of its table (flavour/sqlite of prisma-engines). The WebAssembly engine can't tell a missing table
// from a failure on SQLite, so the adapter does: no table holds no rows, and the first row makes the table.
const NO_MIGRATIONS = /no such table: _prisma_migrations/
const MIGRATIONS_TABLE = `CREATE TABLE "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
  "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`

export function sqlite(url, modules) {
  const { Database } = createRequire(modules)('node-sqlite3-wasm')
  const explain = ({ message }) => ({ kind: 'sqlite', extendedCode: 1, message, originalMessage: message })
  return factory('sqlite', async () => {
    const database = new Database(url.replace(/^file:/, '').replace(/\?.*/, ''))
    const bind = ({ args, argTypes }) => args.map((value, i) => sqliteArgument(value, argTypes?.[i]))
    const run = (method, request) => {
      const sql = request.sql.replace(DOUBLE_QUOTED, (_, start, name) => `${start}'${name.replaceAll("'", "''")}'`)
      try {
        return database[method](sql, bind(request))
      } catch (error) {
        if (!NO_MIGRATIONS.test(error.message)) throw error
        if (/^\s*SELECT/i.test(sql)) return []
        database.exec(MIGRATIONS_TABLE)
        return database[method](sql, bind(request))
      }
    }
    return {
      provider: 'sqlite',
      adapterName: 'namesync-conformance',
      ...guarded({
        queryRaw: async (request) => {
          const records = run('all', request)
          const columnNames = Object.keys(records[0] ?? {})
          const columnTypes = columnNames.map((name) => sqliteType(name, records.map((record) => record[name])))
          const value = (item, type) =>
            type === DATETIME && item !== null ? new Date(item).toISOString() : item instanceof Uint8Array ? [...item] : item
          return { columnNames, columnTypes, rows: records.map((record) => columnNames.map((name, i) => value(record[name], columnTypes[i]))) }
        },
        executeRaw: async (request) => run('run', request).changes,
        executeScript: async (script) => database.exec(script),
        dispose: async () => database.close(),
      }, explain),
      getConnectionInfo: () => ok({ supportsRelationJoins: false }),
    }
  })
}

// ---- no database ----

// A factory without a database: enough to compare two schemas, where the engine asks for no more than the version.
export function nothing(provider) {
  const version = async () => ok({ columnNames: ['version'], columnTypes: [TEXT], rows: [['PostgreSQL 16.0']] })
  const adapter = {
    provider,
    adapterName: 'namesync-conformance',
    queryRaw: version,
    executeRaw: async () => ok(0),
    executeScript: async () => ok(undefined),
    dispose: async () => ok(undefined),
    getConnectionInfo: () => ok({ supportsRelationJoins: true }),
  }
  return factory(provider, async () => adapter)
}
