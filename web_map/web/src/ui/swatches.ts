import { css, unsafeCSS, type CSSResult } from 'lit';
import { BASE, CLUSTERS, COMPONENT_COLOUR, RISK_COLOUR, STAGE_COLOUR, UNIT } from '../map/palette';

// The interpolated texts are constants of the palette, so nothing foreign can enter the style sheet.
const rule = (selector: string, declaration: string): CSSResult => unsafeCSS(`${selector} { ${declaration} }`);
const each = <T extends object>(table: T, prefix: string): CSSResult[] =>
  Object.entries(table).map(([name, colour]) => rule(`.dot.${prefix}${name}`, `background: ${String(colour)}`));
const clusterRules = CLUSTERS.map(({ colour, radius_px }, index) =>
  rule(`.cluster-${index}`, `background: ${colour}; width: ${radius_px + 3}px; height: ${radius_px + 3}px`),
);

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
    .line {
      display: inline-block;
      width: 18px;
      height: 0;
      flex: none;
      border-top: 2px solid;
    }
    .line.streets {
      border-top-width: 3px;
    }
    .line.communities {
      border-top-style: dashed;
    }
    .line.grids {
      border-top-width: 1px;
    }
    .ground {
      display: inline-block;
      width: 18px;
      height: 12px;
      flex: none;
      border-radius: 3px;
      box-shadow: inset 0 0 0 1px rgb(22 33 44 / 0.15);
    }
    .cluster {
      display: inline-block;
      flex: none;
      border: 1.5px solid #fff;
      border-radius: 50%;
      box-shadow: 0 0 0 1px rgb(22 33 44 / 0.12);
    }
  `,
  rule('.ground', `background: linear-gradient(90deg, ${BASE.green} 33%, ${BASE.building} 33% 66%, ${BASE.water} 66%)`),
  rule('.dot.component', `background: ${COMPONENT_COLOUR}`),
  ...Object.entries(UNIT).map(([name, colour]) => rule(`.line.${name}`, `border-top-color: ${colour}`)),
  ...each(STAGE_COLOUR, ''),
  ...each(RISK_COLOUR, 'risk-'),
  ...clusterRules,
];
