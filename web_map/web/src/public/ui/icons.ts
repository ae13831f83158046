import { html, svg, type TemplateResult } from 'lit';

function icon(shape: TemplateResult<2>, size_px = 20): TemplateResult {
  return html`<svg width=${size_px} height=${size_px} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shape}</svg>`;
}

export const pinIcon = icon(svg`<path d="M12 21s7-6.200 7-11.500a7 7 0 0 0-14 0C5 14.800 12 21 12 21z" /><circle cx="12" cy="9.500" r="2.500" />`);
export const locateIcon = icon(svg`<circle cx="12" cy="12" r="4" /><path d="M12 2.500V6M12 18v3.500M2.500 12H6M18 12h3.500" />`);
export const mapIcon = icon(svg`<path d="m9 4-6 2.500v13L9 17l6 2.500 6-2.500V4l-6 2.500zM9 4v13M15 6.500v13" />`);
export const searchIcon = icon(svg`<circle cx="11" cy="11" r="6.500" /><path d="m16 16 4.500 4.500" />`);
export const goIcon = icon(svg`<path d="M20.500 3.500 3.500 10.500l7 3 3 7z" />`, 18);
export const nearIcon = icon(svg`<path d="M12 21s7-6.200 7-11.500a7 7 0 0 0-14 0C5 14.800 12 21 12 21z" /><circle cx="12" cy="9.500" r="2.500" />`, 22);
export const reportIcon = icon(svg`<path d="M4 5.500A1.500 1.500 0 0 1 5.500 4h13A1.500 1.500 0 0 1 20 5.500v9a1.500 1.500 0 0 1-1.500 1.500H12l-4.500 4v-4h-2A1.500 1.500 0 0 1 4 14.500zM12 7.500v3.500M12 13.200v.1" />`, 22);
export const followIcon = icon(svg`<rect x="5" y="4.500" width="14" height="16" rx="2" /><path d="M9 4.500V3h6v1.500M8.500 12.500l2.500 2.500 4.500-5" />`, 22);
export const cameraIcon = icon(svg`<path d="M4 8.500A1.500 1.500 0 0 1 5.500 7h2L9 4.500h6L16.500 7h2A1.500 1.500 0 0 1 20 8.500v9a1.500 1.500 0 0 1-1.500 1.500h-13A1.500 1.500 0 0 1 4 17.500z" /><circle cx="12" cy="12.800" r="3.500" />`, 24);
export const closeIcon = icon(svg`<path d="m6 6 12 12M18 6 6 18" />`, 18);
export const checkIcon = icon(svg`<path d="m5 12.500 4.500 4.500L19 7.500" />`, 30);
export const copyIcon = icon(svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M5 15V6a2 2 0 0 1 2-2h8" />`, 18);
