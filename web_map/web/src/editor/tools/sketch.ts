import { crossingsWithin } from '../../geo/reshape';
import { samePlace, snapToNano, type Line, type Position } from '../../geo/plane';
import type { Touch } from '../map/editor-map';
import { draft, EMPTY, proposal, remark, type Draft } from '../state/drawing';
import { say } from '../words';
import { aim, lead } from './pointing';
import type { Tool } from './tool';

export interface SketchOptions {
  readonly isArea: boolean;
  /** Adds what would become of things to the draft while the line grows. */
  readonly preview?: (line: Line) => Partial<Draft>;
  /** Takes the finished line: null when it is good, else what is wrong with it. */
  readonly take: (line: Line) => string | null;
  /** May refuse the first place. */
  readonly begin?: (at: Position) => string | null;
}

/** Draws a line or an area by clicks: a double click, Enter or a click on the first place ends it. */
export class Sketch implements Tool {
  readonly #options: SketchOptions;

  constructor(options: SketchOptions) {
    this.#options = options;
  }

  move(touch: Touch): void {
    if (proposal.current) return;
    const { at, snap } = aim(touch);
    this.#show(draft.current.line, snapToNano(at), snap);
  }

  click(touch: Touch): void {
    if (proposal.current) return;
    const { at, snap } = aim(touch);
    const { line } = draft.current;
    const place = snapToNano(at);
    if (line.length === 0) {
      const wrong = this.#options.begin?.(place);
      if (wrong) return remark.set(wrong);
    }
    const last = line.at(-1);
    if (last && samePlace(last, place)) return;
    if (this.#options.isArea && line.length > 2 && samePlace(line[0]!, place)) return this.finish();
    remark.set('');
    this.#show(lead(line, place), place, snap);
  }

  double(): void {
    this.finish();
  }

  finish(): void {
    if (proposal.current) return;
    const { line } = draft.current;
    const least = this.#options.isArea ? 3 : 2;
    if (line.length < least) return remark.set(say(this.#options.isArea ? 'sketch.fewForArea' : 'sketch.few'));
    const ring = this.#options.isArea ? [...line, line[0]!] : line;
    const crossing = this.#options.isArea ? crossingsWithin(ring)[0] : undefined;
    if (crossing) {
      draft.set({ ...draft.current, faults: [{ kind: 'crosses-itself', at: crossing }] });
      return remark.set(say('fault.crosses-itself'));
    }
    draft.set({ ...draft.current, pointer: null, snap: null });
    remark.set(this.#options.take(ring) ?? '');
  }

  back(): boolean {
    const { line } = draft.current;
    if (!line.length) return false;
    if (proposal.current) proposal.set(null);
    this.#show(line.slice(0, -1), null, null);
    return true;
  }

  #show(line: Line, pointer: Position | null, snap: Draft['snap']): void {
    const whole = pointer ? [...line, pointer] : line;
    draft.set({ ...EMPTY, line, pointer, snap, isArea: this.#options.isArea, ...this.#options.preview?.(whole) });
  }
}
