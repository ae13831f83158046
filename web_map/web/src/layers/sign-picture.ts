import { html, svg, type TemplateResult } from 'lit';
import { outline } from './signs';
import type { Sign } from './types';

/** Slides that are set: what can be set of a layer. */
export const settingsIcon = html`<svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" aria-hidden="true">
  ${svg`<path d="M4 7h9M19 7h1M4 17h1M11 17h9" /><circle cx="16" cy="7" r="2.6" /><circle cx="8" cy="17" r="2.6" />`}
</svg>`;

/** Draws a sign as wide as a row's picture; a white rim would vanish on a white panel, so it gets a grey one. */
export function signPicture(sign: Sign): TemplateResult {
  return html`<svg class="sign" viewBox="-11 -9 22 18" width="22" height="18" aria-hidden="true">${shape(sign)}</svg>`;
}

function shape({ shape, colour, border, dashed }: Sign): TemplateResult<2> {
  if (shape === 'line') {
    return svg`<path d="M-10 0h20" stroke=${colour} stroke-width="2.4" stroke-dasharray=${dashed ? '5 2.5' : 'none'} fill="none" />`;
  }
  if (shape === 'area') {
    return svg`<rect x="-9" y="-6" width="18" height="12" rx="2" fill=${colour} fill-opacity="0.25" stroke=${border ?? colour} stroke-width="1.4" />`;
  }
  const rim = border && !/^#f{6}$/i.test(border) ? border : 'var(--sign-rim)';
  if (shape === 'circle') return svg`<circle r="5.2" fill=${colour} stroke=${rim} stroke-width="1" />`;
  const corners = outline(shape, 6.2).map((at) => at.join()).join(' ');
  return svg`<polygon points=${corners} fill=${colour} stroke=${rim} stroke-width="1" />`;
}

/** Draws the first signs of a layer beside each other, the later ones half hidden. */
export function signsPicture(signs: readonly Sign[]): TemplateResult {
  const shown = new Set(signs.map(({ shape }) => shape)).size === 1 ? signs.slice(0, 4) : signs.slice(0, 1);
  if (shown.length < 2) return signPicture(shown[0] ?? { shape: 'area', colour: '#8a949e', border: null });
  const at = (index: number): number => (index - (shown.length - 1) / 2) * 4.2;
  return html`<svg class="sign" viewBox="-11 -9 22 18" width="22" height="18" aria-hidden="true">
    ${shown.map((sign, index) => svg`<g transform=${`translate(${at(index)} 0) scale(${sign.shape === 'line' || sign.shape === 'area' ? 1 : 0.72})`}>${shape(sign)}</g>`).reverse()}
  </svg>`;
}
