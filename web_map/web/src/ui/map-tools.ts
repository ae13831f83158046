import { css, html, LitElement, type TemplateResult } from 'lit';
import { language, t, type MessageKey } from '../i18n';
import { showHome, zoomBy } from '../state/camera';
import { me } from '../state/session';
import { Redraw } from '../state/value';
import { cityIcon, minusIcon, plusIcon } from './icons';
import { shared } from './shared';

/** Zoom and "whole city". */
class MapTools extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: fixed;
      z-index: 2;
      right: var(--gap);
      bottom: 76px;
    }
    .card {
      display: grid;
      padding: 3px;
      border-radius: 10px;
    }
    .icon-button {
      width: 36px;
      height: 36px;
    }
    .icon-button:last-child {
      margin-top: 3px;
      border-top: 1px solid var(--line);
      border-radius: 0 0 8px 8px;
    }
    @media (max-width: 640px) {
      :host {
        right: 8px;
        bottom: 92px;
      }
    }
  `];

  constructor() {
    super();
    new Redraw(this, me, language);
  }

  protected override render(): TemplateResult {
    return html`<div class="card" role="group" aria-label=${t('tools.label')}>
      ${tool('tools.zoomIn', plusIcon, () => zoomBy(1))} ${tool('tools.zoomOut', minusIcon, () => zoomBy(-1))}
      ${tool(me.current?.reach === 'area' ? 'tools.home' : 'tools.city', cityIcon, showHome)}
    </div>`;
  }
}

function tool(key: MessageKey, icon: TemplateResult, act: () => void): TemplateResult {
  return html`<button class="icon-button" title=${t(key)} aria-label=${t(key)} @click=${act}>${icon}</button>`;
}

customElements.define('cg-map-tools', MapTools);
