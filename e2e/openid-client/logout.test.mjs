// RP-initiated logout: who is asked, who is returned, and that it is over afterwards.

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { drive, open } from '../harness/browser.mjs';
import { client, configure, prepare, refusal, signIn, stage } from './party.mjs';

describe('logout', () => {
  let scene, config;
  before(async () => {
    scene = await stage();
    config = await configure(scene.web);
  });
  after(() => scene?.close());

  const signedIn = async (act) => {
    const page = await scene.person();
    try {
      const { tokens } = await signIn(config, page, scene);
      await act(page, tokens);
    } finally {
      await page.context().close();
    }
  };
  const isOver = async (page) => {
    const { parameters } = await prepare(scene.redirect, { prompt: 'none' });
    const told = await refusal(config, page, scene.rp, parameters);
    return told.error === 'login_required';
  };
  const leave = (page, parameters) =>
    drive(page, client.buildEndSessionUrl(config, parameters).href, { until: scene.rp.owns });

  test('with the ID token: back to the app with its state, and the session is over', () =>
    signedIn(async (page, tokens) => {
      const { url, seen } = await leave(page, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: `${scene.rp.base}/`,
        state: 'good bye & +',
      });
      assert.equal(seen.at(-1), 'arrived');
      assert.equal(new URL(url).searchParams.get('state'), 'good bye & +');
      assert.ok(await isOver(page));
    }));

  test('without a state there is none in the return', () =>
    signedIn(async (page, tokens) => {
      const { url } = await leave(page, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${scene.rp.base}/` });
      assert.equal(new URL(url).search, '');
    }));

  test('without a hint the person is asked first', () =>
    signedIn(async (page) => {
      const address = new URL(config.serverMetadata().end_session_endpoint);
      await open(page, address.href);
      assert.equal(await page.locator('#signout-confirm').count(), 1);
      assert.equal(await isOver(page), false);
      await open(page, address.href);
      await Promise.all([page.waitForEvent('framenavigated'), page.locator('#signout-confirm').click()]);
      assert.ok(await isOver(page));
    }));

  for (const [what, uri] of [
    ['an unregistered address', 'https://evil.example/'],
    ['a registered one with a query added', (base) => `${base}/?foo=bar`],
    ['a script', 'javascript:alert(1)'],
  ]) {
    test(`never returns to ${what}`, () =>
      signedIn(async (page, tokens) => {
        const target = typeof uri === 'function' ? uri(scene.rp.base) : uri;
        const { url } = await drive(
          page,
          client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: target }).href,
          { until: (address) => !address.startsWith('about:') },
        );
        assert.equal(new URL(url).origin, new URL(config.serverMetadata().issuer).origin);
      }));
  }

  test('an altered hint does not return without asking', () =>
    signedIn(async (page, tokens) => {
      const [, payload] = tokens.id_token.split('.');
      const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
      for (const hint of ['garbage', `${none}.${payload}.`]) {
        const address = new URL(config.serverMetadata().end_session_endpoint);
        address.searchParams.set('id_token_hint', hint);
        address.searchParams.set('post_logout_redirect_uri', `${scene.rp.base}/`);
        await open(page, address.href);
        assert.equal(scene.rp.owns(page.url()), false);
      }
      assert.equal(await isOver(page), false);
    }));

  test('a return address without an app to belong to is not followed', () =>
    signedIn(async (page) => {
      const before = scene.rp.hits.length;
      const address = new URL(config.serverMetadata().end_session_endpoint);
      address.searchParams.set('state', 'only state');
      await open(page, address.href);
      assert.equal(scene.rp.hits.length, before);
    }));

  test('POST is accepted as GET is', () =>
    signedIn(async (page, tokens) => {
      const action = config.serverMetadata().end_session_endpoint;
      const { client_id: clientId } = scene.web;
      await page.setContent(`<form method="post" action="${action}">
        <input name="id_token_hint" value="${tokens.id_token}"><input name="client_id" value="${clientId}">
        <input name="post_logout_redirect_uri" value="${scene.rp.base}/"><input name="state" value="posted"><button>go</button></form>`);
      await page.locator('button').click();
      const { url, seen } = await drive(page, undefined, { until: scene.rp.owns });
      assert.equal(seen.at(-1), 'arrived');
      assert.equal(new URL(url).searchParams.get('state'), 'posted');
    }));

  test('signed out twice is no error', () =>
    signedIn(async (page, tokens) => {
      const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${scene.rp.base}/` };
      await leave(page, parameters);
      const { seen } = await leave(page, parameters);
      assert.equal(seen.at(-1), 'arrived');
    }));
});
