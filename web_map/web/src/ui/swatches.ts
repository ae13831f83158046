import { css, unsafeCSS, type CSSResult } from 'lit';
import { COMPONENT_COLOUR, RISK_COLOUR, STAGE_COLOUR } from '../map/palette';

// The interpolated texts are constants of the palette, so nothing foreign can enter the style sheet.
export const rule = (selector: string, declaration: string): CSSResult => unsafeCSS(`${selector} { ${declaration} }`);
const each = <T extends object>(table: T, prefix: string): CSSResult[] =>
  Object.entries(table).map(([name, colour]) => rule(`.dot.${prefix}${name}`, `background: ${String(colour)}`));
/** Little samples of what the map draws, in the very colours of the map. */
export const swatches = [
  css`
    .dot {
      display: inline-block;
      width: 10px;
      height: 10px;
      flex: none;
      border: 1.5px solid #fff;
      border-radius: 50%;
      box-shadow: 0 0 0 1px rgb(22 33 44 / 0.12);
    }
    .dot.place {
      border-radius: 2px;
      transform: rotate(45deg);
    }
    .dot.component {
      border-radius: 2px;
    }
  `,
  rule('.dot.component', `background: ${COMPONENT_COLOUR}`),
  ...each(STAGE_COLOUR, ''),
  ...each(RISK_COLOUR, 'risk-'),
];
