import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, t } from '../../i18n';
import * as app from '../../state/app';
import { check, me, reachable, standing, start, trouble, type Standing } from '../../state/session';
import { Redraw } from '../../state/value';
import { loadPasswordCard } from '../../ui/later';
import '../../ui/login-card';
import { shared } from '../../ui/shared';
import { startWatermark } from '../../ui/watermark';
import { cityIcon, minusIcon, plusIcon } from '../../ui/icons';
import { keyDown } from '../keyboard';
import { startEditorMap } from '../start-map';
import { select, selected } from '../state/drawing';
import { forgetBulk } from '../state/bulk';
import { closePlan, loadPlans, openPlan, plan, whenSaved } from '../state/plan';
import { remembered } from '../state/place';
import { followPlan, patch, reveal, tree } from '../state/tree';
import { townBusy } from '../state/town';
import { showHome } from '../state/view';
import { theMap } from '../tools/pointing';
import { say } from '../words';
import './as-of';
import './base-switch';
import './help-dialog';
import './map-foot';
import './plan-form';
import './plan-list';
import './side-panel';
import { STREETS_EVENT } from './street-preview';
import './swipe-map';
import './task-card';
import './tool-bar';
import { LISTS_EVENT } from './top-bar';
import './unit-tree';
import { showTab } from './side-panel';

/** Coverages whose plans can be looked at by street. */
const STREET_COVERAGES = ['grids', 'micro_grids'];

/** The editor: the log-in card, or the panels around the map. */
class EditorShell extends LitElement {
  static override readonly styles = [shared, css`
    .left {
      position: fixed;
      z-index: 5;
      top: 56px;
      bottom: 0;
      left: 0;
      display: flex;
      width: var(--left);
      flex-direction: column;
      border-right: 1px solid var(--line);
      background: var(--surface);
    }
    .left .streets {
      min-height: 30px;
      margin: 0 12px 8px;
      font-size: 13px;
    }
    .left h2 {
      padding: 14px 16px 8px;
      font-size: 15px;
    }
    .zoom {
      position: fixed;
      z-index: 3;
      right: calc(var(--right) + 12px);
      bottom: 62px;
      display: grid;
      padding: 3px;
    }
    .busy {
      position: fixed;
      z-index: 5;
      top: 68px;
      right: calc(var(--right) + 12px);
      padding: 4px 10px;
      font-size: 12px;
    }
    .far {
      position: fixed;
      z-index: 3;
      top: 68px;
      left: calc((100vw + var(--left) - var(--right)) / 2);
      padding: 6px 14px;
      background: var(--ink);
      color: #fff;
      font-size: 13px;
      transform: translateX(-50%);
    }
    .toast,
    .banner {
      position: fixed;
      z-index: 9;
      bottom: 24px;
      left: 50%;
      max-width: calc(100vw - 32px);
      padding: 8px 16px;
      border-radius: 8px;
      background: var(--ink);
      color: #fff;
      font-size: 13px;
      transform: translateX(-50%);
    }
    .banner {
      top: 64px;
      bottom: auto;
      background: var(--bad);
    }
    .toast {
      top: 72px;
      bottom: auto;
    }
    .toast:empty {
      display: none;
    }
    .waiting {
      position: fixed;
      inset: 0;
      display: grid;
      place-items: center;
    }
    @media (max-width: 1000px) {
      .left {
        width: min(340px, 100vw);
        box-shadow: var(--shadow);
      }
      :host(:not([data-left])) .left {
        display: none;
      }
    }
    @media (max-width: 720px) {
      .toast {
        top: auto;
        bottom: 24px;
      }
      .zoom {
        display: none;
      }
    }
  `];

  #endMap: (() => void) | null = null;

