// The one HTML page of the app.

const escape = (text) =>
  String(text).replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]);

/** The home page, signed in or not. */
export function home({ account, scopes }) {
  const who = account
    ? `<p>Signed in as <strong id="username">${escape(account.username)}</strong>, asked for
         <code id="scopes">${escape(scopes.join(' '))}</code>.</p>
       <ul>
         <li><a href="/api">Read the notes</a></li>
         <li><form method="post" action="/api"><input name="text" value="Buy milk" aria-label="Text">
             <button>Add a note</button></form></li>
         <li><form method="post" action="/api/delete"><input name="id" value="1" aria-label="Note number">
             <button>Delete a note</button></form></li>
         <li><a href="/signin?write=1">Ask for permission to write</a></li>
         <li><a href="/claims">What my access token says</a>, <a href="/claims?refresh=1">after a renewal</a></li>
         <li><a href="/signout">Sign out</a></li>
       </ul>`
    : '<p><a id="signin" href="/signin">Sign in</a></p>';
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Notes, an Express app on msal-node</title>
<h1>Notes</h1>
${who}
<p><a href="/public">Call the API without a token</a></p>
</html>`;
}
