import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pick } from '../../i18n';
import { Redraw } from '../../state/value';
import { layersIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { baseMaps, chooseBase, chosenBase, shownBase } from '../state/base-maps';
import { say } from '../words';
import { panelStyles } from './panel-styles';

/** Chooses what lies below: the offline map, or that of another platform. */
class BaseSwitch extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      position: fixed;
      z-index: 4;
      right: calc(var(--right) + 12px);
      bottom: calc(var(--below) + 168px);
    }
    .button {
      width: 38px;
      min-height: 38px;
      padding: 0;
      border: 0;
      box-shadow: var(--shadow);
    }
    .button[aria-expanded="true"] {
      background: var(--accent-weak);
      color: var(--accent);
    }
    fieldset {
      position: absolute;
      right: 46px;
      bottom: 0;
      display: grid;
      width: 230px;
      padding: 12px 14px;
      border: 0;
      gap: 8px;
    }
    legend {
      float: left;
      font-weight: 600;
    }
    @media (max-width: 720px) {
      :host {
        z-index: 3;
        right: 8px;
        bottom: calc(var(--below) + 98px);
      }
    }
  `];

  #isOpen = false;

  constructor() {
    super();
    new Redraw(this, baseMaps, chosenBase, language);
  }

  protected override render(): TemplateResult {
    return html`<button class="button" id="base-map" title=${say('base.label')} aria-label=${say('base.label')} aria-expanded=${this.#isOpen ? 'true' : 'false'} @click=${() => this.#turn(!this.#isOpen)}>${layersIcon}</button>
      ${this.#isOpen ? this.#list() : nothing}`;
  }

  #list(): TemplateResult {
    const shown = shownBase()?.name ?? '';
    return html`<fieldset class="card" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
      <legend>${say('base.label')}</legend>
      <label class="line"><input type="radio" name="base" value="" .checked=${!shown} @change=${() => chooseBase('')} />${say('base.offline')}</label>
      ${baseMaps.current.map((one) => html`<label class="line"><input type="radio" name="base" value=${one.name} .checked=${shown === one.name} @change=${() => chooseBase(one.name)} />${pick(one.title, one.title_en)}</label>`)}
      ${baseMaps.current.length ? nothing : html`<p class="note small">${say('base.none')}</p>`}
    </fieldset>`;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#turn(false);
    this.renderRoot.querySelector<HTMLElement>('#base-map')?.focus();
  }

  #turn(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.requestUpdate();
    if (isOpen) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('input:checked')?.focus());
  }
}

customElements.define('cg-base-switch', BaseSwitch);
