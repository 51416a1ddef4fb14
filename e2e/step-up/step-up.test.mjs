// Step-up (RFC 9470) with an unmodified relying party, an unmodified code generator and a browser without scripts: the API
// asks for more, the application repeats its request with what the challenge says, the person proves it.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as client from 'openid-client';
import { generate } from 'otplib';
import { chromium } from 'playwright-core';
import { newPerson, openBrowser, signIn } from '../harness/browser.mjs';
import { listen } from '../harness/relying-party.mjs';

const ISSUER = new URL(`${demo.base_url}/meadow`);
const NOTES = demo.api('notes').url.replace(/\/$/, '');
const READ = 'api://notes/notes.read';
const MFA = 'urn:doorward:acr:mfa';
const ben = { ...demo.user('ben'), username: 'ben.fern' };

describe('step-up', () => {
  let rp, browser, app, config, atApi, authenticator;
  before(async () => {
    rp = await listen();
    app = await demo.register({ name: 'step-up', kind: 'web', redirects: [`${rp.base}/cb`] });
    const discover = () =>
      client.discovery(ISSUER, app.client_id, app.client_secret, client.ClientSecretBasic(app.client_secret));
    config = await discover();
    // The API of the demo speaks plain http on this machine.
    atApi = await discover();
    client.allowInsecureRequests(atApi);
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser?.close();
    await rp?.close();
  });

  const person = (options) => newPerson(browser, options);

  /** Goes through an authorization request; `step` says what the person does about second factors. */
  async function go(page, extra, step = {}) {
    const kept = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
    };
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: `${rp.base}/cb`,
      scope: `openid offline_access ${READ}`,
      code_challenge: await client.calculatePKCECodeChallenge(kept.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: kept.expectedState,
      nonce: kept.expectedNonce,
      ...extra,
    });
    // A page that navigates on by itself may be overtaken by the next one.
    await page.goto(address.href).catch((error) => assert.match(error.message, /interrupted/));
    const seen = [];
    for (;;) {
      const place = await stand(page);
      if (place === 'arrived') break;
      seen.push(place);
      assert.ok(seen.length < 12, `a circle: ${seen}`);
      await Promise.all([page.waitForEvent('framenavigated'), (step[place] ?? usual[place])(page)]);
    }
    assert.ok(rp.owns(page.url()), `${page.url()} after ${seen}`);
    return { seen, url: new URL(page.url()), kept };
  }

  const places = {
    signin: 'form#signin',
    consent: '#consent-allow',
    enrol: 'form#enrol',
    totp: 'form#enrol-totp',
    codes: '#codes-kept',
    factor: 'form#second-factor',
    ways: 'form#ways',
  };
  async function stand(page) {
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      if (rp.owns(page.url())) return 'arrived';
      await page.waitForLoadState();
      for (const [place, mark] of Object.entries(places)) {
        if (await page.locator(mark).count().catch(() => 0)) return place;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`an unknown page at ${page.url()}: ${(await page.locator('body').innerText()).slice(0, 400)}`);
  }

  const usual = {
    signin: (page) => signIn(page, ben),
    consent: (page) => page.locator('#consent-allow').click(),
    enrol: (page) => page.locator('#enrol-totp').click(),
    async totp(page) {
      const link = new URL(await page.locator('#totp-link').getAttribute('href'));
      const typed = (await page.locator('#totp-secret').innerText()).replaceAll(/\s/g, '');
      authenticator = { secret: link.searchParams.get('secret'), codes: [], counted: 0 };
      assert.equal(authenticator.secret, typed, 'picture, link and text are one secret');
      assert.equal(link.searchParams.get('issuer'), demo.tenant('meadow').title ?? link.searchParams.get('issuer'));
      await type(page, '#enrol-totp-submit', await code());
    },
    async codes(page) {
      authenticator.codes = await page.locator('#recovery-codes code').allInnerTexts();
      assert.equal(authenticator.codes.length, 10);
      const file = await page.locator('#download-codes').getAttribute('href');
      assert.ok(decodeURIComponent(file).includes(authenticator.codes[9]), 'the file has them');
      await page.locator('#codes-kept').click();
    },
    factor: async (page) => type(page, '#second-factor-submit', await code()),
  };
  /** A code that has not counted yet: of this half minute, or of the next one, which counts already. */
  async function code() {
    const present = () => Math.floor(Date.now() / 30_000);
    const step = Math.max(present(), authenticator.counted + 1);
    while (present() + 1 < step) await new Promise((resolve) => setTimeout(resolve, 500));
    authenticator.counted = step;
    return generate({ secret: authenticator.secret, epoch: step * 30 });
  }
  async function type(page, submit, code) {
    await page.locator('#code').fill(code);
    await page.locator(submit).click();
  }

  const redeem = ({ url, kept }, checks = {}) => client.authorizationCodeGrant(config, url, { ...kept, ...checks });
  const call = (tokens) =>
    client.fetchProtectedResource(atApi, tokens.access_token, new URL(`${NOTES}/export`), 'GET').catch((error) => error);

  let challenge;
  test('the API tells which sign-in it wants', async () => {
    const page = await person();
    const tokens = await redeem(await go(page));
    assert.equal(tokens.claims().acr, 'urn:doorward:acr:pwd');
    const refused = await call(tokens);
    assert.ok(refused instanceof client.WWWAuthenticateChallengeError, String(refused));
    assert.equal(refused.status, 401);
    [challenge] = refused.cause;
    assert.equal(challenge.parameters.error, 'insufficient_user_authentication');
    assert.equal(challenge.parameters.acr_values, MFA);
    assert.equal(challenge.parameters.max_age, '300');
    assert.equal(challenge.parameters.doorward_code, 'DW3260');
    await page.context().close();
  });

  test('the same request with what the challenge says gets through, without scripts', async () => {
    const page = await person({ javaScriptEnabled: false });
    const { acr_values, max_age } = challenge.parameters;
    const met = await go(page, { acr_values, max_age });
    for (const place of ['signin', 'enrol', 'totp', 'codes']) assert.ok(met.seen.includes(place), met.seen.join());
    const tokens = await redeem(met, { maxAge: Number(max_age) });
    assert.equal(tokens.claims().acr, MFA);
    assert.deepEqual(tokens.claims().amr, ['pwd', 'otp', 'mfa']);
    const answer = await call(tokens);
    assert.equal(answer.status, 200, String(answer));
    assert.equal((await answer.json()).acr, MFA);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal((await call(refreshed)).status, 200, 'a refresh keeps the sign-in');
    const seen = await client.tokenIntrospection(config, refreshed.access_token);
    assert.deepEqual([seen.active, seen.acr, seen.auth_time], [true, MFA, tokens.claims().auth_time]);
    const silent = await go(page, { acr_values, prompt: 'none' });
    assert.ok(silent.url.searchParams.get('code'), silent.url.href);
    await page.context().close();
  });

  test('whoever has a factor is asked for it in another browser', async () => {
    const page = await person({ javaScriptEnabled: false });
    let wrong = true;
    const met = await go(page, {}, {
      async factor(page) {
        if (wrong) {
          wrong = false;
          return type(page, '#second-factor-submit', '000000');
        }
        assert.match(await page.locator('#problems').innerText(), /not right/);
        return usual.factor(page);
      },
    });
    assert.deepEqual(met.seen.filter((place) => place === 'factor'), ['factor', 'factor']);
    assert.equal((await redeem(met)).claims().acr, MFA);
    await page.context().close();
  });

  test('a recovery code stands in once', async () => {
    const attempt = async (page, code) => {
      let chosen = false;
      return go(page, {}, {
        async factor(page) {
          if (!chosen) {
            chosen = true;
            return page.locator('#other-way').click();
          }
          const problems = page.locator('#problems');
          if (await problems.count()) throw new Error(await problems.innerText());
          return type(page, '#second-factor-submit', code);
        },
        ways: (page) => page.locator('form#ways button', { hasText: /wrote down/i }).click(),
      });
    };
    const page = await person();
    assert.equal((await redeem(await attempt(page, authenticator.codes[0].toUpperCase()))).claims().acr, MFA);
    await page.context().close();
    const other = await person();
    await assert.rejects(attempt(other, authenticator.codes[0]), /used before/);
    await other.context().close();
  });

  test('the operator sees the factors, and takes them away when all is lost', async () => {
    const page = await person();
    await redeem(await go(page));
    const listed = await demo.cli('user', 'factor', 'list', 'ben.fern', '--tenant', 'meadow');
    assert.deepEqual(listed.factors.map(({ kind }) => kind), ['totp', 'recovery_code']);
    assert.equal(listed.factors[1].left, 9);
    const reset = await demo.cli('user', 'factor', 'reset', 'ben.fern', '--tenant', 'meadow');
    assert.deepEqual(reset.factors, []);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const silent = await go(page, { prompt: 'none' });
    assert.equal(silent.url.searchParams.get('error'), 'login_required', 'every session ended');
    await page.context().close();
  });

  test('who wants no second factor is told apart from an answer', async () => {
    const page = await person();
    const met = await go(page, { acr_values: MFA }, { enrol: (page) => page.locator('#enrol-decline').click() });
    assert.equal(met.url.searchParams.get('error'), 'unmet_authentication_requirements');
    await page.context().close();
  });

  test('an application can require it of everybody', async () => {
    await demo.cli('app', 'update', app.name, '--tenant', 'meadow', '--mfa', 'required');
    const page = await person();
    let declines;
    const met = await go(page, {}, {
      async enrol(page) {
        declines = await page.locator('#enrol-decline').count();
        return usual.enrol(page);
      },
    });
    assert.equal(declines, 0);
    assert.equal((await redeem(met)).claims().acr, MFA);
    await demo.cli('app', 'update', app.name, '--tenant', 'meadow', '--mfa', 'on-request');
    await page.context().close();
  });

  test('metadata names the strengths', () => {
    assert.deepEqual(config.serverMetadata().acr_values_supported, ['urn:doorward:acr:pwd', MFA]);
  });
});
