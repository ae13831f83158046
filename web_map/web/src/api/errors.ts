/** What a problem+json body says. */
interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Reason[];
}

/** What is wrong with one field of the input. */
export interface Reason {
  readonly where: string;
  readonly reason: string;
}

/** A request that was refused (`status` from the server) or never answered (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The last word of the problem's type, such as "password-change-needed". */
    readonly kind = '',
    readonly reasons: readonly Reason[] = [],
    /** How long the server asks to wait, in seconds; null when it does not say. */
    readonly wait_s: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Tells whether an error only says that a newer request took this one's place. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Takes the most helpful sentence out of a problem+json body. */
export function problemText(problem: Problem, status: number): string {
  const reason = problem.errors?.[0]?.reason;
  return reason || problem.detail || problem.title || `HTTP ${status}`;
}

/** Reads a Retry-After header, a number of seconds or a date, as seconds from `now_ms`; null when it is neither. */
export function waitOf(retryAfter: string | null, now_ms: number): number | null {
  if (!retryAfter?.trim()) return null;
  const seconds = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now_ms) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : null;
}

/** Makes the error of a refused request from its answer. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem = ((await response.json().catch(() => null)) ?? {}) as Problem;
  const kind = /^urn:citygrid:problem:([\w-]+)$/.exec(problem.type ?? '')?.[1] ?? '';
  const wait_s = waitOf(response.headers.get('retry-after'), Date.now());
  return new ApiError(response.status, problemText(problem, response.status), kind, problem.errors ?? [], wait_s);
}
