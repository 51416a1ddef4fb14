// The pages a person can meet, and the shortest way to each.

import { demo } from '../harness/demo.mjs';
import { drive, open } from '../harness/browser.mjs';

export const ben = { ...demo.user('ben'), username: 'ben.fern' };

const nowhere = () => false;

/** The address of an authorization request of a registered app. */
export function request(app, redirect, extra = {}, authority = demo.tenant('meadow').authorities[0]) {
  const query = new URLSearchParams({
    client_id: app.client_id,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid profile api://notes/notes.read api://notes/notes.write',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'kept',
    ...extra,
  });
  return `${authority}/oauth2/v2.0/authorize?${query}`;
}

/** The same with a wish for a second factor, which the person does not have. */
const stronger = (app, redirect) => request(app, redirect, { acr_values: 'urn:doorward:acr:mfa' });

/** Each page by name: how to stand on it, and what must be there. */
export function stops(app, redirect) {
  const meadow = demo.tenant('meadow');
  const flow = meadow.flows.find(({ name }) => /susi/i.test(name));
  return {
    'sign-in': {
      mark: 'form#signin',
      go: (page) => open(page, request(app, redirect)),
    },
    'sign-in after a mistake': {
      mark: '#problems',
      go: (page) => drive(page, request(app, redirect), { until: nowhere, as: { username: 'ben.fern', password: 'wrong-1' } }),
    },
    'sign-up': {
      mark: 'form#signup',
      async go(page) {
        await open(page, request(app, redirect, {}, flow.authority));
        await page.locator('#create-account').click();
        await page.waitForSelector('form#signup');
      },
    },
    consent: {
      mark: 'form#consent',
      go: (page) => drive(page, request(app, redirect), { until: nowhere, as: ben, consent: null }),
    },
    'a second factor is offered': {
      mark: 'form#enrol',
      go: (page) => drive(page, stronger(app, redirect), { until: nowhere, as: ben }),
    },
    'an authenticator app': {
      mark: 'form#enrol-totp',
      async go(page) {
        await drive(page, stronger(app, redirect), { until: nowhere, as: ben });
        await page.locator('#enrol-totp').click();
        await page.waitForSelector('form#enrol-totp');
      },
    },
    picker: {
      mark: 'form#picker',
      async go(page) {
        await stops(app, redirect).consent.go(page);
        await open(page, request(app, redirect, { prompt: 'select_account' }));
      },
    },
    error: {
      mark: '#error-code',
      go: (page) => open(page, request(app, `${redirect}/`)),
    },
    'sign-out': {
      mark: '#signout-confirm',
      async go(page) {
        await stops(app, redirect).consent.go(page);
        await open(page, `${demo.base_url}/meadow/oauth2/logout`);
      },
    },
    'signed out': {
      mark: 'main h1',
      async go(page) {
        await stops(app, redirect)['sign-out'].go(page);
        await Promise.all([page.waitForEvent('framenavigated'), page.locator('#signout-confirm').click()]);
      },
    },
    'the live log': {
      mark: '#live .requests',
      async go(page) {
        await stops(app, redirect).error.go(page);
        await open(page, `${demo.base_url}/_live`);
      },
    },
    'a decision trace': {
      mark: '#checks',
      async go(page) {
        await stops(app, redirect).error.go(page);
        await page.locator('#error-log').click();
        await page.waitForSelector('#checks');
      },
    },
    'the log for nobody': {
      mark: '#command',
      go: (page) => open(page, `${demo.base_url}/portal/log`),
    },
    'an explained code': {
      mark: 'article.doc h1',
      go: (page) => open(page, `${demo.base_url}/docs/errors/DW1101`),
    },
  };
}
