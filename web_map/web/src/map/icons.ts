import { COMPONENT_COLOUR } from './palette';
import { placeIconColours } from './theme-style';

export interface Icon {
  readonly name: string;
  readonly image: ImageData;
}

/** Icons are drawn at this many pixels per CSS pixel, so that they stay sharp on dense screens. */
export const ICON_RATIO = 2;

type Draw = (context: CanvasRenderingContext2D, size_px: number) => void;

function draw(size_css_px: number, paint: Draw): ImageData {
  const size_px = size_css_px * ICON_RATIO;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size_px;
  const context = canvas.getContext('2d')!;
  paint(context, size_px);
  return context.getImageData(0, 0, size_px, size_px);
}

/** A diamond with a white rim: a shape of its own, so that places never depend on colour alone. */
const diamond = (colour: string): Draw => (context, size_px) => {
  const middle = size_px / 2;
  context.translate(middle, middle);
  context.rotate(Math.PI / 4);
  const half = size_px * 0.27;
  context.beginPath();
  context.roundRect(-half, -half, 2 * half, 2 * half, half * 0.35);
  finish(context, colour, size_px * 0.1);
};

const square = (colour: string): Draw => (context, size_px) => {
  const edge = size_px * 0.2;
  context.beginPath();
  context.roundRect(edge, edge, size_px - 2 * edge, size_px - 2 * edge, size_px * 0.1);
  finish(context, colour, size_px * 0.12);
};

function finish(context: CanvasRenderingContext2D, colour: string, rim_px: number): void {
  context.lineWidth = rim_px * 2;
  context.strokeStyle = '#ffffff';
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}

/** Draws every icon the style names. */
export function drawIcons(): Icon[] {
  const places = placeIconColours().map(([name, colour]) => ({ name, image: draw(18, diamond(colour)) }));
  return [...places, { name: 'component', image: draw(12, square(COMPONENT_COLOUR)) }];
}
