import { snapping, TOOLS, tracing, type ToolName } from './state/drawing';
import { canEdit, redo, undo } from './state/plan';
import { escape, take, theTool } from './tools/tools';
import { HELP_EVENT } from './ui/help-dialog';
import { TOOL_KEYS } from './ui/tool-bar';

const TOOL_OF_KEY = new Map<string, ToolName>(TOOLS.map((name) => [TOOL_KEYS[name].toLowerCase(), name]));

/** What keys do while nobody is typing. */
export function keyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || isTyping(event)) return;
  const key = event.key.toLowerCase();
  const act = event.ctrlKey || event.metaKey ? withControl(key, event.shiftKey) : alone(key, event);
  if (!act) return;
  event.preventDefault();
  act();
}

function withControl(key: string, shift: boolean): (() => void) | null {
  if (!canEdit()) return null;
  if (key === 'z') return () => void (shift ? redo() : undo());
  return key === 'y' ? () => void redo() : null;
}

function alone(key: string, event: KeyboardEvent): (() => void) | null {
  if (event.altKey) return null;
  if (key === '?') return () => void dispatchEvent(new Event(HELP_EVENT));
  if (key === 'escape') return escape;
  if (!canEdit()) return null;
  const name = TOOL_OF_KEY.get(key);
  if (name) return () => take(name);
  const own: Readonly<Record<string, () => void>> = {
    s: () => snapping.set(!snapping.current),
    t: () => tracing.set(!tracing.current),
    backspace: () => void theTool().back?.(),
    '/': findUnit,
  };
  // On the map, Enter is a click in its middle; with Ctrl, or elsewhere, it ends the line.
  if (key === 'enter' && !isMap(event)) return isControl(event) ? null : () => theTool().finish?.();
  return own[key] ?? null;
}

function findUnit(): void {
  const tree = document.querySelector('cg-editor')?.shadowRoot?.querySelector('cg-unit-tree');
  tree?.shadowRoot?.querySelector<HTMLElement>('#find-unit')?.focus();
}

function target(event: KeyboardEvent): Element | null {
  return (event.composedPath()[0] as Element | undefined) ?? null;
}

function isTyping(event: KeyboardEvent): boolean {
  return !!target(event)?.matches?.('input:not([type="range"], [type="radio"]), textarea, select');
}

function isControl(event: KeyboardEvent): boolean {
  return !!target(event)?.matches?.('button, a, input, [role="treeitem"]');
}

function isMap(event: KeyboardEvent): boolean {
  return !!target(event)?.matches?.('canvas');
}
