// Refresh tokens: who rotates, who does not, and what a thief meets.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { READ, WRITE, client, configure, signIn, stage, token } from './party.mjs';

describe('refresh', () => {
  let scene, web, native, page;
  before(async () => {
    scene = await stage();
    web = await configure(scene.web);
    native = await configure(scene.native);
    page = await scene.person();
  });
  after(() => scene?.close());

  const SCOPE = { scope: `openid offline_access ${READ} ${WRITE}` };
  const tokensOf = async (config, extra = SCOPE) => (await signIn(config, page, { ...scene, extra })).tokens;
  const spent = { error: 'invalid_grant' };

  test('a confidential client keeps its refresh token', async () => {
    const first = await tokensOf(web);
    const second = await client.refreshTokenGrant(web, first.refresh_token);
    assert.ok([undefined, first.refresh_token].includes(second.refresh_token));
    await client.refreshTokenGrant(web, first.refresh_token);
    assert.notEqual(second.access_token, first.access_token);
  });

  test('the ID token of a renewal is of the same person and sign-in', async () => {
    const first = await tokensOf(web);
    const second = await client.refreshTokenGrant(web, first.refresh_token);
    for (const claim of ['iss', 'sub', 'aud', 'auth_time']) assert.deepEqual(second.claims()[claim], first.claims()[claim], claim);
  });

  test('a public client gets a new one each time', async () => {
    const first = await tokensOf(native);
    const second = await client.refreshTokenGrant(native, first.refresh_token);
    assert.ok(second.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await client.refreshTokenGrant(native, second.refresh_token);
  });

  test('a lost answer may be asked for again: the same successor, not a second one', async () => {
    const first = await tokensOf(native);
    const [one, two] = await Promise.all([
      client.refreshTokenGrant(native, first.refresh_token),
      client.refreshTokenGrant(native, first.refresh_token),
    ]);
    assert.equal(one.refresh_token, two.refresh_token);
  });

  test('an old one used after its successor ends the family', async () => {
    const first = await tokensOf(native);
    const second = await client.refreshTokenGrant(native, first.refresh_token);
    const third = await client.refreshTokenGrant(native, second.refresh_token);
    await assert.rejects(client.refreshTokenGrant(native, first.refresh_token), spent);
    await assert.rejects(client.refreshTokenGrant(native, third.refresh_token), spent);
  });

  test('a made-up or altered one is refused and ends nothing', async () => {
    const { refresh_token: genuine } = await tokensOf(native);
    const altered = genuine.slice(0, -4) + (genuine.endsWith('AAAA') ? 'BBBB' : 'AAAA');
    for (const forged of [altered, 'nonsense', 'a.b.c', `${genuine}x`]) {
      await assert.rejects(client.refreshTokenGrant(native, forged), spent);
    }
    await client.refreshTokenGrant(native, genuine);
  });

  test('another client cannot use it', async () => {
    const { refresh_token: refresh } = await tokensOf(web);
    const other = await configure(scene.other);
    await assert.rejects(client.refreshTokenGrant(other, refresh), spent);
    await assert.rejects(client.refreshTokenGrant(native, refresh), spent);
    await client.refreshTokenGrant(web, refresh);
  });

  test('narrower is allowed and does not shrink the grant; wider is invalid_scope', async () => {
    const { refresh_token: refresh } = await tokensOf(web);
    const narrow = await client.refreshTokenGrant(web, refresh, { scope: READ });
    assert.ok(!narrow.scope.includes(WRITE), narrow.scope);
    const full = await client.refreshTokenGrant(web, narrow.refresh_token ?? refresh);
    assert.ok(full.scope.includes(WRITE), full.scope);
    const read = await tokensOf(web, { scope: `openid offline_access ${READ}` });
    await assert.rejects(client.refreshTokenGrant(web, read.refresh_token, { scope: WRITE }), { error: 'invalid_scope' });
  });

  test('without offline_access there is none', async () => {
    const tokens = await tokensOf(web, { scope: 'openid' });
    assert.equal(tokens.refresh_token, undefined);
  });

  test('a withdrawn grant ends at the next renewal', async () => {
    const { refresh_token: refresh } = await tokensOf(web);
    for (const scope of ['notes.read', 'notes.write']) {
      await demo.cli('grant', 'rm', scene.web.name, `notes:${scope}`, '--user', 'ben.fern');
    }
    const answer = await token(web, { grant_type: 'refresh_token', refresh_token: refresh }, { as: scene.web });
    const carried = answer.status === 200 ? (answer.json.scope ?? '') : '';
    assert.ok(!carried.includes('notes.'), `still granted: ${carried}`);
  });

  test('its characters are those of RFC 6749 A.17', async () => {
    assert.match((await tokensOf(native)).refresh_token, /^[\x20-\x7e]+$/);
  });
});
