/** Pixels of the picture of a sign for each CSS pixel. */
export const RATIO = 2;
/** As the server's sprite has it (layers/legends/sprite.py): the box of a sign, and room for its rim on each side. */
const [BASE_PX, ROOM_PX] = [24, 4];

const NAME = /^(square|diamond|triangle|star|cross)-([0-9a-f]{6})-([0-9a-f]{6})-(\d+(?:\.\d+)?)$/;

type Corner = readonly [x: number, y: number];

/** Lists the corners of a shape in a box of ±half, y downwards; nothing for one that has none. */
export function outline(shape: string, half: number): readonly Corner[] {
  if (shape === 'diamond') return [[0, -half], [half, 0], [0, half], [-half, 0]];
  if (shape === 'square') return [[-half, -half], [half, -half], [half, half], [-half, half]];
  if (shape === 'triangle') return [[0, -half], [half, half], [-half, half]];
  if (shape === 'star') return Array.from({ length: 10 }, (_, number) => corner(number, half));
  if (shape !== 'cross') return [];
  const arm = half / 3;
  const turn = ([x, y]: Corner): Corner => [-y, x];
  const quarter: Corner[] = [[arm, -half], [arm, -arm], [half, -arm]];
  return [0, 1, 2, 3].flatMap((turns) => quarter.map((at) => Array.from({ length: turns }).reduce<Corner>(turn, at)));
}

function corner(number: number, half: number): Corner {
  const [angle, radius] = [(Math.PI * number) / 5, number % 2 ? half * 0.45 : half];
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
}

/** Finds the names of signs anywhere in an expression. */
export function signNames(expression: unknown): readonly string[] {
  if (typeof expression === 'string') return NAME.test(expression) ? [expression] : [];
  return Array.isArray(expression) ? expression.flatMap(signNames) : [];
}

/** Draws a sign by its name, which says all of it; null for a name that is none. */
export function drawSign(name: string): ImageData | null {
  const match = NAME.exec(name);
  const side = (BASE_PX + 2 * ROOM_PX) * RATIO;
  const context = match && new OffscreenCanvas(side, side).getContext('2d');
  if (!context) return null;
  const [, shape = '', colour = '', rim = '', rim_px = ''] = match;
  context.translate(side / 2, side / 2);
  context.beginPath();
  for (const [x, y] of outline(shape, (BASE_PX / 2) * RATIO)) context.lineTo(x, y);
  context.closePath();
  context.lineWidth = Number(rim_px) * 2 * RATIO;
  context.strokeStyle = `#${rim}`;
  context.stroke();
  context.fillStyle = `#${colour}`;
  context.fill();
  return context.getImageData(0, 0, side, side);
}
