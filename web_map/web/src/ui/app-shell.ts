import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, t } from '../i18n';
import * as app from '../state/app';
import { clear } from '../state/select';
import { check, me, notice, reachable, standing, start, trouble, type Standing } from '../state/session';
import { readLoginError, withoutLoginError } from '../state/sign-on';
import { startMap } from '../state/start-map';
import { Redraw } from '../state/value';
import { loadPasswordCard } from './later';
import { shared } from './shared';
import { startWatermark } from './watermark';
import './about-dialog';
import './detail-panel';
import './layer-panel';
import './login-card';
import './map-tools';
import './overview-card';
import './search-box';
import './status-bar';
import './top-actions';

/** The page: the log-in card, or the panels over the map. */
class AppShell extends LitElement {
  static override readonly styles = [shared, css`
    .column {
      position: fixed;
      z-index: 4;
      top: var(--gap);
      bottom: 46px;
      left: var(--gap);
      display: flex;
      width: 392px;
      flex-direction: column;
      gap: 10px;
      pointer-events: none;
    }
    .column > * {
      pointer-events: auto;
    }
    cg-search-box {
      z-index: 2;
      flex: none;
    }
    cg-detail-panel,
    cg-overview-card {
      min-height: 0;
    }
    .corner {
      position: fixed;
      z-index: 3;
      top: var(--gap);
      right: var(--gap);
      display: flex;
      max-height: calc(100% - 228px);
      flex-direction: column;
      align-items: flex-end;
      gap: 10px;
      pointer-events: none;
    }
    .corner > * {
      pointer-events: auto;
    }
    .banners {
      position: fixed;
      z-index: 5;
      top: var(--gap);
      left: 50%;
      max-width: calc(100vw - 32px);
      transform: translateX(-50%);
    }
    .banner {
      display: flex;
      align-items: center;
      gap: 12px;
      padding: 8px 8px 8px 16px;
      border-radius: 10px;
      background: var(--bad);
      box-shadow: var(--shadow);
      color: var(--on-accent);
    }
    .banner .button {
      border-color: rgb(255 255 255 / 0.5);
      background: transparent;
      color: inherit;
    }
    .banner .button:hover {
      background: rgb(255 255 255 / 0.15);
    }
    .toast {
      position: fixed;
      z-index: 6;
      bottom: 56px;
      left: 50%;
      max-width: calc(100vw - 32px);
      padding: 8px 16px;
      border-radius: 8px;
      background: var(--ink);
      color: var(--surface);
      font-size: 13px;
      transform: translateX(-50%);
    }
    .toast:empty {
      display: none;
    }
    .waiting {
      position: fixed;
      z-index: 3;
      inset: 0;
      display: grid;
      place-items: center;
      color: var(--ink-2);
    }
    .waiting span {
      display: flex;
      align-items: center;
      gap: 10px;
      padding: 12px 20px;
    }
    @media (max-width: 640px) {
      .column {
        inset: 8px 8px auto;
        width: auto;
      }
      cg-overview-card {
        display: none;
      }
      .corner {
        top: 118px;
        right: 8px;
        max-height: calc(100% - 330px);
      }
      .banners {
        top: 120px;
        width: calc(100vw - 24px);
      }
    }
  `];

  #endMap: (() => void) | null = null;
  #noMap = false;

  constructor() {
    super();
    new Redraw(this, standing, trouble, app.opened, app.selection, reachable, app.toast, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    standing.watch((now) => this.#stand(now));
    app.opened.watch((opened) => opened.state === 'ready' && this.#draw(opened.value));
    document.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('visibilitychange', () => void (document.hidden || check()));
    heedLoginError();
    void start();
  }

  protected override render(): TemplateResult {
    return html`${this.#main()}${this.#banner()}
      <div class="toast" role="status" aria-live="polite">${app.toast.current}</div>`;
  }

  #main(): TemplateResult {
    if (standing.current === 'out') return html`<cg-login-card></cg-login-card>`;
    if (standing.current === 'must-change') return html`<cg-password-card></cg-password-card>`;
    return this.#body();
  }

  #body(): TemplateResult {
    const opened = app.opened.current;
    if (opened.state !== 'ready') return this.#waiting(opened.state === 'loading');
    return html`
      <div class="column">
        <cg-search-box .city=${opened.value.city}></cg-search-box>
        ${app.selection.current
          ? html`<cg-detail-panel></cg-detail-panel>`
          : html`<cg-overview-card .city=${opened.value.city}></cg-overview-card>`}
      </div>
      <div class="corner">
        <cg-top-actions></cg-top-actions>
        <cg-layer-panel .layers=${opened.value.layers}></cg-layer-panel>
      </div>
      <cg-map-tools></cg-map-tools>
      <cg-status-bar .city=${opened.value.city} .layers=${opened.value.layers}></cg-status-bar>
      <cg-about-dialog .city=${opened.value.city}></cg-about-dialog>
    `;
  }

  #waiting(loading: boolean): TemplateResult {
    return html`<div class="waiting" role="status">
      ${loading ? html`<span class="card"><i class="spinner"></i>${t('app.loading')}</span>` : nothing}
    </div>`;
  }

  #banner(): TemplateResult | typeof nothing {
    const text = this.#trouble();
    if (!text) return nothing;
    return html`<div class="banners">
      <div class="banner" role="alert">
        ${text}<button class="button" @click=${() => void app.tryAgain()}>${t('app.retry')}</button>
      </div>
    </div>`;
  }

  #trouble(): string {
    if (!reachable.current) return t('banner.down');
    if (trouble.current) return t('banner.failed', { reason: trouble.current });
    if (this.#noMap) return t('banner.noWebgl');
    return app.opened.current.state === 'failed' ? t('banner.failed', { reason: app.opened.current.reason }) : '';
  }

  #draw(opened: app.Opened): void {
    if (this.#endMap) return;
    try {
      this.#endMap = startMap(document.getElementById('map')!, opened);
    } catch (error) {
      console.error(error);
      this.#noMap = true;
      this.requestUpdate();
    }
  }

  #stand(now: Standing): void {
    if (now === 'in' && me.current) return void app.open(me.current);
    this.#endMap?.();
    this.#endMap = null;
    app.close();
    if (now === 'must-change') void loadPasswordCard();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented || !app.selection.current) return;
    clear();
    document.querySelector<HTMLElement>('#map canvas')?.focus({ preventScroll: true });
  }
}

/** Says once why single sign-on failed, and takes the reason out of the address. */
function heedLoginError(): void {
  const key = readLoginError(location.search);
  if (!key) return;
  notice.set({ key, bad: true });
  history.replaceState(history.state, '', location.pathname + withoutLoginError(location.search) + location.hash);
}

customElements.define('cg-app', AppShell);
startWatermark();
