// The operations, for both servers: what each does, and what it writes and signs, so that unlike is not compared.

import { clientCredentials, codeRound, signIn } from './doorward.mjs';
import { send } from './load.mjs';

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const REDIRECT = 'http://127.0.0.1:9/cb';

const get = (path) => ({ operation: (server) => (client) => send(client, { path, headers: server.host }) });

/** Ours. `signs` counts signatures, `writes` durable commits of one operation. */
function introspect(name) {
  return {
    async prepare(server, client) {
      const { access_token: token } = JSON.parse((await clientCredentials(server, client, name)).text);
      const { client_id, client_secret } = server.apps[name];
      return { token, client_id, client_secret };
    },
    operation: (server, form) => (client) =>
      send(client, { method: 'POST', path: '/bench/oauth2/introspect', headers: server.host, form }),
  };
}

function code(scope) {
  return {
    each: (server) => async (client, person) => ({ browser: await signIn(server, client, scope, person), scope }),
    operation: (server) => (client, state) => codeRound(server, client, state),
  };
}

function refresh(scope) {
  return {
    prepare: async (server, client) => ({ browser: await signIn(server, client, scope), scope }),
    each: (server, state) => async (client) => ({ token: (await codeRound(server, client, state)).refresh_token }),
    operation: (server) => async (client, held) => {
      const form = { grant_type: 'refresh_token', client_id: server.apps.native.client_id, refresh_token: held.token };
      const answer = await send(client, { method: 'POST', path: '/bench/oauth2/token', headers: server.host, form });
      held.token = JSON.parse(answer.text).refresh_token;
    },
  };
}

const userinfo = {
  async prepare(server, client) {
    const scope = 'openid profile';
    return codeRound(server, client, { browser: await signIn(server, client, scope), scope });
  },
  operation: (server, { access_token: token }) => (client) =>
    send(client, { path: '/bench/oauth2/userinfo', headers: { ...server.host, authorization: `Bearer ${token}` } }),
};

const password = {
  each: () => (client, index) => index,
  operation: (server) => (client, person) => signIn(server, client, 'openid', person),
};

const cc = (name) => ({ operation: (server) => (client) => clientCredentials(server, client, name) });

export const OURS = {
  healthz: { ...get('/healthz'), signs: 0, writes: 0 },
  jwks: { ...get('/bench/oauth2/jwks'), signs: 0, writes: 0, target: 12 },
  discovery: { ...get('/bench/.well-known/openid-configuration'), signs: 0, writes: 0, target: 12 },
  client_credentials_rs256: { ...cc('rs256'), signs: 1, writes: 0, target: 310 },
  client_credentials_es256: { ...cc('es256'), signs: 1, writes: 0, target: 42 },
  client_credentials_eddsa: { ...cc('eddsa'), signs: 1, writes: 0, target: 38 },
  introspect_rs256: { ...introspect('rs256'), signs: 0, writes: 0, target: 38 },
  introspect_es256: { ...introspect('es256'), signs: 0, writes: 0, target: 72 },
  userinfo: { ...userinfo, signs: 0, writes: 0, target: 25 },
  refresh_es256: { ...refresh('api://es256/read offline_access'), signs: 1, writes: 1, target: 100 },
  refresh_rs256: { ...refresh('api://rs256/read offline_access'), signs: 1, writes: 1, target: 350 },
  code_es256: { ...code('api://es256/read'), signs: 1, writes: 2, target: 140 },
  code_rs256: { ...code('api://rs256/read'), signs: 1, writes: 2, target: 400 },
  code_openid_rs256: { ...code('openid api://rs256/read'), signs: 2, writes: 2, target: 660 },
  password_sign_in: { ...password, signs: 0, writes: 2, slow: true },
};

/** Walks an authorization request of the peer to its end; the cookies of `jar` travel along. */
async function walk(server, client, { alg, scope, jar }) {
  let path = peerAuthorize(alg, scope);
  for (let hop = 0; hop < 6; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await send(client, { path, headers: { cookie }, expect: 303 });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const { location } = answer.headers;
    if (location.startsWith(REDIRECT)) return new URL(location).searchParams.get('code');
    path = location.replace(server.origin, '');
  }
  throw new Error('the peer leads nowhere');
}

async function peerSession(server, client, alg) {
  const jar = new Map();
  await walk(server, client, { alg, scope: 'openid', jar });
  return { alg, jar, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
}

function peerAuthorize(alg, scope) {
  const query = new URLSearchParams({
    client_id: `web-${alg}`,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  // The peer gives a refresh token only where consent was asked for.
  if (scope.includes('offline_access')) query.set('prompt', 'consent');
  return `/auth?${query}`;
}

async function peerCode(client, { alg, cookie }) {
  const sent = await send(client, { path: peerAuthorize(alg, 'openid'), headers: { cookie }, expect: 303 });
  return peerRedeem(client, alg, new URL(sent.headers.location).searchParams.get('code'));
}

async function peerRedeem(client, alg, code) {
  const form = { ...peerClient(alg), grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER };
  return JSON.parse((await send(client, { method: 'POST', path: '/token', form })).text);
}

const peerClient = (alg) => ({ client_id: `web-${alg}`, client_secret: 'peer-secret-0123456789' });
const peerCc = (alg) => ({
  operation: () => (client) =>
    send(client, { method: 'POST', path: '/token', form: { ...peerClient(alg), grant_type: 'client_credentials', resource: `urn:${alg}`, scope: 'read' } }),
});
const peerCodes = (alg) => ({
  each: (server) => (client) => peerSession(server, client, alg),
  operation: () => (client, state) => peerCode(client, state),
});
const peerRefresh = (alg) => ({
  each: (server) => async (client) => {
    const code = await walk(server, client, { alg, scope: 'openid offline_access', jar: new Map() });
    return { token: (await peerRedeem(client, alg, code)).refresh_token };
  },
  operation: () => async (client, held) => {
    const form = { ...peerClient(alg), grant_type: 'refresh_token', refresh_token: held.token };
    held.token = JSON.parse((await send(client, { method: 'POST', path: '/token', form })).text).refresh_token;
  },
});

/** The peer's. Its access token in the code and refresh rounds is opaque, the ID token the one signature; it keeps nothing on disk. */
export const PEER = {
  jwks: get('/jwks'),
  discovery: get('/.well-known/openid-configuration'),
  client_credentials_rs256: peerCc('RS256'),
  client_credentials_es256: peerCc('ES256'),
  introspect_rs256: {
    async prepare(server, client) {
      const form = { ...peerClient('RS256'), grant_type: 'client_credentials' };
      return JSON.parse((await send(client, { method: 'POST', path: '/token', form })).text);
    },
    operation: (server, { access_token: token }) => (client) =>
      send(client, { method: 'POST', path: '/token/introspection', form: { ...peerClient('RS256'), token } }),
  },
  userinfo: {
    prepare: async (server, client) => peerCode(client, await peerSession(server, client, 'RS256')),
    operation: (server, { access_token: token }) => (client) =>
      send(client, { path: '/me', headers: { authorization: `Bearer ${token}` } }),
  },
  refresh_es256: peerRefresh('ES256'),
  refresh_rs256: peerRefresh('RS256'),
  code_es256: peerCodes('ES256'),
  code_rs256: peerCodes('RS256'),
};
