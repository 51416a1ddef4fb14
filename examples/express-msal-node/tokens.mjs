// Everything MSAL: the sign-in round trip and the tokens of one session. Knows nothing of Express.

/**
 * The part of the app that holds tokens, on one MSAL package.
 *
 * `session` is always the caller's own session object. MSAL keeps its cache per application object, so each
 * call gets a fresh one that is filled from the session: one object shared by all sessions could hand one
 * person's token to another.
 *
 * @param {typeof import('@azure/msal-node')} msal
 * @param {ReturnType<import('./settings.mjs').readSettings>} settings
 */
export function tokensWith(msal, settings) {
  const redirectUri = `${settings.publicUrl}/redirect`;
  const random = new msal.CryptoProvider();

  const application = () =>
    new msal.ConfidentialClientApplication({
      auth: {
        clientId: settings.clientId,
        clientSecret: settings.clientSecret,
        authority: settings.authority, //               these two lines are all that names
        knownAuthorities: [settings.knownAuthority], // the identity server
      },
    });

  /** Lets `act` use an application whose cache is what the session kept, and keeps what it is afterwards. */
  const withCacheOf = async (session, act) => {
    const app = application();
    if (session.tokenCache) app.getTokenCache().deserialize(session.tokenCache);
    try {
      return await act(app);
    } finally {
      session.tokenCache = app.getTokenCache().serialize();
    }
  };

  return {
    /** Starts a sign-in: remembers its secrets in the session and returns the address to send the browser to. */
    async begin(session, { scopes, prompt, loginHint }) {
      const { verifier, challenge } = await random.generatePkceCodes();
      const attempt = { state: random.createNewGuid(), nonce: random.createNewGuid(), verifier, scopes };
      session.attempt = attempt;
      return application().getAuthCodeUrl({
        scopes,
        redirectUri,
        state: attempt.state,
        nonce: attempt.nonce,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
        responseMode: 'query',
        prompt,
        loginHint,
      });
    },

    /**
     * Ends the sign-in that `begin` started in the same session. The state is random per attempt and used
     * once: an answer that this browser did not ask for is refused before the code is looked at.
     */
    async finish(session, { code, state, error, error_description: description }) {
      const attempt = session.attempt;
      if (!attempt || !state || state !== attempt.state) {
        throw new SignInRefused('foreign_answer', 'this browser session did not start the sign-in that this answers');
      }
      delete session.attempt;
      if (error) throw new SignInRefused(error, description);
      const request = {
        code,
        scopes: attempt.scopes,
        redirectUri,
        codeVerifier: attempt.verifier,
        state: attempt.state,
        nonce: attempt.nonce,
      };
      const answer = { code, state, nonce: attempt.nonce };
      const result = await withCacheOf(session, (app) => app.acquireTokenByCode(request, answer));
      session.account = result.account;
      session.scopes = attempt.scopes;
      return result;
    },

    /** A valid token for the session's scopes: from its cache while it lasts, else by the refresh token. */
    silent(session, { forceRefresh = false } = {}) {
      const request = { account: session.account, scopes: session.scopes, forceRefresh };
      return withCacheOf(session, (app) => app.acquireTokenSilent(request));
    },

    /** Where to send the browser so that the identity server ends its session as well. */
    signOutUrl() {
      const url = new URL(`${settings.authority}/oauth2/v2.0/logout`);
      url.searchParams.set('post_logout_redirect_uri', `${settings.publicUrl}/`);
      return url.href;
    },

    /** Whether only the person can solve this: sign in again, or consent. */
    needsPerson: (error) => error instanceof msal.InteractionRequiredAuthError,
  };
}

/** The sign-in came back without a code of ours: refused by the person or the server, or not asked for here. */
export class SignInRefused extends Error {
  constructor(code, description) {
    super(description);
    this.code = code;
  }
}
