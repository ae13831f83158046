import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, t } from '../i18n';
import { say } from '../state/app';
import { logOut, me } from '../state/session';
import { Redraw } from '../state/value';
import { chevronIcon, layersIcon, logoutIcon, personIcon } from './icons';
import { openAccount } from './later';
import { shared } from './shared';

const PAGES = [['/', 'top.map'], ['/editor', 'top.editor']] as const;

/** The name of who is logged in, and under it what concerns the account. */
class AccountMenu extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: relative;
      display: block;
    }
    #account-menu {
      max-width: 220px;
      border: 0;
      background: transparent;
      color: var(--ink-2);
      font-size: 13px;
    }
    #account-menu:hover,
    #account-menu[aria-expanded="true"] {
      background: var(--surface-2);
      color: var(--ink);
    }
    .name {
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .menu {
      position: absolute;
      z-index: 1;
      top: calc(100% + 8px);
      right: -3px;
      width: max-content;
      min-width: 224px;
      max-width: min(300px, calc(100vw - 24px));
      padding: 6px;
      border-radius: 10px;
    }
    .who {
      padding: 6px 10px 10px;
      border-bottom: 1px solid var(--line);
      margin-bottom: 6px;
      overflow-wrap: anywhere;
    }
    .who p:last-child {
      color: var(--ink-3);
      font-size: 12px;
    }
    [role="menuitem"] {
      display: flex;
      width: 100%;
      min-height: 38px;
      align-items: center;
      padding: 0 10px;
      border: 0;
      border-radius: 7px;
      background: none;
      color: inherit;
      gap: 10px;
      text-align: left;
      text-decoration: none;
    }
    [role="menuitem"]:hover,
    [role="menuitem"]:focus-visible {
      background: var(--surface-2);
    }
    [role="menuitem"] svg {
      width: 18px;
      color: var(--ink-3);
    }
    @media (max-width: 640px) {
      #account-menu {
        width: 38px;
        min-height: 38px;
        padding: 0;
      }
      #account-menu .name,
      #account-menu svg:last-child {
        display: none;
      }
      .menu {
        top: 0;
        right: calc(100% + 10px);
      }
      [role="menuitem"] {
        min-height: 44px;
      }
    }
  `];

  #open = false;
  readonly #outside = (event: Event): void => void (event.composedPath().includes(this) || this.#set(false));

  constructor() {
    super();
    new Redraw(this, me, language);
    this.addEventListener('focusout', (event) => this.#leave(event));
    this.addEventListener('keydown', (event) => this.#key(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('pointerdown', this.#outside);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.#outside);
  }

  protected override render(): TemplateResult {
    const name = me.current?.display_name ?? '';
    return html`<button
        class="button"
        id="account-menu"
        aria-haspopup="menu"
        aria-expanded=${this.#open ? 'true' : 'false'}
        aria-label=${t('top.signedInAs', { name })}
        title=${t('top.signedInAs', { name })}
        @click=${() => this.#toggle()}
      >
        ${personIcon}<span class="name">${name}</span>${chevronIcon}
      </button>
      ${this.#open ? this.#menu(name) : nothing}`;
  }

  #menu(name: string): TemplateResult {
    return html`<div class="card menu" role="menu" aria-label=${t('top.account')}>
      <div class="who" role="presentation"><p>${name}</p><p>${me.current?.username}</p></div>
      <button role="menuitem" tabindex="-1" id="my-account" @click=${() => this.#choose(() => void openAccount())}>
        ${personIcon}${t('top.account')}
      </button>
      ${PAGES.filter(([path]) => path !== location.pathname).map(
        ([path, words]) => html`<a role="menuitem" tabindex="-1" id=${words.replace('top.', 'to-')} href=${path}>${layersIcon}${t(words)}</a>`,
      )}
      <button role="menuitem" tabindex="-1" id="logout" @click=${() => this.#choose(() => void this.#logOut())}>
        ${logoutIcon}${t('top.logout')}
      </button>
    </div>`;
  }

  #toggle(): void {
    this.#set(!this.#open);
    if (this.#open) void this.updateComplete.then(() => this.#items()[0]?.focus());
  }

  // The focus goes back first, so that a dialog opened from here returns it there when it closes.
  #choose(act: () => void): void {
    this.#set(false);
    this.#button()?.focus();
    act();
  }

  async #logOut(): Promise<void> {
    await logOut().catch(() => say(t('top.logoutFailed')));
  }

  #key(event: KeyboardEvent): void {
    if (!this.#open) return;
    const items = this.#items();
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      items.at(next % items.length)?.focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.#set(false);
      this.#button()?.focus();
    }
  }

  #leave(event: FocusEvent): void {
    const target = event.relatedTarget as Node | null;
    if (target && !this.renderRoot.contains(target)) this.#set(false);
  }

  #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  }

  #button(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('#account-menu');
  }

  #set(open: boolean): void {
    this.#open = open;
    this.requestUpdate();
  }
}

customElements.define('cg-account-menu', AccountMenu);
