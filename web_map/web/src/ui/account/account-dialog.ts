import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Me } from '../../api/types';
import { language, pick, t } from '../../i18n';
import { tell } from '../../i18n/account';
import { check, me, standing } from '../../state/session';
import { Redraw } from '../../state/value';
import { dialogStyles } from '../dialog-styles';
import { closeIcon } from '../icons';
import { shared } from '../shared';
import { accountStyles } from './account-styles';
import { formStyles } from './form-styles';
import type { KeyList } from './key-list';
import './key-list';
import { PASSWORD_CHANGED } from './password-form';
import './password-form';

const TABS = ['me', 'password', 'keys'] as const;
type Tab = (typeof TABS)[number];

let dialog: AccountDialog | null = null;

/** Opens "my account". */
export function showAccount(): void {
  dialog ??= new AccountDialog();
  document.body.append(dialog);
  void dialog.show();
}

/** Who I am, my password, and every way into my account. */
class AccountDialog extends LitElement {
  static override readonly styles = [shared, dialogStyles, formStyles, accountStyles];

  #tab: Tab = 'me';
  #said = '';

  constructor() {
    super();
    new Redraw(this, me, language);
    this.addEventListener(PASSWORD_CHANGED, () => this.#passwordChanged());
    // Whoever is logged out, here or by the server, has no account to look at.
    standing.watch((now) => now === 'in' || this.remove());
  }

  async show(): Promise<void> {
    this.#tab = 'me';
    this.#said = '';
    this.requestUpdate();
    await this.updateComplete;
    this.#dialog()?.showModal();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!me.current) return nothing;
    return html`<dialog
      aria-labelledby="heading"
      @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
      @cancel=${(event: Event) => this.#mayLose() && event.preventDefault()}
      @close=${() => this.remove()}
      @click=${(event: MouseEvent) => event.target === event.currentTarget && !this.#mayLose() && this.#dialog()?.close()}
    >
      <header>
        <h2 id="heading">${tell('account.heading')}</h2>
        <button class="icon-button" aria-label=${t('app.close')} @click=${() => this.#dialog()?.close()}>${closeIcon}</button>
      </header>
      <div class="tabs" role="tablist" aria-labelledby="heading" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        ${TABS.map((tab) => this.#tabButton(tab))}
      </div>
      <div class="body" role="tabpanel" id="panel" aria-labelledby="tab-${this.#tab}">${this.#panel(me.current)}</div>
    </dialog>`;
  }

  #tabButton(tab: Tab): TemplateResult {
    const chosen = tab === this.#tab;
    return html`<button
      role="tab"
      id="tab-${tab}"
      aria-controls="panel"
      aria-selected=${chosen ? 'true' : 'false'}
      tabindex=${chosen ? 0 : -1}
      @click=${() => this.#choose(tab)}
    >
      ${tell(`account.tab.${tab}`)}
    </button>`;
  }

  #panel(account: Me): TemplateResult {
    if (this.#tab === 'me') return whoIAm(account);
    if (this.#tab === 'keys') return html`<cg-key-list></cg-key-list>`;
    return html`<div role="status">${this.#said ? html`<p class="message good">${this.#said}</p>` : nothing}</div>
      <cg-password-form></cg-password-form>`;
  }

  #choose(tab: Tab): void {
    this.#tab = tab;
    this.#said = '';
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    const at = TABS.indexOf(this.#tab);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(TABS.at(next % TABS.length)!);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${this.#tab}`)?.focus());
  }

  #passwordChanged(): void {
    this.#said = tell('password.done');
    this.requestUpdate();
    void check();
  }

  // Escape or a slip of the mouse must not throw away a key that nobody can show again.
  #mayLose(): boolean {
    return this.renderRoot.querySelector<KeyList>('cg-key-list')?.warnOfLoss() ?? false;
  }

  #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }
}

function whoIAm(account: Me): TemplateResult {
  return html`<div class="person">
      <span class="avatar" aria-hidden="true">${[...account.display_name][0] ?? ''}</span>
      <div><strong>${account.display_name}</strong><p class="mono">${account.username}</p></div>
    </div>
    <dl class="facts">
      <dt>${tell('account.role')}</dt><dd>${tell(`role.${account.role}`)}</dd>
      <dt>${tell('account.reach')}</dt><dd>${reachOf(account)}</dd>
      <dt>${tell('account.organisation')}</dt>
      <dd>${pick(account.organisation?.name, account.organisation?.name_en) || tell('account.none')}</dd>
    </dl>
    <p class="hint">${tell('account.reachHint')}</p>`;
}

function reachOf(account: Me): string {
  const area = pick(account.area_name, account.area_name_en) || (account.area ?? '');
  return tell(`account.reach.${account.reach}`, { area });
}

customElements.define('cg-account-dialog', AccountDialog);