  constructor() {
    super();
    new Redraw(this, standing, trouble, app.opened, reachable, app.toast, plan, townBusy, app.zoom, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    standing.watch((now) => this.#stand(now));
    app.opened.watch((opened) => opened.state === 'ready' && this.#draw(opened.value));
    plan.watch((now) => {
      document.documentElement.toggleAttribute('data-plan', now !== null);
      this.toggleAttribute('data-left', now === null);
      if (now?.id !== this.#plan) forgetBulk();
      this.#plan = now?.id;
      void followPlan();
    });
    whenSaved(patch);
    tree.watch(({ state }) => this.#begun !== state && this.#reveal((this.#begun = state)));
    selected.watch((now) => {
      this.#reveal();
      if (now.length) showTab('unit');
    });
    addEventListener(LISTS_EVENT, () => this.toggleAttribute('data-left'));
    document.addEventListener('keydown', keyDown);
    document.addEventListener('visibilitychange', () => void (document.hidden || check()));
    this.toggleAttribute('data-left', !remembered('plan'));
    language.watch(nameDocument);
    void start();
  }

  protected override render(): TemplateResult {
    return html`${this.#main()}${reachable.current ? nothing : html`<div class="banner" role="alert">${say('save.unreachable')}</div>`}
      <div class="toast" role="status" aria-live="polite">${app.toast.current}</div>`;
  }

  #main(): TemplateResult {
    if (standing.current === 'out') return html`<cg-login-card></cg-login-card>`;
    if (standing.current === 'must-change') return html`<cg-password-card></cg-password-card>`;
    const opened = app.opened.current;
    if (opened.state === 'ready') return this.#body(opened.value);
    const why = trouble.current || (opened.state === 'failed' ? opened.reason : '');
    return html`<div class="waiting" role="status">${why ? t('banner.failed', { reason: why }) : html`<i class="spinner"></i>`}</div>`;
  }

  #body({ city }: app.Opened): TemplateResult {
    return html`<cg-top-bar></cg-top-bar>
      <nav class="left" aria-label=${say(plan.current ? 'tree.label' : 'plans.heading')}>
        <h2>${say(plan.current ? 'tree.label' : 'plans.heading')}</h2>
        ${plan.current && STREET_COVERAGES.includes(plan.current.coverage) ? html`<button class="button streets" id="streets" @click=${() => dispatchEvent(new Event(STREETS_EVENT))}>${say('streets.open')}</button>` : nothing}
        ${plan.current ? html`<cg-unit-tree></cg-unit-tree>` : html`<cg-plan-list></cg-plan-list>`}
      </nav>
      <cg-tool-bar></cg-tool-bar>
      ${plan.current ? html`<cg-task-card></cg-task-card>` : html`<cg-as-of></cg-as-of>`}
      <cg-side-panel></cg-side-panel>
      <cg-swipe-map></cg-swipe-map>
      <cg-map-foot></cg-map-foot>
      <cg-base-switch></cg-base-switch>
      <div class="card zoom" role="group" aria-label=${t('tools.label')}>
        ${zoomButton(t('tools.zoomIn'), plusIcon, () => theMap()?.city.zoomBy(1))}
        ${zoomButton(t('tools.zoomOut'), minusIcon, () => theMap()?.city.zoomBy(-1))} ${zoomButton(t('tools.city'), cityIcon, showHome)}
      </div>
      ${townBusy.current ? html`<div class="card busy" role="status"><i class="spinner"></i> ${say('map.loading')}</div>` : nothing}
      <cg-plan-form .coverage=${city.coverage}></cg-plan-form>
      <cg-street-preview></cg-street-preview>
      <cg-help-dialog></cg-help-dialog>`;
  }

  #draw(opened: app.Opened): void {
    if (this.#endMap) return;
    // The panels take their room before the map measures its own.
    document.documentElement.toggleAttribute('data-in', true);
    this.#endMap = startEditorMap(document.getElementById('map')!, opened);
    void loadPlans();
    const id = Number(remembered('plan'));
    const unit = remembered('unit');
    if (id) void openPlan(id).then(() => unit && select(unit));
  }

  #begun = '';
  #plan: number | undefined;

  // Where the tree has just been read, or another unit is looked at, the way down to it opens.
  #reveal(state: string = tree.current.state): void {
    const [first] = selected.current;
    if (first && state === 'ready') void reveal(first);
  }

  #stand(now: Standing): void {
    if (now === 'in' && me.current) return void app.open(me.current);
    this.#endMap?.();
    this.#endMap = null;
    document.documentElement.toggleAttribute('data-in', false);
    if (plan.current) closePlan();
    app.close();
    if (now === 'must-change') void loadPasswordCard();
  }
}

function zoomButton(label: string, icon: TemplateResult, act: () => void): TemplateResult {
  return html`<button class="icon-button" title=${label} aria-label=${label} @click=${act}>${icon}</button>`;
}

function nameDocument(): void {
  document.title = `${say('top.title')} · ${t('app.title')}`;
}

customElements.define('cg-editor', EditorShell);
startWatermark();
nameDocument();
