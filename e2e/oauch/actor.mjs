// What an attacker and an honest client both do: ask for codes and tokens of the demo, byte by byte.

import { createHash, randomBytes } from 'node:crypto';
import { demo } from '../harness/demo.mjs';
import { exchange } from '../harness/exchange.mjs';
import { Browser } from './browser.mjs';

export { Browser };

export const BASE = demo.base_url;
export const ISSUER = `${BASE}/meadow`;
export const READ = 'api://notes/notes.read';
export const WRITE = 'api://notes/notes.write';
export const ben = { ...demo.user('ben'), username: 'ben.fern' };
export const ada = demo.user('ada');
/** Nothing listens there: the browser stops before it. */
export const REDIRECT = 'http://localhost:9/cb';

let document;

/** The metadata of the plain authority. */
export async function metadata() {
  document ??= exchange(`${ISSUER}/.well-known/openid-configuration`).then((answer) => answer.json);
  return document;
}

export const web = (extra = {}) => demo.register({ name: 'oauch-web', kind: 'web', redirects: [REDIRECT], ...extra });
export const native = () => demo.register({ name: 'oauch-native', kind: 'native', redirects: [REDIRECT] });

export const newVerifier = () => randomBytes(32).toString('base64url');
export const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url');

/** An authorization request with everything in it, as pairs that can be changed. */
export function request(app, { verifier = newVerifier(), ...changes } = {}) {
  const params = {
    client_id: app.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: `openid offline_access ${READ}`,
    state: randomBytes(8).toString('hex'),
    nonce: randomBytes(8).toString('hex'),
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changes,
  };
  const pairs = Object.entries(params).filter(([, value]) => value !== undefined);
  return { verifier, params, query: new URLSearchParams(pairs) };
}

export async function authorizeUrl(query) {
  return `${(await metadata()).authorization_endpoint}?${query}`;
}

/** Goes to the consent page, signed in as `person`. */
export async function toConsent(browser, asked, person = ben) {
  let landed = await browser.visit(await authorizeUrl(asked.query));
  if (landed.page?.has('signin')) landed = await signIn(browser, landed.page, person);
  return landed;
}

export const signIn = (browser, page, { username, password }) => browser.submit(page, 'signin', { username, password });

/** Sends a person through; they allow what is asked for. */
export async function authorize(browser, asked, person = ben) {
  let landed = await toConsent(browser, asked, person);
  if (landed.page?.has('consent')) landed = await browser.submit(landed.page, 'consent', { decision: 'allow' });
  if (landed.page) throw new Error(`stopped at ${landed.page.path}: ${landed.page.words}`);
  return landed.params;
}

/** A code that nobody has redeemed, and the form that would. */
export async function codeFor(app, browser = new Browser(), changes = {}) {
  const asked = request(app, changes);
  const params = await authorize(browser, asked);
  return {
    grant_type: 'authorization_code',
    code: params.get('code'),
    redirect_uri: REDIRECT,
    code_verifier: asked.verifier,
  };
}

const credentials = (app) => (app ? { client_id: app.client_id, ...(app.client_secret && { client_secret: app.client_secret }) } : {});

/** A form to the token endpoint; `as` adds the client's credentials. */
export async function token(form, as, options = {}) {
  return post((await metadata()).token_endpoint, form, as, options);
}

export async function post(endpoint, form, as, { headers } = {}) {
  const entries = Array.isArray(form) ? form : Object.entries(form);
  return exchange(endpoint, { form: [...Object.entries(credentials(as)), ...entries], headers });
}

/** Tokens for Ben. */
export async function tokensOf(app, browser, changes) {
  const answer = await token(await codeFor(app, browser, changes), app);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json;
}

export const refresh = (refresh_token, as, extra = {}) => token({ grant_type: 'refresh_token', refresh_token, ...extra }, as);

export async function userinfo(access_token) {
  return exchange((await metadata()).userinfo_endpoint, { headers: { authorization: `Bearer ${access_token}` } });
}

export async function introspect(text, as, extra = {}) {
  return post((await metadata()).introspection_endpoint, { token: text, ...extra }, as);
}

export async function revoke(text, as, extra = {}) {
  return post((await metadata()).revocation_endpoint, { token: text, ...extra }, as);
}

/** The same thing so many times at the same moment. */
export const atOnce = (times, act) => Promise.all(Array.from({ length: times }, (_, index) => act(index)));

/** Bits of randomness that a text in base64url can hold at most. */
export const bitsOf = (text) => text.length * 6;
