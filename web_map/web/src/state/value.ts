import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Holds one value and tells its watchers when it changes. */
export class Value<T> {
  #current: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(initial: T) {
    this.#current = initial;
  }

  get current(): T {
    return this.#current;
  }

  set(next: T): void {
    if (Object.is(next, this.#current)) return;
    this.#current = next;
    for (const watcher of [...this.#watchers]) watcher(next);
  }

  /** Calls `watcher` on every later change; returns the function that ends it. */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** Anything that can say "I changed". */
export interface Watchable {
  watch(watcher: () => void): () => void;
}

/** Redraws a Lit element whenever one of the given values changes. */
export class Redraw implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #values: readonly Watchable[];
  #stops: Array<() => void> = [];

  constructor(host: ReactiveControllerHost, ...values: readonly Watchable[]) {
    this.#host = host;
    this.#values = values;
    host.addController(this);
  }

  hostConnected(): void {
    this.#stops = this.#values.map((value) => value.watch(() => this.#host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const stop of this.#stops) stop();
  }
}
