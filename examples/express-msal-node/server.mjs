// An Express web app on unmodified @azure/msal-node: it signs people in, keeps their tokens in the session,
// renews them silently, and calls an API that enforces scopes.

import { randomBytes } from 'node:crypto';
import express from 'express';
import expressSession from 'express-session';
import { home } from './page.mjs';
import { readSettings } from './settings.mjs';
import { SignInRefused, tokensWith } from './tokens.mjs';

const settings = readSettings(process.env);
const msal = await import(settings.msalPackage);
const tokens = tokensWith(msal, settings);

const app = express();
app.disable('x-powered-by');
app.use(express.urlencoded({ extended: false, limit: '10kb' }));
app.use(
  expressSession({
    name: 'notes.sid',
    secret: settings.sessionSecret ?? randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    // Lax: the browser sends it along when the identity server returns, but not with a foreign site's POST.
    cookie: { httpOnly: true, sameSite: 'lax', secure: settings.publicUrl.startsWith('https:') },
  }),
);

app.get('/', (request, response) => {
  response.type('html').send(home(request.session));
});

app.get('/signin', async (request, response) => {
  const scopes = request.query.write ? [...settings.scopes, ...settings.writeScopes] : settings.scopes;
  const { prompt, login_hint: loginHint } = request.query;
  response.redirect(await tokens.begin(request.session, { scopes, prompt, loginHint }));
});

app.get('/redirect', async (request, response) => {
  await tokens.finish(request.session, request.query);
  const { account, scopes, tokenCache } = request.session;
  await renewed(request); // a new session id at sign-in: the old one may be known to somebody else
  Object.assign(request.session, { account, scopes, tokenCache });
  response.redirect('/');
});

app.get('/public', async (_request, response) => {
  await relay(response, await fetch(`${settings.apiUrl}/health`));
});

app.get('/api', signedIn, async (request, response) => {
  await relay(response, await callApi(request.session, 'GET', '/notes'));
});

app.post('/api', signedIn, async (request, response) => {
  const body = JSON.stringify({ text: String(request.body?.text ?? '') });
  await relay(response, await callApi(request.session, 'POST', '/notes', body));
});

app.post('/api/delete', signedIn, async (request, response) => {
  const id = encodeURIComponent(String(request.body?.id ?? ''));
  await relay(response, await callApi(request.session, 'DELETE', `/notes/${id}`));
});

app.get('/claims', signedIn, async (request, response) => {
  const result = await tokens.silent(request.session, { forceRefresh: Boolean(request.query.refresh) });
  response.json({
    fromCache: result.fromCache,
    scopes: result.scopes,
    account: result.account,
    accessToken: claimsOf(result.accessToken),
  });
});

app.get('/signout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.redirect(tokens.signOutUrl())));
});

app.use((error, _request, response, _next) => {
  if (tokens.needsPerson(error)) {
    return response.status(401).json({ error: error.errorCode, description: error.errorMessage, signin: '/signin' });
  }
  const status = error instanceof SignInRefused ? 400 : (error.status ?? 500);
  if (status >= 500) console.error(error);
  response.status(status).json({ error: error.code ?? error.errorCode ?? error.name, description: error.message });
});

const server = app.listen(settings.port, 'localhost', (error) => {
  if (error) throw error;
  console.log(`listening on http://localhost:${server.address().port}, msal-node ${msal.version}`);
});

function signedIn(request, response, next) {
  if (request.session.account) return next();
  response.status(401).json({ error: 'not_signed_in', signin: '/signin' });
}

async function callApi(session, method, path, body) {
  const { accessToken } = await tokens.silent(session);
  const headers = { authorization: `Bearer ${accessToken}` };
  if (body) headers['content-type'] = 'application/json';
  return fetch(settings.apiUrl + path, { method, headers, body });
}

/** Passes the API's answer on, with its reason: the challenge is what tells which scope is lacking. */
async function relay(response, answer) {
  const text = await answer.text();
  const body = (answer.headers.get('content-type') ?? '').includes('json') && text ? JSON.parse(text) : text;
  response.status(answer.status === 204 ? 200 : answer.status).json({
    status: answer.status,
    challenge: answer.headers.get('www-authenticate') ?? undefined,
    body,
  });
}

function renewed(request) {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
}

/** The payload, for showing only: whether to believe a token is the API's business, not ours. */
function claimsOf(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
}
