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
