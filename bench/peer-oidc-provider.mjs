// The first peer: node-oidc-provider with its in-memory adapter (an LRU of 1000 objects, nothing on disk), asked over the
// same wire by the same load. Started as a process of its own: `node peer-oidc-provider.mjs PORT`.

import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

function jwk(alg) {
  const pair = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...pair.privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: alg };
}

const resource = (alg) => ({ scope: 'read', audience: `urn:${alg}`, accessTokenFormat: 'jwt', jwt: { sign: { alg } } });
const client = (alg) => ({
  client_id: `web-${alg}`,
  client_secret: 'peer-secret-0123456789',
  redirect_uris: ['http://127.0.0.1:9/cb'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
  id_token_signed_response_alg: alg,
  token_endpoint_auth_method: 'client_secret_post',
});

const provider = new Provider(issuer, {
  jwks: { keys: [jwk('RS256'), jwk('ES256')] },
  clients: [client('RS256'), client('ES256')],
  cookies: { keys: ['bench'] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, one, code) => code.scopes.has('offline_access'),
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interact/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, indicator) => resource(indicator.replace('urn:', '')),
    },
  },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid offline_access');
    await grant.save();
    return grant;
  },
});

// Signs everybody in at once: what is measured is the provider, not a page.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interact/')) return next();
  const to = await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: 'ben' }, consent: {} });
  ctx.status = 303;
  ctx.redirect(to);
});

provider.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
