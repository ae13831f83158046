import { svg, html, type TemplateResult } from 'lit';

function icon(shape: TemplateResult<2>, size_px = 18): TemplateResult {
  return html`<svg
    width=${size_px}
    height=${size_px}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

export const searchIcon = icon(svg`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" />`);
export const closeIcon = icon(svg`<path d="m6 6 12 12M18 6 6 18" />`);
export const copyIcon = icon(svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M5 15V6a2 2 0 0 1 2-2h8" />`, 15);
export const linkIcon = icon(svg`<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1" />`, 16);
export const layersIcon = icon(svg`<path d="m12 4 9 5-9 5-9-5zM4 14l8 4.5 8-4.5" />`);
export const plusIcon = icon(svg`<path d="M12 5v14M5 12h14" />`);
export const minusIcon = icon(svg`<path d="M5 12h14" />`);
export const cityIcon = icon(svg`<path d="M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4" />`);
export const checkIcon = icon(svg`<path d="m5 12.5 4.5 4.500L19 7.5" />`, 15);
export const infoIcon = icon(svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 11v5M12 8v.1" />`, 15);
export const warnIcon = icon(svg`<path d="M12 4 2.5 20h19zM12 10v4.500M12 17.200v.1" />`, 16);
export const chevronIcon = icon(svg`<path d="m6 9 6 6 6-6" />`, 16);
export const languageIcon = icon(svg`<circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.500c3 2.5 3 14.5 0 17M12 3.500c-3 2.5-3 14.5 0 17" />`, 16);
export const logoutIcon = icon(svg`<path d="M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M11 12h9m-3.5-4 4 4-4 4" />`, 16);

export const personIcon = icon(svg`<circle cx="12" cy="8" r="4" /><path d="M4 20.500c1.200-4 4.200-5.500 8-5.500s6.800 1.500 8 5.500" />`, 16);

export const keyIcon = icon(svg`<circle cx="8" cy="15" r="4" /><path d="m11 12 8.500-8.500M16 7l3 3M13.500 9.500l2 2" />`, 17);
export const screenIcon = icon(svg`<rect x="3" y="5" width="18" height="12" rx="1.500" /><path d="M8 20.500h8M12 17v3.500" />`, 17);
export const eyeIcon = icon(svg`<path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z" /><circle cx="12" cy="12" r="2.800" />`, 16);
export const phoneIcon = icon(svg`<path d="M6.500 3.500h3l1.500 4-2 1.500a11 11 0 0 0 6 6l1.500-2 4 1.500v3a2 2 0 0 1-2.200 2A16.500 16.500 0 0 1 4.500 5.700a2 2 0 0 1 2-2.200z" />`, 15);

/** The product's mark: a block of the city cut into grids. */
export const markIcon = html`<svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="#0f5ea8" />
  <path
    d="M7 11.5 14 7l11 4.5-2.5 13L10 25zM14 7l1.5 9.500m0 0L25 11.500m-9.5 5L10 25m5.5-8.500L7 11.500m8.5 5 7 8"
    fill="none"
    stroke="#fff"
    stroke-width="1.8"
    stroke-linejoin="round"
    stroke-linecap="round"
  />
</svg>`;
