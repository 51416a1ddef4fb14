// The API behind the guard: who gets in, who does not, and what each one is told.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { newPerson, openBrowser } from '../harness/browser.mjs';
import { claimsOf, exchange } from '../harness/exchange.mjs';
import { listen } from '../harness/relying-party.mjs';
import { READ, someId } from './example.mjs';
import { application, authorize } from './library.mjs';
import * as msal from '@azure/msal-node';

const notes = demo.api('notes').url.replace(/\/$/, '');
const authority = demo.tenant('meadow').authorities[0];
const ben = { ...demo.user('ben'), username: 'ben.fern' };
const daemon = demo.apps.find(({ kind }) => kind === 'daemon');

describe('the notes API', () => {
  let browser, rp, person, appOnly, foreign;

  before(async () => {
    rp = await listen();
    browser = await openBrowser(chromium);
    const page = await newPerson(browser);
    const { client_id: clientId, client_secret: clientSecret } = await demo.register({ redirects: [`${rp.base}/cb`] });
    const app = application(msal, { authority, clientId, clientSecret });
    person = await (await authorize(msal, app, { page, rp, as: ben, scopes: [READ] })).finish();
    const service = application(msal, { authority, clientId: daemon.client_id, clientSecret: daemon.client_secret });
    appOnly = (await service.acquireTokenByClientCredential({ scopes: ['api://notes/.default'] })).accessToken;
    const document = path.join(path.dirname(fileURLToPath(import.meta.url)), 'diary.openapi.yaml');
    await demo.cli('api', 'import', 'openapi', document, '--tenant', 'meadow', '--profile', 'ms-v2');
    foreign = (await (await authorize(msal, app, { page, rp, as: ben, scopes: ['api://diary/diary.read'] })).finish()).accessToken;
  });
  after(async () => {
    await browser?.close();
    await rp?.close();
  });

  const call = (method, route, token, headers = {}) =>
    exchange(notes + route, { method, headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) } });

  function refused(answer, status, error) {
    assert.equal(answer.status, status, answer.text);
    const challenge = answer.headers['www-authenticate'];
    assert.match(challenge, /^Bearer /);
    if (error) assert.match(challenge, new RegExp(`error="${error}"`));
    else assert.doesNotMatch(challenge, /\berror=/);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    assert.equal(answer.json.status, status);
    return answer.json;
  }

  test('the public route needs no token, and minds no bad one', async () => {
    assert.equal((await call('GET', '/health')).status, 200);
    assert.equal((await call('GET', '/health', 'garbage')).status, 200);
  });

  test('without a token: 401, no error, but the scope to ask for', async () => {
    const answer = await call('GET', '/notes');
    refused(answer, 401);
    assert.match(answer.headers['www-authenticate'], /scope="[^"]*notes\.read/);
    assert.match(answer.headers['access-control-expose-headers'] ?? '', /www-authenticate/i);
  });

  test('with the right token: 200', async () => {
    assert.equal((await call('GET', '/notes', person.accessToken)).status, 200);
  });

  test('a token of another API is refused', async () => {
    assert.notEqual(claimsOf(foreign).aud, demo.api('notes').audience);
    const body = refused(await call('GET', '/notes', foreign), 401, 'invalid_token');
    assert.match(body.code, /^DW310[57]$/);
  });

  test('an ID token is no access token, and that is what the answer says', async () => {
    const answer = await call('GET', '/notes', person.idToken);
    assert.equal(refused(answer, 401, 'invalid_token').code, 'DW3101');
    assert.match(answer.headers['www-authenticate'], /DW3101/);
  });

  test('garbage, an altered token and an unsigned one are invalid', async () => {
    const [header, payload, signature] = person.accessToken.split('.');
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const richer = part({ ...claimsOf(person.accessToken), scp: 'notes.read notes.write', scope: 'notes.read notes.write' });
    const tokens = [
      'garbage',
      'a.b.c',
      `${header}.${richer}.${signature}`,
      `${header}.${payload}.`,
      `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      `${part({ ...JSON.parse(Buffer.from(header, 'base64url')), alg: 'HS256' })}.${payload}.${signature}`,
      `${header}.${payload}.${signature}.${signature}`,
      'a'.repeat(30_000),
    ];
    for (const token of tokens) refused(await call('GET', '/notes', token), 401, 'invalid_token');
  });

  test('a token in two places is an invalid request', async () => {
    const answer = await call('GET', `/notes?access_token=${person.accessToken}`, person.accessToken);
    assert.equal(answer.status, 400, answer.text);
  });

  test('a token in the query alone is not taken', async () => {
    const answer = await call('GET', `/notes?access_token=${person.accessToken}`);
    assert.ok([400, 401].includes(answer.status), `status ${answer.status}`);
  });

  test('the read scope does not write', async () => {
    for (const [method, route] of [['DELETE', '/notes/1'], ['POST', '/notes']]) {
      const answer = await call(method, route, person.accessToken);
      const body = refused(answer, 403, 'insufficient_scope');
      assert.equal(body.code, 'DW3202');
      assert.match(answer.headers['www-authenticate'], /scope="[^"]*notes\.write/);
    }
  });

  test('an app’s token is not a person’s, and the reverse', async () => {
    assert.equal((await call('GET', '/notes/all', appOnly)).status, 200);
    assert.match(refused(await call('GET', '/notes', appOnly), 403, 'insufficient_scope').code, /^DW320\d$/);
    assert.match(refused(await call('GET', '/notes/all', person.accessToken), 403, 'insufficient_scope').code, /^DW320\d$/);
  });

  test('what is not declared does not exist', async () => {
    for (const [method, route] of [
      ['GET', '/debug'],
      ['GET', '/notes.csv'],
      ['PUT', '/notes/1'],
      ['GET', '/'],
    ]) {
      const answer = await call(method, route, person.accessToken);
      assert.ok([404, 405].includes(answer.status), `${method} ${route}: ${answer.status}`);
      assert.ok(answer.text.length > 0);
    }
  });

  test('a second reading of a path does not open it', async () => {
    for (const route of ['/notes%2f1', '//notes', '/health/../notes', '/health/%2e%2e/notes', '/notes;a', '/NOTES', '/notes/', '/health%2f..%2fnotes']) {
      const answer = await rawPath(route);
      assert.ok(answer.status >= 400 && answer.status < 500, `${route}: ${answer.status}`);
    }
  });

  test('a method in a header is not the method', async () => {
    const route = `/notes/${someId((await call('GET', '/notes', person.accessToken)).json)}`;
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const answer = await call('GET', route, person.accessToken, { [header]: 'DELETE' });
      assert.ok(answer.status === 200 || answer.status === 400, `${header}: ${answer.status}`);
    }
    assert.equal((await call('GET', route, person.accessToken)).status, 200, 'the note is still there');
  });

  test('HEAD is guarded like GET', async () => {
    assert.equal((await call('HEAD', '/notes')).status, 401);
  });
});

/** A request whose path goes out byte for byte: URL would resolve the dots. */
async function rawPath(route) {
  const { request } = await import('node:http');
  const { hostname, port } = new URL(notes);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: route, agent: false }, (answer) => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode }));
    })
      .on('error', reject)
      .end();
  });
}
