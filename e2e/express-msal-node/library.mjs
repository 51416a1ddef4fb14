// MSAL used directly, as a program would, and what it put on the wire, watched without touching the library.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { demo } from '../harness/demo.mjs';
import { drive } from '../harness/browser.mjs';

/** An application object on the demo's trust: the host of the authority is all that must be known. */
export function application(msal, { authority, clientId, clientSecret, ...auth }) {
  return new msal.ConfidentialClientApplication({
    auth: { authority, clientId, clientSecret, knownAuthorities: [new URL(demo.base_url).host], ...auth },
  });
}

/** Signs a person in through the browser and returns `finish`, which redeems the code at a given application. */
export async function authorize(msal, app, { page, rp, as, scopes, consent }) {
  const { verifier, challenge } = await new msal.CryptoProvider().generatePkceCodes();
  const state = `state-${verifier.slice(0, 8)}`;
  const request = { scopes, redirectUri: `${rp.base}/cb`, state };
  const address = await app.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  const { seen, url, text } = await drive(page, address, { until: rp.owns, as, consent });
  if (seen.at(-1) !== 'arrived') throw new Error(`stopped at ${seen}: ${text.slice(0, 600)}`);
  const answer = Object.fromEntries(new URL(url).searchParams);
  const finish = (redeemer = app) =>
    redeemer.acquireTokenByCode({ ...request, code: answer.code, codeVerifier: verifier }, { code: answer.code, state: answer.state });
  return { address, answer, seen, finish };
}

/**
 * Runs `act` and returns the requests that Node made meanwhile, as `METHOD /path`. The newest MSAL sends with
 * fetch, the first major with `node:https`: both announce each request on a diagnostics channel.
 */
export async function requestsOf(act) {
  const seen = [];
  const byFetch = ({ request }) => seen.push(`${request.method} ${request.path}`);
  const byHttp = ({ request }) => seen.push(`${request.method} ${request.path}`);
  subscribe('undici:request:create', byFetch);
  subscribe('http.client.request.start', byHttp);
  try {
    const result = await act();
    return { result, requests: seen.map((line) => line.split('?')[0]) };
  } finally {
    unsubscribe('undici:request:create', byFetch);
    unsubscribe('http.client.request.start', byHttp);
  }
}
