/** A layer that is drawn beside the ones that every map has. */
export interface Shown {
  readonly name: string;
  /** 0 to 1. */
  readonly opacity: number;
}

/** What somebody has chosen to see; as a value, so that a link, a memory and a scene are the same thing. */
export interface Choice {
  /** The topmost first. */
  readonly shown: readonly Shown[];
  /** Opacity of the layers that every map has and of pictures, where it is not 1. */
  readonly dimmed: Readonly<Record<string, number>>;
  /** Of the layers that every map has: those that are switched off. */
  readonly hidden: readonly string[];
  /** Pictures of other platforms that are switched on. */
  readonly pictures: readonly string[];
  /** The base map of another platform; empty for the offline one. */
  readonly base: string;
}

export const NOTHING: Choice = { shown: [], dimmed: {}, hidden: [], pictures: [], base: '' };

/** So many layers at once still leave the map fluid on an ordinary machine. */
export const MOST = 60;

const [HIDDEN, PICTURE, BASE, OPACITY] = ['!', '~', '@', ':'];

/** Writes a choice for a link: `!hidden`, `~picture`, `@base map`, others by name, each perhaps with `:opacity` in percent. */
export function formatChoice(choice: Choice): string {
  const named = (name: string): string => name + percent(choice.dimmed[name] ?? 1);
  const parts = [
    ...choice.shown.map(({ name, opacity }) => name + percent(opacity)),
    ...choice.hidden.map((name) => HIDDEN + name),
    ...choice.pictures.map((name) => PICTURE + named(name)),
    // Of what every map has, only what is not as usual is named.
    ...Object.keys(choice.dimmed).filter((name) => !choice.pictures.includes(name)).map((name) => `*${named(name)}`),
    ...(choice.base ? [BASE + choice.base] : []),
  ];
  return parts.join(',');
}

function percent(opacity: number): string {
  return opacity < 1 ? `${OPACITY}${Math.round(opacity * 100)}` : '';
}

/** Reads what `formatChoice` wrote; what makes no sense is left out. */
export function parseChoice(text: string): Choice {
  const dimmed: Record<string, number> = {};
  const found = { shown: [] as Shown[], hidden: [] as string[], pictures: [] as string[], base: '' };
  for (const part of text.split(',').filter(Boolean)) {
    const sign = `${HIDDEN}${PICTURE}${BASE}*`.includes(part[0]!) ? part[0]! : '';
    const [name = '', share] = part.slice(sign.length).split(OPACITY!);
    if (!name) continue;
    const opacity = opacityOf(share);
    if (sign === HIDDEN) found.hidden.push(name);
    else if (sign === BASE) found.base = name;
    else if (sign === '') addOnce(found.shown, { name, opacity });
    else if (opacity < 1) dimmed[name] = opacity;
    if (sign === PICTURE) found.pictures.push(name);
  }
  return { ...found, dimmed };
}

function addOnce(shown: Shown[], one: Shown): void {
  if (!shown.some(({ name }) => name === one.name)) shown.push(one);
}

function opacityOf(text: string | undefined): number {
  const share = Number(text ?? 100) / 100;
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 1;
}

/** Puts layers on top, in their order, or takes them off; what is on already keeps its place. */
export function withShown(choice: Choice, names: readonly string[], on: boolean): Choice {
  const known = new Set(choice.shown.map(({ name }) => name));
  const added = on ? names.filter((name) => !known.has(name)).map((name) => ({ name, opacity: 1 })) : [];
  const kept = on ? choice.shown : choice.shown.filter(({ name }) => !names.includes(name));
  return { ...choice, shown: [...added, ...kept] };
}

/** Moves a layer to the place of another: above it when it comes from below, else below it. */
export function moved(choice: Choice, name: string, to: string): Choice {
  const shown = [...choice.shown];
  const [from, target] = [name, to].map((wanted) => shown.findIndex((one) => one.name === wanted)) as [number, number];
  if (from < 0 || target < 0) return choice;
  const [one] = shown.splice(from, 1);
  shown.splice(target, 0, one!);
  return { ...choice, shown };
}

/** Sets how strongly a layer is drawn, whichever kind it is of. */
export function withOpacity(choice: Choice, name: string, opacity: number): Choice {
  if (choice.shown.some((one) => one.name === name)) {
    return { ...choice, shown: choice.shown.map((one) => (one.name === name ? { name, opacity } : one)) };
  }
  const { [name]: _, ...others } = choice.dimmed;
  return { ...choice, dimmed: opacity < 1 ? { ...others, [name]: opacity } : others };
}

export function opacityOn(choice: Choice, name: string): number {
  return choice.shown.find((one) => one.name === name)?.opacity ?? choice.dimmed[name] ?? 1;
}
