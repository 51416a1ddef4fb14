// Every endpoint of the demo that answers requests from outside, and what kind of answer it owes.

import { demo } from '../harness/demo.mjs';

const notes = demo.api('notes').url.replace(/\/$/, '');
const SUSI = 'b2c_1_susi';

/** `json`: a protocol endpoint, JSON on every error. `page`: a person may be there, HTML. */
export const ENDPOINTS = [
  ...['/meadow/oauth2', '/meadow/oauth2/v2.0', `/meadow/${SUSI}/oauth2/v2.0`, `/tfp/meadow/${SUSI}/oauth2/v2.0`].flatMap((at) => [
    { url: `${at}/token`, owes: 'json', methods: ['POST'] },
    { url: `${at}/authorize`, owes: 'page', methods: ['GET', 'POST'] },
    { url: `${at}/logout`, owes: 'page', methods: ['GET', 'POST'] },
  ]),
  ...['userinfo', 'introspect', 'revoke', 'jwks'].map((name) => ({
    url: `/meadow/oauth2/${name}`,
    owes: 'json',
    methods: { userinfo: ['GET', 'POST'], jwks: ['GET'] }[name] ?? ['POST'],
  })),
  { url: '/meadow/discovery/v2.0/keys', owes: 'json', methods: ['GET'] },
  { url: '/meadow/.well-known/openid-configuration', owes: 'json', methods: ['GET'] },
  { url: '/meadow/v2.0/.well-known/openid-configuration', owes: 'json', methods: ['GET'] },
  { url: `/meadow/${SUSI}/v2.0/.well-known/openid-configuration`, owes: 'json', methods: ['GET'] },
  { url: '/.well-known/oauth-authorization-server/meadow', owes: 'json', methods: ['GET'] },
  { url: '/common/discovery/instance', owes: 'json', methods: ['GET'] },
  { url: '/docs/errors/DW1101', owes: 'page', methods: ['GET'] },
  ...['sign-in', 'sign-up', 'consent', 'choose-account', 'sign-out', 'cancel'].map((page) => ({
    url: `/flow/${page}`,
    owes: 'page',
    methods: ['GET', 'POST'],
  })),
  { url: '/healthz', owes: 'any', methods: ['GET'] },
  { url: '/readyz', owes: 'any', methods: ['GET'] },
  { url: '/', owes: 'any', methods: ['GET'] },
  { url: '/feed/meadow/apis/notes', owes: 'json', methods: ['GET'] },
  { url: '/admin/v1/tenants', owes: 'json', methods: ['GET', 'POST'] },
  { url: '/admin/v1/tenants/meadow/users', owes: 'json', methods: ['GET', 'POST'] },
].map((endpoint) => ({ ...endpoint, url: demo.base_url + endpoint.url }))
  .concat([
    { url: `${notes}/notes`, owes: 'json', methods: ['GET', 'POST'] },
    { url: `${notes}/notes/1`, owes: 'json', methods: ['DELETE'] },
    { url: `${notes}/health`, owes: 'any', methods: ['GET'] },
  ]);

/** Why an answer is not acceptable, or nothing. */
export function complaint({ status, headers, text }, { owes }, method = 'GET') {
  if (!status) return 'no status';
  if (status >= 500) return `status ${status}: ${text.slice(0, 200)}`;
  if (status < 400 || method === 'HEAD') return undefined;
  if (!text) return `status ${status} with an empty body`;
  if (/panicked|thread '|src\/[a-z_/]+\.rs|stack backtrace/.test(text)) return `insides on show: ${text.slice(0, 200)}`;
  const type = headers['content-type'] ?? '';
  if (owes === 'json' && !/json/.test(type)) return `status ${status} as ${type || 'nothing'}: ${text.slice(0, 200)}`;
  if (/json/.test(type)) {
    try {
      JSON.parse(text);
    } catch {
      return `status ${status}, said to be JSON: ${text.slice(0, 200)}`;
    }
  }
  return undefined;
}
