// `prisma db pull` with the engine that npm has, WebAssembly, over the adapter of the conformance tests (the native engine is
// downloaded from elsewhere when it first runs). Prisma's program wraps what an adapter answers, so this one answers plainly.
import path from 'node:path'
import { createRequire } from 'node:module'
import { postgres } from './adapters.mjs'

const MODULES = path.resolve('package.json')
const { Client } = createRequire(MODULES)('pg')

// The program does not close its connection, and would wait for it for ever.
const { query } = Client.prototype
Client.prototype.query = async function (...args) {
  this.ref()
  try {
    return await query.apply(this, args)
  } finally {
    this.unref()
  }
}

const plainly = (method) => async (...args) => {
  const { ok, value, error } = await method(...args)
  if (ok) return value
  throw Object.assign(new Error(error.message), { name: 'DriverAdapterError', cause: error })
}
const refused = async () => {
  throw new Error('introspection begins no transaction')
}

async function connect() {
  const { getConnectionInfo, ...adapter } = (await factory.connect()).value
  const methods = Object.entries(adapter).map(([name, value]) => [name, typeof value === 'function' ? plainly(value) : value])
  return { ...Object.fromEntries(methods), startTransaction: refused, getConnectionInfo: () => getConnectionInfo().value }
}

const factory = postgres(process.env.DATABASE_URL, MODULES)

export default {
  schema: 'schema.prisma',
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => ({ ...factory, connect }),
}
