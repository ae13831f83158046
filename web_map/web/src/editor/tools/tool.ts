import type { Touch } from '../map/editor-map';

/** What a pointer does while a tool is in hand; what a tool does not care about it leaves out. */
export interface Tool {
  /** True when the movement that begins here is the tool's and not the map's. */
  down?(touch: Touch): boolean;
  move?(touch: Touch): void;
  up?(touch: Touch): void;
  click?(touch: Touch): void;
  double?(touch: Touch): void;
  menu?(touch: Touch): void;
  /** Ends the line that is being drawn, as Enter does. */
  finish?(): void;
  /** Takes the last place of the line back, as Backspace does; false when there is none. */
  back?(): boolean;
}
