// Requests that arrive at the same moment (OAuch: concurrency), at the token endpoint and at the pages.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  BASE, Browser, READ, REDIRECT, WRITE, atOnce, authorize, authorizeUrl, ben, codeFor, native, refresh, request, signIn, toConsent,
  token, tokensOf, userinfo, web,
} from './actor.mjs';

const MANY = 16;

describe('races', () => {
  let app, phone;
  before(async () => {
    [app, phone] = await Promise.all([web(), native()]);
  });

  const split = (answers) => [answers.filter(({ status }) => status === 200), answers.filter(({ status }) => status !== 200)];
  const areRefused = (answers) => {
    for (const answer of answers) assert.deepEqual([answer.status, answer.json.error], [400, 'invalid_grant'], answer.text);
  };

  describe('redeeming one code', () => {
    test('many honest retries: exactly one gets tokens, and they live on', async () => {
      for (const client of [app, phone]) {
        const form = await codeFor(client);
        const [good, bad] = split(await atOnce(MANY, () => token(form, client)));
        assert.equal(good.length, 1);
        areRefused(bad);
        const { access_token, refresh_token } = good[0].json;
        assert.equal((await userinfo(access_token)).status, 401, 'it is for an API');
        assert.equal((await refresh(refresh_token, client)).status, 200, 'a retry with the verifier within seconds revokes nothing');
      }
    });

    test('a thief without the verifier among them: at most one gets tokens, and afterwards nobody has any', async () => {
      const { code_verifier, ...stolen } = await codeFor(phone, new Browser(), { scope: 'openid offline_access' });
      const answers = await atOnce(MANY, (index) => token(index % 2 ? stolen : { ...stolen, code_verifier }, phone));
      const [good, bad] = split(answers);
      assert.ok(good.length <= 1, `${good.length} redemptions`);
      areRefused(bad);
      await token(stolen, phone);
      for (const { json } of good) {
        areRefused([await refresh(json.refresh_token, phone)]);
        assert.equal((await userinfo(json.access_token)).status, 401);
      }
    });

    test('clients that guess each other\'s codes get nothing and burn nothing', async () => {
      const form = await codeFor(app);
      const strangers = await Promise.all([web(), web()]);
      areRefused(await atOnce(MANY, (index) => token(form, strangers[index % 2])));
      assert.equal((await token(form, app)).status, 200);
    });
  });

  describe('refreshing with one token', () => {
    test('a public client: everybody gets the same successor, never two', async () => {
      let { refresh_token } = await tokensOf(phone);
      for (let round = 0; round < 4; round += 1) {
        const answers = await atOnce(MANY, () => refresh(refresh_token, phone));
        for (const answer of answers) assert.equal(answer.status, 200, answer.text);
        const successors = new Set(answers.map(({ json }) => json.refresh_token));
        assert.equal(successors.size, 1);
        assert.equal(new Set(answers.map(({ json }) => json.access_token)).size, MANY);
        [refresh_token] = successors;
      }
    });

    test('a confidential client keeps its one token', async () => {
      const { refresh_token } = await tokensOf(app);
      const answers = await atOnce(MANY, () => refresh(refresh_token, app));
      for (const answer of answers) assert.equal(answer.json.refresh_token, refresh_token);
    });

    test('a copy that races the owner\'s next step: the family ends, or only one line of it goes on', async () => {
      for (let round = 0; round < 4; round += 1) {
        const first = await tokensOf(phone);
        const second = (await refresh(first.refresh_token, phone)).json;
        const answers = await atOnce(MANY, (index) => refresh(index % 2 ? first.refresh_token : second.refresh_token, phone));
        const live = new Set(split(answers)[0].map(({ json }) => json.refresh_token));
        const usable = [];
        for (const token of live) if ((await refresh(token, phone)).status === 200) usable.push(token);
        assert.ok(usable.length <= 1, `${usable.length} live successors`);
      }
    });

    test('a refresh that races a revocation by replay ends revoked', async () => {
      const first = await tokensOf(phone);
      const second = (await refresh(first.refresh_token, phone)).json;
      const third = (await refresh(second.refresh_token, phone)).json;
      await Promise.all([...Array(8)].flatMap(() => [refresh(third.refresh_token, phone), refresh(first.refresh_token, phone)]));
      areRefused([await refresh(third.refresh_token, phone)]);
    });
  });

  describe('consent', () => {
    const allow = { decision: 'allow' };

    test('one form sent by many at once gives one code', async () => {
      const client = await web();
      const browser = new Browser();
      const asked = request(client);
      const { page } = await toConsent(browser, asked);
      const landed = await atOnce(8, () => browser.copy().submit(page, 'consent', allow));
      const codes = landed.filter(({ params }) => params?.get('code')).map(({ params }) => params.get('code'));
      assert.equal(new Set(codes).size, 1, `${codes.length} answers with a code`);
      for (const { page: other, answer } of landed.filter(({ page: other }) => other)) {
        assert.ok(other.status >= 400 && other.status < 500, `${other.status} ${other.words}`);
        assert.equal(answer.headers.location, undefined);
      }
    });

    test('the form sent twice, one after the other, gives no second code and leaves the first as it was', async () => {
      const client = await web();
      const browser = new Browser();
      const asked = request(client);
      const { page } = await toConsent(browser, asked);
      const window = browser.copy();
      const first = await browser.submit(page, 'consent', allow);
      const second = await window.submit(page, 'consent', allow);
      assert.ok(first.params.get('code'));
      assert.equal(second.params?.get('code') ?? null, null, 'one yes, one code');
      const form = {
        grant_type: 'authorization_code', code: first.params.get('code'), redirect_uri: REDIRECT, code_verifier: asked.verifier,
      };
      assert.equal((await token(form, client)).status, 200);
    });

    test('yes and no at the same moment: whatever wins is the whole answer', async () => {
      const client = await web();
      const browser = new Browser();
      const { page } = await toConsent(browser, request(client));
      const landed = await atOnce(8, (index) =>
        browser.copy().submit(page, 'consent', { decision: index % 2 ? 'allow' : 'deny' }));
      const codes = new Set(landed.map(({ params }) => params?.get('code')).filter(Boolean));
      assert.ok(codes.size <= 1, `${codes.size} codes`);
    });

    test('two pages of one person that allow different things at once lose neither', async () => {
      const client = await web();
      const browser = new Browser();
      const windows = [];
      for (const scope of [READ, WRITE]) {
        const window = browser.copy();
        const { page } = await toConsent(window, request(client, { scope: `openid ${scope}` }));
        assert.ok(page.has('consent'), page.words);
        windows.push({ window, page });
      }
      const landed = await Promise.all(windows.map(({ window, page }) => window.submit(page, 'consent', allow)));
      for (const { params, page } of landed) assert.ok(params?.get('code'), page?.words);
      const silent = await authorize(new Browser(), request(client, { scope: `openid ${READ} ${WRITE}` }));
      assert.ok(silent.get('code'));
      const grants = await demo.cli('grant', 'list', '--tenant', 'meadow', '--app', client.name);
      const text = JSON.stringify(grants);
      assert.ok(text.includes('notes.read') && text.includes('notes.write'), text);
    });
  });

  describe('signing up', () => {
    const flow = demo.tenant('meadow').flows.find(({ name }) => /susi/i.test(name));

    async function signUpPage(client) {
      const browser = new Browser();
      const { query } = request(client, { scope: 'openid', nonce: 'n' });
      const landed = await browser.visit(`${flow.authority.replace(/\/$/, '')}/oauth2/v2.0/authorize?${query}`);
      return { browser, ...(await browser.visit(landed.page.link('create-account'))) };
    }

    async function usersNamed(start) {
      const users = await demo.cli('user', 'list', '--tenant', 'meadow', '--search', start);
      return Array.isArray(users) ? users : (users.items ?? []);
    }

    test('one name in many spellings at once makes one account', async () => {
      const stem = `Mara${process.pid}x`;
      const wide = [...stem].map((c) => (/[!-~]/.test(c) ? String.fromCodePoint(c.codePointAt(0) + 0xfee0) : c)).join('');
      const spellings = [
        stem, stem.toLowerCase(), stem.toUpperCase(), ` ${stem}`, `${stem} `, `${stem}\u3000`, wide, wide.toLowerCase(),
        stem.replace('M', '\u{1d40c}'), stem.replace('a', '\u{1d5ba}'), stem.replace('x', '\u24e7'), `\t${stem.toLowerCase()}`,
      ];
      const pages = await Promise.all(spellings.map(() => signUpPage(app)));
      const landed = await Promise.all(
        pages.map(({ browser, page }, index) =>
          browser.submit(page, 'signup', { username: spellings[index], display_name: 'Mara', password: 'four quiet words here' })),
      );
      const made = landed.filter(({ params }) => params?.get('code'));
      assert.equal(made.length, 1, landed.map(({ page }) => page?.words.slice(0, 200)).join('\n'));
      const again = await signUpPage(app);
      const late = await again.browser.submit(again.page, 'signup', { username: wide, display_name: 'Mara', password: 'four quiet words here' });
      assert.ok(late.page, 'and nobody gets it later');
    });

    test('the account answers to every spelling', async () => {
      const name = `Otto${process.pid}x`;
      const { browser, page } = await signUpPage(app);
      const made = await browser.submit(page, 'signup', { username: name, display_name: 'Otto', password: 'four quiet words here' });
      assert.ok(made.params?.get('code'), made.page?.words);
      const wide = [...name].map((c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0)).join('');
      for (const spelling of [name.toUpperCase(), ` ${name} `, wide]) {
        const params = await authorize(new Browser(), request(app), { username: spelling, password: 'four quiet words here' });
        assert.ok(params.get('code'), spelling);
      }
      assert.equal((await usersNamed(name.toLowerCase())).length, 1);
    });

    test('one form sent twice at once makes one account', async () => {
      const { browser, page } = await signUpPage(app);
      const typed = { username: `twice${process.pid}`, display_name: 'Twice', password: 'four quiet words here' };
      const landed = await atOnce(6, () => browser.copy().submit(page, 'signup', typed));
      assert.equal(landed.filter(({ params }) => params?.get('code')).length, 1);
      assert.equal((await usersNamed(typed.username)).length, 1);
    });
  });

  describe('guessing a password', () => {
    const LIMIT = 10;

    async function victim() {
      victim.number = (victim.number ?? 0) + 1;
      const username = `victim${process.pid}n${victim.number}`;
      const made = await demo.cli('user', 'add', username, '--tenant', 'meadow', '--generate-password');
      return { username, password: made.password };
    }

    async function guess(username, password) {
      const browser = new Browser();
      const { page } = await browser.visit(await authorizeUrl(request(app).query));
      return signIn(browser, page, { username, password });
    }

    test('many at once: never more are verified than the budget has', async () => {
      const { username, password } = await victim();
      const landed = await atOnce(40, (index) => guess(username, `wrong ${index}`));
      const looked = landed.filter(({ page }) => page?.status === 200).length;
      assert.ok(looked <= LIMIT, `${looked} guesses were looked at`);
      for (const { page } of landed) assert.ok([200, 429].includes(page?.status), page?.words);
      const right = await guess(username, password);
      assert.equal(right.page?.status, 429, 'the right one comes too late');
    });

    test('the right one among many wrong ones is no way around the budget', async () => {
      const { username, password } = await victim();
      const landed = await atOnce(40, (index) => guess(username, index === 39 ? password : `wrong ${index}`));
      const wrong = landed.filter(({ page }) => page?.status === 200 && page.has('signin')).length;
      // A right one begins the count anew: at most one budget before it and one after.
      const isIn = landed.some(({ page, params }) => params || page?.has('consent'));
      assert.ok(wrong <= (isIn ? 2 * LIMIT : LIMIT), `${wrong} wrong guesses were looked at`);
    });

    test('spellings of one name share one budget', async () => {
      const { username } = await victim();
      const wide = [...username].map((c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0)).join('');
      const spellings = [username, username.toUpperCase(), ` ${username}`, wide];
      const landed = await atOnce(40, (index) => guess(spellings[index % spellings.length], `wrong ${index}`));
      const looked = landed.filter(({ page }) => page?.status === 200).length;
      assert.ok(looked <= LIMIT, `${looked} guesses were looked at`);
    });
  });

  test('the demo still answers', async () => {
    assert.ok(BASE && (await authorize(new Browser(), request(app), ben)).get('code'));
  });
});
