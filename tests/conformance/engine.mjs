// The real Prisma engine as a long-lived process: one request a line on stdin, one reply a line on stdout, both JSON.
//
//   {"op": "ddl", "version": 6, "schema": [["schema.prisma", "..."]]}
//   {"ok": "-- CreateTable ..."}   or   {"error": {"code": "P1012", "message": "..."}}
//
// `version` is Prisma's major version: 6 (6.19.3) or 7 (7.10.0), for `validate` also 5 (5.22.0). The WebAssembly engines
// know PostgreSQL, CockroachDB and SQLite; `validate`, `format` and `dmmf` know every provider. NAMESYNC_ENGINE_HOME is the
// folder that holds node_modules.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { webcrypto } from 'node:crypto'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { nothing, postgres, sqlite } from './adapters.mjs'

const MODULES = path.join(process.env.NAMESYNC_ENGINE_HOME, 'package.json')
const require = createRequire(MODULES)
const FILTERS = { externalTables: [], externalEnums: [] }

globalThis.crypto ??= webcrypto // Node 18, which Debian 12 has, does not set it
// A panic is thrown past the promise that awaits it, so it is caught here and fails the request under way.
let panic = ''
let fail
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => (panic = message) }
process.on('uncaughtException', (error) => fail(error))

// ---- the engines ----

async function instantiate(version) {
  const folder = path.dirname(require.resolve(`engine${version}/schema_engine_bg`))
  // A query string makes a module of its own each time: a panic leaves the old instance unusable.
  const glue = await import(`${pathToFileURL(path.join(folder, 'schema_engine_bg.js'))}?${process.hrtime.bigint()}`)
  const wasm = new WebAssembly.Module(fs.readFileSync(path.join(folder, 'schema_engine_bg.wasm')))
  const instance = new WebAssembly.Instance(wasm, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return glue.SchemaEngine
}

const loaded = new Map()
async function schemaEngine(version) {
  if (!loaded.has(version)) loaded.set(version, await instantiate(version))
  return loaded.get(version)
}

const files = (schema) => schema.map(([name, content]) => ({ path: path.resolve('/', name), content }))
const forSqlite = (schema) => schema.some(([, text]) => /^\s*provider\s*=\s*"sqlite"/m.test(text))

function factoryFor(url, schema) {
  if (!url) return nothing(forSqlite(schema) ? 'sqlite' : 'postgres')
  return url.startsWith('file:') ? sqlite(url, MODULES) : postgres(url, MODULES)
}

async function withEngine({ version, url, schema }, work) {
  const factory = factoryFor(url, schema)
  const connections = []
  const { connect } = factory
  factory.connect = async () => {
    const connection = await connect()
    connections.push(connection.value)
    return connection
  }
  try {
    const engine = await (await schemaEngine(version)).new({ datamodels: schema }, () => undefined, factory)
    try {
      return await work(engine)
    } finally {
      engine.free()
    }
  } finally {
    for (const connection of connections) await connection.dispose()
  }
}

// ---- requests ----

function migrations(folder) {
  const names = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const read = (file) => (fs.existsSync(file) ? { tag: 'ok', value: fs.readFileSync(file, 'utf8') } : { tag: 'error', value: 'no such file' })
  const lock = read(path.join(folder, 'migration_lock.toml'))
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: lock.tag === 'ok' ? lock.value : null },
    shadowDbInitScript: '',
    migrationDirectories: names.sort((a, b) => a.localeCompare(b)).map((name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: read(path.join(folder, name, 'migration.sql')) },
    })),
  }
}

const validator = (version) => require(`schema${version}`)
const empty = { tag: 'empty' }
const datamodel = (schema) => ({ tag: 'schemaDatamodel', files: files(schema) })
const datasource = (schema) => ({ tag: 'schemaDatasource', files: files(schema), configDir: '/' })
const script = (request, from, to) =>
  withEngine(request, async (engine) => {
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: FILTERS, shadowDatabaseUrl: null })
    return stdout?.startsWith('-- This is an empty migration.') ? '' : stdout
  })

const OPERATIONS = {
  validate({ version, schema }) {
    try {
      validator(version).validate(JSON.stringify({ prismaSchema: schema, noColor: true }))
      return ''
    } catch (error) {
      return JSON.parse(error.message).message
    }
  },
  dmmf: ({ version, schema }) => JSON.parse(validator(version).get_dmmf(JSON.stringify({ prismaSchema: schema, noColor: true }))),
  format({ version, schema }) {
    const parameters = { textDocument: { uri: 'file:/' }, options: { tabSize: 2, insertSpaces: true } }
    return JSON.parse(validator(version).format(JSON.stringify(schema), JSON.stringify(parameters)))
  },
  ddl: (request) => script(request, empty, datamodel(request.schema)),
  diff: (request) => script(request, datasource(request.schema), datamodel(request.schema)),
  diff2: (request) => script(request, datamodel(request.from), datamodel(request.schema)),
  pull: (request) =>
    withEngine(request, async (engine) => {
      const { schema, warnings } = await engine.introspect({
        schema: { files: files(request.schema) },
        baseDirectoryPath: '/',
        force: request.force,
        compositeTypeDepth: -1,
        namespaces: request.schemas,
      })
      return { schema: schema.files.map((file) => [path.basename(file.path), file.content]), warnings: warnings ?? '' }
    }),
  push: (request) => withEngine(request, (engine) => engine.schemaPush({ force: true, schema: { files: files(request.schema) }, filters: FILTERS })),
  deploy: (request) =>
    withEngine(request, async (engine) => (await engine.applyMigrations({ migrationsList: migrations(request.migrations), filters: FILTERS })).appliedMigrationNames),
  resolve: (request) =>
    withEngine(request, async (engine) => {
      const { name: migrationName } = request
      if (request.applied) await engine.markMigrationApplied({ migrationsList: migrations(request.migrations), migrationName })
      else await engine.markMigrationRolledBack({ migrationName })
      return null
    }),
  status: (request) =>
    withEngine(request, (engine) =>
      engine.diagnoseMigrationHistory({ migrationsList: migrations(request.migrations), optInToShadowDatabase: false, filters: FILTERS })),
}

async function answer({ op, ...request }) {
  panic = ''
  try {
    const panicked = new Promise((_, reject) => (fail = reject))
    return { ok: (await Promise.race([OPERATIONS[op](request), panicked])) ?? null }
  } catch (error) {
    if (panic) loaded.delete(request.version)
    return { error: panic ? { code: 'panic', message: panic } : { code: error.code ?? '', message: error.message ?? String(error) } }
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
}
process.exit() // whatever a panic left open
