import { css } from 'lit';
import { BASE, CLUSTERS, UNIT } from '../map/palette';
import { rule } from '../ui/swatches';

const clusterRules = CLUSTERS.map(({ colour, radius_px }, index) =>
  rule(`.cluster-${index}`, `background: ${colour}; width: ${radius_px + 3}px; height: ${radius_px + 3}px`),
);

/** Little samples of lines, ground and circles, in the very colours of the map. */
export const citySamples = [
  css`
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
  ...Object.entries(UNIT).map(([name, colour]) => rule(`.line.${name}`, `border-top-color: ${colour}`)),
  ...clusterRules,
];
