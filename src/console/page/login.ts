import { type Html, html } from './html.ts'

/** The login. @param to where it goes on, a path of this console */
export function loginPage(token: string, to: string, name: string): Html {
  return html`<form id="login" class="card login" method="post" action="/login">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="to" value="${to}">
<label class="field"><span>Name</span><input name="name" value="${name}" autocomplete="username" required autocapitalize="none" spellcheck="false" ${name === '' && html`autofocus`}></label>
<label class="field"><span>Password</span><input name="password" type="password" autocomplete="current-password" required maxlength="1024" ${name !== '' && html`autofocus`}></label>
<button class="button go" type="submit">Log in</button>
<p class="hint">Who may log in is said on this machine: <code>defs console user add NAME --role viewer</code></p>
</form>`
}

/**
 * For whoever follows a link of another site, as one in a mail read in the browser: it is sent without the cookie, and
 * a login now would end the session there may be. From this page on the browser sends it.
 * @param to a path of this console
 */
export function fromElsewherePage(to: string): string {
  const onward = `/login?to=${encodeURIComponent(to)}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Console · defs</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0;url=${onward}">
</head>
<body data-page="login" data-user="" data-role="">
<main><h1>Console</h1><p><a href="${onward}">Go on to the console</a></p></main>
</body>
</html>
`.text
}
