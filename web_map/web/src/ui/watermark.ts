import { language } from '../i18n';
import { me, standing } from '../state/session';
import { untilNextMinute_ms, watermarkLines } from './watermark-text';

const ID = 'watermark';
/** id, aria-hidden and style. */
const ATTRIBUTES = 3;
const FONT_PX = 14;
const LINE_PX = 20;
/** How far apart two neighbours stand. */
const GAP_PX = { x: 90, y: 110 };
const SLANT_RAD = -Math.PI / 9;
// Dark letters are read on a light map, and the light ones a pixel beside them on a dark one.
const DARK = 'rgb(22 33 44 / 0.14)';
const LIGHT = 'rgb(255 255 255 / 0.24)';
const BESIDE_PX = 1;

// Set as important on the element itself: no rule of a style sheet can outdo them.
const LOOK: Readonly<Record<string, string>> = {
  display: 'block',
  visibility: 'visible',
  opacity: '1',
  position: 'fixed',
  inset: '0',
  'z-index': '2147483647',
  'pointer-events': 'none',
  'background-repeat': 'repeat',
  // Browsers leave backgrounds out of print unless told that they matter.
  'print-color-adjust': 'exact',
};

/**
 * Keeps the name of who is looking over the whole page while somebody is logged in.
 * It cannot stop a photograph, but it tells whose screen was photographed, and when.
 */
export function startWatermark(): void {
  const mark = new Watermark();
  for (const value of [me, standing, language]) value.watch(() => mark.draw());
  mark.draw();
}

class Watermark {
  #element: HTMLElement | null = null;
  #style = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #guard = new MutationObserver(() => this.#restore());

  constructor() {
    // A move to another screen or a zoom of the browser changes how fine the letters must be.
    addEventListener('resize', () => this.draw());
    document.addEventListener('visibilitychange', () => this.draw());
  }

  /** Draws the present minute, or takes everything away when nobody is logged in. */
  draw(): void {
    clearTimeout(this.#timer);
    this.#guard.disconnect();
    this.#element?.remove();
    this.#element = null;
    const account = standing.current === 'in' ? me.current : null;
    if (!account) return;
    const now = new Date();
    this.#element = elementWith(tile(watermarkLines(account, now)));
    this.#style = this.#element.getAttribute('style') ?? '';
    this.#timer = setTimeout(() => this.draw(), untilNextMinute_ms(now));
    this.#place(this.#element);
  }

  #place(element: HTMLElement): void {
    document.body.append(element);
    this.#guard.observe(document.body, { childList: true });
    this.#guard.observe(element, { attributes: true });
  }

  #restore(): void {
    const element = this.#element;
    const inPlace = element?.parentElement === document.body;
    const asMade = element?.getAttribute('style') === this.#style && element.attributes.length === ATTRIBUTES;
    if (!inPlace || !asMade) this.draw();
  }
}

function elementWith({ image, width, height }: Tile): HTMLElement {
  const element = document.createElement('div');
  element.id = ID;
  element.setAttribute('aria-hidden', 'true');
  const look = { ...LOOK, 'background-image': `url("${image}")`, 'background-size': `${width}px ${height}px` };
  for (const [property, value] of Object.entries(look)) element.style.setProperty(property, value, 'important');
  return element;
}

interface Tile {
  readonly image: string;
  readonly width: number;
  readonly height: number;
}

/** Draws one piece of the pattern: two signs, shifted like bricks, so that no strip of the screen is free of them. */
function tile(lines: readonly string[]): Tile {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d')!;
  const font = `500 ${FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  pen.font = font;
  const sign_px = Math.max(...lines.map((line) => pen.measureText(line).width));
  const width = Math.ceil(sign_px * Math.cos(SLANT_RAD)) + GAP_PX.x;
  const height = 2 * (Math.ceil(sign_px * Math.sin(-SLANT_RAD)) + GAP_PX.y);
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  Object.assign(pen, { font, textAlign: 'center' });
  pen.scale(devicePixelRatio, devicePixelRatio);
  sign(pen, lines, width / 2, height / 4);
  // The second sign crosses the edge of the tile, so it is drawn on both sides of it.
  for (const x of [0, width]) sign(pen, lines, x, (height * 3) / 4);
  return { image: canvas.toDataURL(), width, height };
}

function sign(pen: CanvasRenderingContext2D, lines: readonly string[], x: number, y: number): void {
  pen.save();
  pen.translate(x, y);
  pen.rotate(SLANT_RAD);
  lines.forEach((line, index) => {
    const down = (index - (lines.length - 1) / 2) * LINE_PX;
    pen.fillStyle = LIGHT;
    pen.fillText(line, BESIDE_PX, down + BESIDE_PX);
    pen.fillStyle = DARK;
    pen.fillText(line, 0, down);
  });
  pen.restore();
}
