import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n';
import { SINGLE_EVENT_ZOOM, type LayerName } from '../map/layer-names';
import { CLUSTERS, RISKS, STAGES } from '../map/palette';
import * as app from '../state/app';
import { say } from './words';

/** Draws the little picture beside a layer of the city's own, as the map draws it. */
export function citySample(name: LayerName): TemplateResult {
  if (name === 'base') return html`<i class="ground"></i>`;
  if (name === 'events') return html`<i class="dot new"></i>`;
  if (name === 'places') return html`<i class="dot place risk-blue"></i>`;
  return name === 'components' ? html`<i class="dot component"></i>` : html`<i class="line ${name}"></i>`;
}

/** Explains the colours of a layer of the city's own. */
export function cityLegend(name: LayerName): TemplateResult | typeof nothing {
  if (name === 'places') {
    return html`<ul class="legend two">
      ${RISKS.map((risk) => html`<li><span class="slot"><i class="dot place risk-${risk}"></i></span>${t(`risk.${risk}`)}</li>`)}
    </ul>`;
  }
  if (name !== 'events') return nothing;
  return app.zoom.current < SINGLE_EVENT_ZOOM ? clusterLegend() : stageLegend();
}

function stageLegend(): TemplateResult {
  return html`<ul class="legend two">
    ${STAGES.map((stage) => html`<li><span class="slot"><i class="dot ${stage}"></i></span>${t(`state.${stage}`)}</li>`)}
  </ul>`;
}

function clusterLegend(): TemplateResult {
  return html`<ul class="legend" title=${say('legend.counts')}>
    ${CLUSTERS.map(({ from }, index) => {
      const next = CLUSTERS[index + 1]?.from;
      const range = next ? say('legend.clusters', { few: from, many: next - 1 }) : say('legend.biggest', { few: from });
      return html`<li><span class="slot"><i class="cluster cluster-${index}"></i></span>${range}</li>`;
    })}
  </ul>`;
}
