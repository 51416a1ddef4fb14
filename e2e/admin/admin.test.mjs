// The administration over the network: an owner signs in as anybody would, and Schemathesis looks for faults with the
// token that the command line got.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { demo } from '../harness/demo.mjs';
import { signIn } from './person.mjs';
import { run, tool } from './python.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BINARY = path.resolve(process.env.DOORWARD_BIN ?? path.join(HERE, '../../target/debug/doorward'));
const server = demo.base_url;
const config = mkdtempSync(path.join(tmpdir(), 'doorward-admin-'));
const env = { XDG_CONFIG_HOME: config, SSL_CERT_FILE: process.env.NODE_EXTRA_CA_CERTS };
let office;
let owner;

before(async () => {
  office = await demo.cli('tenant', 'create', 'office');
  const made = await demo.cli('user', 'add', 'boss', '--tenant', 'office', '--generate-password');
  owner = { username: 'boss', password: made.password };
  await demo.cli('user', 'role', 'add', 'boss', 'owner', '--tenant', 'office');
});

after(() => rmSync(config, { recursive: true, force: true }));

const doorward = (...args) => run(BINARY, [...args, '--server', server, '--json'], { env });

/** `doorward login`, with a person who opens the address that it prints. */
async function login(person) {
  const args = ['login', '--no-browser', '--tenant', 'office', '--server', server, '--json'];
  const child = spawn(BINARY, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = [];
  const heard = [];
  child.stderr.setEncoding('utf8').on('data', (text) => heard.push(text));
  let signing;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    if (!lines.at(-1).open) return;
    signing = signIn(lines.at(-1).open, person).then((address) => fetch(address));
    // Nobody waits ten minutes for a person who did not find the way.
    signing.catch(() => child.kill());
  });
  const code = await ended;
  const page = await signing;
  return { code, said: lines.at(-1), page, heard: heard.join('') };
}

const kept = () => JSON.parse(readFileSync(path.join(config, 'doorward/credentials.json'), 'utf8'))[server];

test('nobody administers over the network without a sign-in', async () => {
  const { code, said } = await doorward('app', 'list');
  assert.equal(code, 1, said);
  assert.match(said, /doorward login --server/);
  const answer = await fetch(`${server}/admin/v1/tenants`);
  assert.equal(answer.status, 401);
});

test('an owner signs in with a browser and administers every tenant', async () => {
  const { code, said, page, heard } = await login(owner);
  assert.equal(code, 0, heard);
  assert.deepEqual(said.roles, ['owner']);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /You are signed in/);
  assert.equal(statSync(path.join(config, 'doorward/credentials.json')).mode & 0o777, 0o600);
  const made = await doorward('user', 'add', 'dee', '--tenant', 'meadow');
  assert.equal(made.code, 0, made.said);
  assert.match(JSON.parse(made.said).undo, new RegExp(`--server ${server}`));
  const log = JSON.parse((await doorward('audit', 'list', '--action', 'user.create', '--tenant', 'meadow')).said);
  assert.match(log.items[0].credential, /of doorward-cli$/);
  assert.equal(log.items[0].detail.after.username, 'dee');
  const exported = await run(BINARY, ['audit', 'export', '--format', 'csv', '--server', server], { env });
  assert.match(exported.said, /^at,tenant,actor,credential,action,target,detail\r\n/);
});

test('a token that has ended is renewed without a word', async () => {
  const file = path.join(config, 'doorward/credentials.json');
  const all = JSON.parse(readFileSync(file, 'utf8'));
  const old = all[server].access_token;
  all[server].ends_at = 0;
  writeFileSync(file, JSON.stringify(all));
  const { code, said } = await doorward('tenant', 'list');
  assert.equal(code, 0, said);
  assert.notEqual(kept().access_token, old);
});

test('the document is one of OpenAPI 3.1', async () => {
  const document = await (await fetch(`${server}/admin/v1/openapi.json`)).json();
  const file = path.join(config, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const { code, said } = await run(tool('openapi-spec-validator'), ['--schema', '3.1', file]);
  assert.equal(code, 0, said);
});

test('Schemathesis finds nothing', { timeout: 20 * 60_000 }, async () => {
  await doorward('tenant', 'list');
  const args = [
    'run',
    `${server}/admin/v1/openapi.json`,
    '--header',
    `Authorization: Bearer ${kept().access_token}`,
    '--tls-verify',
    demo.ca_file,
    '--checks',
    'all',
    '--no-color',
  ];
  const extra = process.env.SCHEMATHESIS_ARGS?.split(' ') ?? [];
  const { code, said } = await run(tool('schemathesis'), ['--config-file', 'schemathesis.toml', ...args, ...extra], {
    env: {
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONPATH: HERE,
      PYTHONDONTWRITEBYTECODE: '1',
      DOORWARD_HOME: ['office', office.id, office.domain].join(','),
    },
  });
  writeFileSync(path.join(HERE, '../.work/admin-schemathesis.txt'), said);
  assert.equal(code, 0, said.slice(-12_000));
});

test('after a sign-out the token is worth nothing', async () => {
  const token = kept().access_token;
  const { code, said } = await doorward('logout');
  assert.equal(code, 0, said);
  assert.equal(JSON.parse(said).ended_at_server, true);
  const answer = await fetch(`${server}/admin/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 401);
  const again = await doorward('logout');
  assert.equal(JSON.parse(again.said).signed_out, false);
});
