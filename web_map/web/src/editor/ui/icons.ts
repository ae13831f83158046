import { html, svg, type TemplateResult } from 'lit';
import type { ToolName } from '../state/drawing';

function icon(shape: TemplateResult<2>, size_px = 20): TemplateResult {
  return html`<svg
    width=${size_px}
    height=${size_px}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.7"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

export const TOOL_ICONS: Readonly<Record<ToolName, TemplateResult>> = {
  select: icon(svg`<path d="m6 3 13 9-6 1.500-3 6z" />`),
  vertex: icon(svg`<path d="M5 19 11 7l9 4" /><circle cx="5" cy="19" r="2" /><circle cx="11" cy="7" r="2.500" fill="currentColor" /><circle cx="20" cy="11" r="2" />`),
  border: icon(svg`<path d="M4 20c6 0 2-9 8-9s3-7 8-7" /><path d="M4 12h3m10 2h3" stroke-dasharray="1 3" />`),
  split: icon(svg`<path d="M4 5h16v14H4z" /><path d="M14 2 9 22" stroke-dasharray="3 2.500" />`),
  cut: icon(svg`<path d="M3.500 4h17v16h-17z" /><path d="M9 9h6v6H9z" fill="currentColor" fill-opacity="0.25" />`),
  draw: icon(svg`<path d="m4 8 8-5 8 6-3 11H7z" /><path d="M12 9v6m-3-3h6" />`),
  merge: icon(svg`<path d="M3 6h8v12H3zM13 6h8v12h-8z" /><path d="M9 12h6m-2-2 2 2-2 2" />`),
  transfer: icon(svg`<path d="M3 5h18v14H3zM12 5v4m0 6v4" /><path d="M8 12h8m-2.500-2.500L16 12l-2.500 2.500" />`),
};

export const undoIcon = icon(svg`<path d="M8 5 4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3" />`, 18);
export const redoIcon = icon(svg`<path d="m16 5 4 4-4 4m4-4H10a6 6 0 0 0 0 12h3" />`, 18);
export const snapIcon = icon(svg`<path d="M6 3v8a6 6 0 0 0 12 0V3M6 7h4M14 7h4M10 3v8a2 2 0 0 0 4 0V3M6 3h4m4 0h4" />`);
export const traceIcon = icon(svg`<path d="M4 20 9 9l6 5 5-10" /><path d="M4 16 8.500 5.500" stroke-dasharray="2 2.500" />`);
export const helpIcon = icon(svg`<circle cx="12" cy="12" r="8.500" /><path d="M9.500 9.500c0-3.500 5-3.500 5 0 0 2-2.500 2-2.500 4.500M12 17.200v.1" />`, 18);
export const backIcon = icon(svg`<path d="m14 6-6 6 6 6" />`, 18);
export const zoomIcon = icon(svg`<circle cx="12" cy="12" r="3" /><path d="M12 3v4m0 10v4M3 12h4m10 0h4" />`, 16);
export const editIcon = icon(svg`<path d="m5 19 1-4L16 5l3 3L9 18z" />`, 16);
export const swipeIcon = icon(svg`<path d="M12 3v18M8 9l-3 3 3 3m8-6 3 3-3 3" />`, 18);
export const rightIcon = icon(svg`<path d="m9 6 6 6-6 6" />`, 14);
