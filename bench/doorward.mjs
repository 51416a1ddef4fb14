// The server under measurement: the release build in the production profile, plain http on loopback behind an imagined
// proxy, its store a file with every commit flushed; seeded through its own command line.

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { send } from './load.mjs';

export const HOST = 'id.bench.test';
const REDIRECT = 'http://127.0.0.1:9/cb';
const PASSWORD = 'fern-kettle-08-bench';
/** As many people as connections, so that nobody spends another's guesses. */
const PEOPLE = 16;

/** A port that nobody listens on at the moment. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until the address answers 200 and returns the milliseconds since `since`. */
export async function answers(url, since) {
  for (;;) {
    const ok = await fetch(url).then((answer) => answer.ok, () => false);
    const waited = performance.now() - since;
    if (ok) return waited;
    if (waited > 20_000) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Starts a freshly seeded server. `binary` is the path of the release build. */
export async function doorward(binary) {
  const home = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'doorward-bench-'));
  const port = await freePort();
  const config = join(home, 'doorward.toml');
  const key = join(home, 'master.key');
  writeFileSync(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  writeFileSync(
    config,
    [`public_url = "https://${HOST}"`, `listen = "127.0.0.1:${port}"`, `data = "${join(home, 'data')}"`, `master_key_file = "${key}"`, 'behind_proxy = true', 'trust_forwarded_for = true', ''].join('\n'),
  );
  const run = (args, input) => {
    const text = execFileSync(binary, [...args, '--config', config, '--json'], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
    return text.trim() ? JSON.parse(text) : undefined;
  };
  run(['tenant', 'add', 'bench']);
  run(['keys', 'rotate', '--algorithm', 'EdDSA']);
  for (let index = 0; index < PEOPLE; index += 1) run(['user', 'add', `person${index}`, '--password-stdin'], `${PASSWORD}\n`);
  const apps = {};
  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    const name = algorithm.toLowerCase();
    run(['api', 'add', name, '--scope', 'read', '--role', 'Read.All', '--algorithm', algorithm, '--profile', 'generic']);
    apps[name] = run(['app', 'add', `daemon-${name}`, '--kind', 'daemon', '--require', `${name}:Read.All`]);
    run(['grant', 'app-role', 'add', '--app', `daemon-${name}`, `${name}:Read.All`]);
    run(['api', 'update', name, '--introspector', `daemon-${name}`]);
  }
  apps.native = run(['app', 'add', 'native', '--kind', 'native', '--first-party', '--redirect', REDIRECT, '--require', 'rs256:read', '--require', 'es256:read']);
  for (const name of ['rs256', 'es256']) run(['grant', 'add', 'native', `${name}:read`, '--all']);

  const started = performance.now();
  const child = spawn(binary, ['serve', '--config', config], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, RUST_LOG: 'warn' } });
  const heard = [];
  child.stderr.setEncoding('utf8').on('data', (text) => heard.push(text));
  child.stdout.resume();
  const origin = `http://127.0.0.1:${port}`;
  const ready = await answers(`${origin}/healthz`, started).catch((error) => {
    throw new Error(`${error.message}\n${heard.join('')}`);
  });
  return {
    pid: child.pid,
    origin,
    apps,
    coldStartMs: ready,
    host: { host: HOST },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A cookie jar as simple as one origin allows. */
class Jar {
  #held = new Map();

  take(headers) {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.#held.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  get header() {
    return [...this.#held].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

/** The address of an authorization request of the native application. */
function authorizePath(server, scope) {
  const query = new URLSearchParams({
    client_id: server.apps.native.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'bench',
    nonce: 'bench',
  });
  return `/bench/oauth2/authorize?${query}`;
}

/** Signs a person in through the pages; returns the headers of a browser that is signed in. */
export async function signIn(server, client, scope, person = 0) {
  const jar = new Jar();
  // Every sign-in from another address: the limit per address is not what is measured.
  const address = `10.${[0, 1, 2].map(() => Math.floor(Math.random() * 256)).join('.')}`;
  const base = { ...server.host, 'x-forwarded-for': address };
  const first = await send(client, { path: authorizePath(server, scope), headers: base, expect: 303 });
  jar.take(first.headers);
  const page = await send(client, { path: first.headers.location, headers: { ...base, cookie: jar.header } });
  jar.take(page.headers);
  const flow = /name="flow" value="([^"]+)"/.exec(page.text)?.[1];
  const posted = await client.request({
    method: 'POST',
    path: '/flow/sign-in',
    headers: { ...base, cookie: jar.header, origin: `https://${HOST}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ flow, username: `person${person}`, password: PASSWORD }).toString(),
  });
  const text = await posted.body.text();
  jar.take(posted.headers);
  if (posted.statusCode >= 400) throw new Error(`sign-in: ${posted.statusCode} ${text.slice(0, 400)}`);
  return { ...base, cookie: jar.header };
}

/** One code with an existing session, redeemed: two requests. */
export async function codeRound(server, client, { browser, scope }) {
  const sent = await send(client, { path: authorizePath(server, scope), headers: browser, expect: 303 });
  const code = new URL(sent.headers.location).searchParams.get('code');
  const answer = await send(client, {
    method: 'POST',
    path: '/bench/oauth2/token',
    headers: server.host,
    form: { grant_type: 'authorization_code', client_id: server.apps.native.client_id, code, redirect_uri: REDIRECT, code_verifier: VERIFIER },
  });
  return JSON.parse(answer.text);
}

/** A token by client credentials. */
export function clientCredentials(server, client, name) {
  return send(client, {
    method: 'POST',
    path: '/bench/oauth2/token',
    headers: server.host,
    form: {
      grant_type: 'client_credentials',
      client_id: server.apps[name].client_id,
      client_secret: server.apps[name].client_secret,
      scope: `api://${name}/.default`,
    },
  });
}

/** A connection of its own. */
export const connect = (server) => new Client(server.origin, { pipelining: 1 });
