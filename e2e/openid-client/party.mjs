// A strict relying party on the plain OpenID Connect authority: the library checks what it is given.

import * as client from 'openid-client';
import { chromium } from 'playwright-core';
import { demo } from '../harness/demo.mjs';
import { drive, newPerson, openBrowser } from '../harness/browser.mjs';
import { exchange } from '../harness/exchange.mjs';
import { listen } from '../harness/relying-party.mjs';

export { client };

/** The issuer of the plain OpenID Connect authority: `https://localhost:PORT/meadow`. */
export const ISSUER = new URL(`${demo.base_url}/meadow`);
export const READ = 'api://notes/notes.read';
export const WRITE = 'api://notes/notes.write';
export const ben = { ...demo.user('ben'), username: 'ben.fern' };
export const ada = demo.user('ada');

/** How each registered client proves itself at the token endpoint. */
export const AUTHENTICATION = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  none: client.None,
};

/** Browser, callback and three registered clients; `close` ends what was opened. */
export async function stage() {
  const rp = await listen();
  const redirect = `${rp.base}/cb`;
  const [web, other, native] = await Promise.all([
    demo.register({ name: 'rp-web', kind: 'web', redirects: [redirect, `${rp.base}/`] }),
    demo.register({ name: 'rp-other', kind: 'web', redirects: [redirect] }),
    demo.register({ name: 'rp-native', kind: 'native', redirects: [redirect] }),
  ]);
  const browser = await openBrowser(chromium);
  return {
    rp,
    redirect,
    web,
    other,
    native,
    browser,
    person: (options) => newPerson(browser, options),
    async close() {
      await browser.close();
      await rp.close();
    },
  };
}

/** Reads the metadata and sets the library up for one registered client. */
export function configure(registration, method = registration.client_secret ? 'client_secret_basic' : 'none', options) {
  const authentication = AUTHENTICATION[method](registration.client_secret);
  return client.discovery(ISSUER, registration.client_id, registration.client_secret, authentication, options);
}

/** The parameters of an authorization request with fresh state, nonce and PKCE, and what must be kept for later. */
export async function prepare(redirect, extra = {}) {
  const kept = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const parameters = {
    redirect_uri: redirect,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(kept.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: kept.expectedState,
    nonce: kept.expectedNonce,
    ...extra,
  };
  return { parameters, kept };
}

/** Sends a person through an authorization request; `url` is where the browser ended. */
export async function visit(config, page, rp, parameters, options = {}) {
  const address = client.buildAuthorizationUrl(config, parameters).href;
  const met = await drive(page, address, { until: rp.owns, as: ben, ...options });
  return { ...met, url: new URL(met.url), arrived: met.seen.at(-1) === 'arrived' };
}

/** A whole sign-in by authorization code, as the library checks it. */
export async function signIn(config, page, { rp, redirect, extra, maxAge, ...options }) {
  const { parameters, kept } = await prepare(redirect, extra);
  const met = await visit(config, page, rp, parameters, options);
  if (!met.arrived) throw new Error(`stopped at ${met.seen}: ${met.text.slice(0, 600)}`);
  const checks = maxAge === undefined ? kept : { ...kept, maxAge };
  const tokens = await client.authorizationCodeGrant(config, met.url, checks);
  return { tokens, seen: met.seen, code: met.url.searchParams.get('code'), url: met.url, kept, redirect };
}

/** The error that a refused authorization request brought back. */
export async function refusal(config, page, rp, parameters, options) {
  const { url, arrived, seen, text } = await visit(config, page, rp, parameters, options);
  if (!arrived) throw new Error(`stopped at ${seen}: ${text.slice(0, 600)}`);
  return Object.fromEntries(url.searchParams);
}

/** A raw request to the token endpoint; `as` adds the client's credentials to the form. */
export function token(config, form, { as, headers } = {}) {
  const pairs = as ? { client_id: as.client_id, ...(as.client_secret && { client_secret: as.client_secret }) } : {};
  const entries = [...Object.entries(pairs), ...(Array.isArray(form) ? form : Object.entries(form))];
  return exchange(config.serverMetadata().token_endpoint, { form: entries, headers });
}
