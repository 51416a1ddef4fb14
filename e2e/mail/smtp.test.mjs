// A production server and a real mail server: what arrives, over TLS, as whom; and what happens when it does not.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { freePort } from '../harness/relying-party.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BINARY = path.resolve(process.env.DOORWARD_BIN ?? path.join(HERE, '../../target/debug/doorward'));
const USER = 'doorward';
const PASSWORD = 'hunter-two-hunter';

/** An authority and a certificate for localhost. */
function certificates(folder) {
  const at = (name) => path.join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  writeFileSync(at('leaf.ext'), 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n');
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Test Authority',
    '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', at('leaf.key'), '-out', at('leaf.csr'));
  openssl('x509', '-req', '-in', at('leaf.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
    '-days', '2', '-extfile', at('leaf.ext'), '-out', at('leaf.pem'));
  return { ca: at('ca.pem'), key: readFileSync(at('leaf.key')), cert: readFileSync(at('leaf.pem')) };
}

/** A mail server that keeps what it is sent, and refuses on demand. */
async function mailServer({ key, cert }, options = {}) {
  const received = [];
  const attempts = [];
  let refusal;
  const server = new SMTPServer({
    key,
    cert,
    authOptional: false,
    logger: false,
    ...options,
    onAuth(auth, session, done) {
      const right = auth.username === USER && auth.password === PASSWORD;
      done(right ? null : new Error('no such user'), right ? { user: auth.username } : undefined);
    },
    onRcptTo(address, session, done) {
      attempts.push(address.address);
      done(refusal?.(address.address));
    },
    onData(stream, session, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        received.push({
          secure: session.secure,
          user: session.user,
          from: session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts).toString(),
        });
        done();
      });
    },
  });
  // A client that ends the handshake because it does not trust us is no failure of ours.
  server.on('error', () => {});
  server.listen(0, 'localhost');
  await once(server.server, 'listening');
  return {
    port: server.server.address().port,
    received,
    attempts,
    refuse: (how) => (refusal = how),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const reply = (code, text) => Object.assign(new Error(text), { responseCode: code });

describe('the SMTP transport', () => {
  let folder, certs;
  const running = [];
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'doorward-smtp-'));
    certs = certificates(folder);
    writeFileSync(path.join(folder, 'password'), `${PASSWORD}\n`);
  });
  after(async () => {
    for (const child of running) {
      if (child.exitCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** A production server with that section, and its command line. */
  async function serve(mail) {
    const home = mkdtempSync(path.join(folder, 'home-'));
    const [config, key, data] = ['doorward.toml', 'master.key', 'data'].map((name) => path.join(home, name));
    writeFileSync(key, execFileSync('openssl', ['rand', '-base64', '32']));
    chmodSync(key, 0o600);
    const port = await freePort();
    writeFileSync(config, [
      `public_url = "https://localhost:${port}"`,
      `listen = "127.0.0.1:${port}"`,
      `data = ${JSON.stringify(data)}`,
      `master_key_file = ${JSON.stringify(key)}`,
      '[mail]',
      ...Object.entries(mail).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
      '',
    ].join('\n'));
    const child = spawn(BINARY, ['serve', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    running.push(child);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const cli = (...args) =>
      new Promise((resolve) => {
        execFile(BINARY, ['--config', config, ...args, '--json'], { encoding: 'utf8' }, (error, stdout, stderr) => {
          const line = stdout.trim().split('\n').at(-1);
          resolve({ code: error?.code ?? 0, stderr, answer: line ? JSON.parse(line) : null });
        });
      });
    for (let time = 0; time < 300 && !said.includes('listening') && child.exitCode === null; time += 1) await wait(50);
    await wait(300);
    return { cli, log: () => said, child };
  }

  const settings = (port, more = {}) => ({
    server: `localhost:${port}`,
    from: 'Doorward <no-reply@id.test>',
    user: USER,
    password_file: path.join(folder, 'password'),
    ca_file: certs.ca,
    ...more,
  });

  async function until(fits, what) {
    for (let time = 0; time < 300; time += 1) {
      const found = await fits();
      if (found) return found;
      await wait(100);
    }
    return assert.fail(`${what} did not happen`);
  }

  for (const [security, options] of [['starttls', {}], ['tls', { secure: true }]]) {
    test(`a mail arrives over ${security}, from a known user`, async () => {
      const mail = await mailServer(certs, options);
      const server = await serve(settings(mail.port, { security }));
      const state = await server.cli('mail', 'show');
      assert.deepEqual([state.answer.transport, state.answer.reachable], ['smtp', true], JSON.stringify(state));
      const sent = await server.cli('mail', 'test', 'ops@home.test');
      assert.equal(sent.code, 0, sent.stderr);
      const [letter] = await until(() => mail.received.length && mail.received, 'the mail');
      assert.equal(letter.secure, true);
      assert.equal(letter.user, USER);
      assert.deepEqual([letter.from, letter.to], ['no-reply@id.test', ['ops@home.test']]);
      for (const part of ['Auto-Submitted: auto-generated', 'multipart/alternative', 'text/plain', 'text/html', `Message-ID: <${sent.answer.id}@localhost>`]) {
        assert.ok(letter.raw.includes(part), `${part} in\n${letter.raw}`);
      }
      await until(async () => (await server.cli('mail', 'list')).answer.items.length === 0, 'an empty outbox');
      assert.ok(!server.log().includes(PASSWORD), 'the password is not in the log');
      await mail.close();
    });
  }

  test('a mail server nobody vouches for gets neither mail nor password', async () => {
    const mail = await mailServer(certs);
    const { ca_file: _, ...unknown } = settings(mail.port);
    const server = await serve(unknown);
    await server.cli('mail', 'test', 'ops@home.test');
    const waiting = await until(async () => {
      const { answer } = await server.cli('mail', 'list');
      return answer.items.find(({ attempts }) => attempts > 0);
    }, 'an attempt');
    assert.match(waiting.last_error, /certificate|issuer/i);
    assert.equal(mail.received.length + mail.attempts.length, 0);
    const state = await server.cli('mail', 'show');
    assert.equal(state.answer.reachable, false);
    await mail.close();
  });

  test('a mail server without STARTTLS gets nothing', async () => {
    const mail = await mailServer(certs, { hideSTARTTLS: true, disabledCommands: ['STARTTLS'], authOptional: true });
    const server = await serve(settings(mail.port, { security: 'starttls' }));
    await server.cli('mail', 'test', 'ops@home.test');
    await until(async () => {
      const { answer } = await server.cli('mail', 'list');
      return answer.items.find(({ attempts }) => attempts > 0);
    }, 'an attempt');
    assert.equal(mail.received.length + mail.attempts.length, 0);
    await mail.close();
  });

  test('"later" is tried again, "never" stays to be looked at, retried and dropped', async () => {
    const mail = await mailServer(certs);
    mail.refuse((to) => (to.startsWith('later') ? reply(451, 'greylisted') : reply(550, `<${to}> is unknown here`)));
    const server = await serve(settings(mail.port));
    await server.cli('mail', 'test', 'later@home.test');
    await server.cli('mail', 'test', 'never@home.test');
    const items = await until(async () => {
      const { answer } = await server.cli('mail', 'list');
      return answer.items.length === 2 && answer.items.every(({ attempts }) => attempts === 1) && answer.items;
    }, 'two refusals');
    const later = items.find(({ to }) => to.startsWith('later'));
    const never = items.find(({ to }) => to.startsWith('never'));
    assert.match(later.last_error, /greylisted/);
    assert.match(never.last_error, /^for good: .*unknown here/);
    assert.ok(!never.last_error.includes('never@home.test'), 'without the address');
    assert.equal(never.next_attempt, never.expiry);
    mail.refuse(undefined);
    assert.equal((await server.cli('mail', 'retry', later.id)).code, 0);
    await until(() => mail.received.some(({ to }) => to[0].startsWith('later')), 'the second attempt');
    assert.equal((await server.cli('mail', 'drop', never.id)).code, 0);
    await until(async () => (await server.cli('mail', 'list')).answer.items.length === 0, 'an empty outbox');
    assert.ok(!mail.received.some(({ to }) => to[0].startsWith('never')));
    await mail.close();
  });

  test('mail in clear across the network is refused at the start', async () => {
    const server = await serve({ server: 'smtp.example.org:25', security: 'none', from: 'a@example.org' });
    if (server.child.exitCode === null) await once(server.child, 'exit');
    assert.notEqual(server.child.exitCode, 0);
    assert.match(server.log(), /mail\.security = none/);
  });
});
