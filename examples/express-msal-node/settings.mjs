// What the app must be told. Every value comes from the environment; a missing one is named at start-up.

/**
 * Reads and checks the settings.
 * @param {NodeJS.ProcessEnv} env
 */
export function readSettings(env) {
  const missing = ['AUTHORITY', 'CLIENT_ID', 'CLIENT_SECRET', 'API_URL', 'SCOPES'].filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new Error(`set ${missing.join(', ')} (see README.md for what each one means)`);
  }
  const port = Number(env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`PORT is "${env.PORT}": give a port number, for example 3000`);
  }
  const authority = new URL(env.AUTHORITY);
  if (authority.protocol !== 'https:') {
    throw new Error(`AUTHORITY is "${env.AUTHORITY}": MSAL accepts https authorities only, on localhost too`);
  }
  return {
    authority: authority.href.replace(/\/$/, ''),
    knownAuthority: env.KNOWN_AUTHORITY ?? authority.host,
    clientId: env.CLIENT_ID,
    clientSecret: env.CLIENT_SECRET,
    apiUrl: env.API_URL.replace(/\/$/, ''),
    scopes: words(env.SCOPES),
    writeScopes: words(env.WRITE_SCOPES ?? env.SCOPES.replaceAll('.read', '.write')),
    sessionSecret: env.SESSION_SECRET,
    msalPackage: env.MSAL_PACKAGE ?? '@azure/msal-node',
    port,
    publicUrl: env.PUBLIC_URL ?? `http://localhost:${port}`,
  };
}

const words = (text) => text.split(/\s+/).filter(Boolean);
