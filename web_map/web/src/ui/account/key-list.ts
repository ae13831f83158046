import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { formatAgo, formatTime } from '../../geo/time';
import { language, t } from '../../i18n';
import { tell } from '../../i18n/account';
import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { check } from '../../state/session';
import { Redraw } from '../../state/value';
import { keyIcon, screenIcon, warnIcon } from '../icons';
import { shared } from '../shared';
import { describeAgent } from './agent';
import { formStyles } from './form-styles';
import { KEY_MADE, type KeyForm } from './key-form';
import './key-form';
import { keyListStyles } from './key-list-styles';
import { listKeys, revokeKey, type Key } from './keys';

/** Every way into the account, each with what used it last, and the means to end it. */
export class KeyList extends LitElement {
  static override readonly styles = [shared, formStyles, keyListStyles];

  #keys: Loadable<readonly Key[]> = LOADING;
  /** The key that was asked to be revoked and waits for a second word. */
  #asked: number | null = null;
  #revoking = false;
  #said = '';
  #problem = '';

  constructor() {
    super();
    new Redraw(this, language);
    this.addEventListener(KEY_MADE, () => void this.#read());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#read();
  }

  /** Warns of a key that would be lost now; tells whether there is one. */
  warnOfLoss(): boolean {
    return this.renderRoot.querySelector<KeyForm>('cg-key-form')?.warnOfLoss() ?? false;
  }

  protected override render(): TemplateResult {
    return html`<div role="status">${this.#said ? html`<p class="message good">${this.#said}</p>` : nothing}</div>
      <div role="alert">${this.#problem ? html`<p class="message">${warnIcon}<span>${this.#problem}</span></p>` : nothing}</div>
      ${this.#lists()}`;
  }

  #lists(): TemplateResult {
    const keys = this.#keys;
    if (keys.state === 'loading') return html`<p class="loading"><i class="spinner"></i>${tell('keys.loading')}</p>`;
    if (keys.state === 'failed') {
      return html`<p class="message">${warnIcon}<span>${tell('keys.failed', { reason: keys.reason })}</span></p>
        <button class="button" @click=${() => void this.#read()}>${t('app.retry')}</button>`;
    }
    const others = keys.value.filter(({ kind }) => kind !== 'session');
    return html`<section>
        <h3>${tell('keys.tokens')}</h3>
        ${others.length ? this.#list(others) : html`<p class="muted">${tell('keys.noTokens')}</p>`}
        <cg-key-form></cg-key-form>
      </section>
      <section>
        <h3>${tell('keys.sessions')}</h3>
        ${this.#list(keys.value.filter(({ kind }) => kind === 'session'))}
      </section>`;
  }

  #list(keys: readonly Key[]): TemplateResult {
    return html`<ul>${keys.map((key) => this.#row(key))}</ul>`;
  }

  #row(key: Key): TemplateResult {
    const name = nameOf(key);
    return html`<li data-key=${key.id}>
      <span class="icon">${key.kind === 'session' ? screenIcon : keyIcon}</span>
      <div class="what">
        <p class="name">
          <strong>${name}</strong>
          ${key.current ? html`<span class="badge good">${tell('keys.current')}</span>` : nothing}
          ${key.kind === 'device' ? html`<span class="badge">${tell('keys.device')}</span>` : nothing}
          ${key.kind === 'token' ? html`<span class="badge">${tell(`keys.scope.${key.scope}`)}</span>` : nothing}
        </p>
        <p class="muted">${useOf(key)}</p>
        <p class="muted">${endOf(key)}</p>
      </div>
      ${this.#asked === key.id ? this.#question(key) : this.#revokeButton(key, name)}
    </li>`;
  }

  #revokeButton(key: Key, name: string): TemplateResult {
    return html`<button
      class="button revoke"
      aria-label=${tell('keys.revokeLabel', { name })}
      @click=${() => this.#ask(key.id)}
    >
      ${tell('keys.revoke')}
    </button>`;
  }

  #question(key: Key): TemplateResult {
    return html`<div class="question" role="group" aria-labelledby="question" @keydown=${(event: KeyboardEvent) => this.#key(event, key)}>
      <p id="question">${key.current ? tell('keys.confirmCurrent') : tell('keys.confirm')}</p>
      <button class="button cancel" ?disabled=${this.#revoking} @click=${() => this.#withdraw(key)}>${tell('keys.cancel')}</button>
      <button class="button danger" ?disabled=${this.#revoking} @click=${() => void this.#revoke(key)}>${tell('keys.confirmYes')}</button>
    </div>`;
  }

  // The safe answer has the focus, so that a second Enter by habit changes nothing.
  #ask(id: number): void {
    this.#asked = id;
    this.#said = '';
    this.#problem = '';
    this.#focus('.cancel');
  }

  #withdraw(key: Key): void {
    this.#asked = null;
    this.#focus(`[data-key="${key.id}"] .revoke`);
  }

  #key(event: KeyboardEvent, key: Key): void {
    if (event.key !== 'Escape') return;
    // Here Escape answers the question; the dialog stays.
    event.preventDefault();
    event.stopPropagation();
    this.#withdraw(key);
  }

  async #revoke(key: Key): Promise<void> {
    this.#revoking = true;
    this.requestUpdate();
    try {
      await revokeKey(key.id);
      this.#said = tell('keys.revoked', { name: nameOf(key) });
      if (key.current) return await check();
      await this.#read();
    } catch (error) {
      this.#problem = tell('keys.revokeFailed', { reason: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#revoking = false;
      this.#asked = null;
      this.#focus('.revoke');
    }
  }

  async #read(): Promise<void> {
    try {
      this.#keys = ready(await listKeys());
    } catch (error) {
      this.#keys = failed(error);
    }
    this.requestUpdate();
  }

  #focus(selector: string): void {
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(selector)?.focus());
  }
}

// A session has no name of its own: the program that it is open in says more.
function nameOf(key: Key): string {
  const agent = describeAgent(key.agent) || tell('keys.unknownAgent');
  return key.kind === 'session' ? agent : key.name || agent;
}

// Of a key that was never used, the agent is only the page it was made on.
function useOf(key: Key): string {
  const agent = key.kind === 'session' || !key.last_used_at ? '' : describeAgent(key.agent);
  return [usedWhen(key), agent].filter(Boolean).join(' · ');
}

function usedWhen(key: Key): string {
  const ago = (time: string): string => formatAgo(time, Date.now(), language.current);
  if (key.current) return tell('keys.usedNow');
  if (key.last_used_at) return tell('keys.used', { when: ago(key.last_used_at) });
  return [key.kind === 'session' ? '' : tell('keys.neverUsed'), tell('keys.made', { when: ago(key.created_at) })].filter(Boolean).join(' · ');
}

function endOf(key: Key): string {
  const end = tell('keys.expires', { when: formatTime(key.expires_at, language.current) });
  return [end, key.address].filter(Boolean).join(' · ');
}

customElements.define('cg-key-list', KeyList);
