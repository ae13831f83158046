import { ApiError } from '../../api/errors';
import { failed, LOADING, ready, say as toast, type Loadable } from '../../state/app';
import { Value } from '../../state/value';
import * as api from '../api';
import type { Comment, Diff, Impact, Issue, Operation, Plan, Step } from '../wire';
import { say } from '../words';
import { refusalText } from '../words/refusals';
import { select, selected, tool, wipe } from './drawing';
import { remember } from './place';
import { moveTo, refresh, town } from './town';

export const plans = new Value<Loadable<readonly Plan[]>>(LOADING);
export const plan = new Value<Plan | null>(null);
export const steps = new Value<readonly Step[]>([]);
export const issues = new Value<Loadable<readonly Issue[]>>(LOADING);
export const impact = new Value<Loadable<Impact>>(LOADING);
export const diff = new Value<Diff>({ units: [], parents: [] });
export const comments = new Value<readonly Comment[]>([]);
/** Whether what was done has reached the server. */
export const saving = new Value<'saved' | 'saving' | 'failed'>('saved');
/** Counts how often something of ours came into force: what the map shows of it is then read again. */
export const publications = new Value(0);
/** What went wrong last, in words that stand until the next step. */
export const refusal = new Value('');

export function canEdit(one: Plan | null = plan.current): boolean {
  return !!one?.may?.includes('edit');
}

export async function loadPlans(): Promise<void> {
  try {
    plans.set(ready(await api.listPlans()));
  } catch (error) {
    if (plans.current.state !== 'ready') plans.set(failed(error));
  }
}

export async function openPlan(id: number): Promise<void> {
  try {
    show(await api.readPlan(id));
    moveTo(id);
    await reread();
  } catch (error) {
    complain(error);
    if (error instanceof ApiError && error.status === 404) closePlan();
  }
}

export function closePlan(): void {
  plan.set(null);
  steps.set([]);
  issues.set(LOADING);
  impact.set(LOADING);
  comments.set([]);
  diff.set({ units: [], parents: [] });
  refusal.set('');
  tool.set('select');
  select();
  wipe();
  remember('plan', null);
  moveTo(null);
  void loadPlans();
}

export async function newPlan(wanted: api.NewPlan): Promise<void> {
  const made = await api.createPlan(wanted);
  await openPlan(made.id);
}

function show(next: Plan): void {
  plan.set(next);
  remember('plan', String(next.id));
}

/** Asks whether the job process has published a plan or refused to; true when there is nothing more to wait for. */
export async function hasOutcome(id: number): Promise<boolean> {
  const now = await api.readPlan(id).catch(() => null);
  if (!now || plan.current?.id !== id) return plan.current?.id !== id;
  const waits = now.status === 'approved' && !!now.publish_asked_at;
  if (waits) return false;
  show(now);
  if (now.status === 'published') publications.set(publications.current + 1);
  await Promise.all([refresh(), reread()]);
  void loadPlans();
  return true;
}

/** Reads everything that hangs on the state of the plan. */
export async function reread(): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  await Promise.all([readSteps(id), readIssues(id), readImpact(id), readComments(id), readDiff(id)]);
}

const mine = (id: number): boolean => plan.current?.id === id;

async function readSteps(id: number): Promise<void> {
  const read = await api.steps(id).catch(() => null);
  if (read && mine(id)) steps.set(read);
}

async function readIssues(id: number): Promise<void> {
  const read = await api.problems(id).then(ready, failed);
  if (mine(id)) issues.set(read);
}

async function readImpact(id: number): Promise<void> {
  const read = await api.impact(id).then(ready, failed);
  if (mine(id)) impact.set(read);
}

async function readDiff(id: number): Promise<void> {
  const read = await api.diff(id).catch(() => null);
  if (read && mine(id)) diff.set(read);
}

async function readComments(id: number): Promise<void> {
  const read = await api.comments(id).catch(() => null);
  if (read && mine(id)) comments.set(read);
}

// One after another: each step names the etag that the one before it has given.
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const next = last.then(act, act);
  last = next.catch(() => undefined);
  return next;
}

/** Called with what every step did to the units. */
let told: (saved: api.Saved) => void = () => undefined;

export function whenSaved(tell: (saved: api.Saved) => void): void {
  told = tell;
}

/** Makes an operation part of the plan; tells whether the server took it. */
export function operate(operation: Operation): Promise<boolean> {
  return change(async (now) => told(await api.operate(now, operation)));
}

/** The same for a route of its own that answers as an operation does. */
export function saveBy(ask: (now: Plan) => Promise<api.Saved>): Promise<boolean> {
  return change(async (now) => told(await ask(now)));
}

/** Reads the plan again as a whole: more was done to it than a step tells. */
export function reopen(): Promise<boolean> {
  return change(() => Promise.resolve(told(ANEW)));
}

const ANEW: api.Saved = { etag: 0, features: { type: 'FeatureCollection', features: [] }, parents: [], retired: [], reload: true };

export function undo(): Promise<boolean> {
  return change(async (now) => told(await api.step(now, 'undo')));
}

export function redo(): Promise<boolean> {
  return change(async (now) => told(await api.step(now, 'redo')));
}

/** Lets warnings pass, all for the same reason. */
export function waive(ids: readonly string[], reason: string): Promise<boolean> {
  return change(async (now) => {
    let { etag } = now;
    for (const id of ids) etag = (await api.waive({ ...now, etag }, id, reason)).etag;
  });
}

export function comment(text: string): Promise<boolean> {
  return change((now) => api.comment(now, text));
}

/** Submits, approves, returns, publishes … */
export async function act(verb: string, body: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
  const done = await change((now) => api.act(now, verb, body));
  void loadPlans();
  return done;
}

/** Drafts the plan that takes this one back, and opens it. */
export async function counter(): Promise<void> {
  const now = plan.current;
  const made = now && (await api.act(now, 'counter').catch(complain));
  if (made) await openPlan(made.id);
}

function change(ask: (now: Plan) => Promise<unknown>): Promise<boolean> {
  return inTurn(async () => {
    const now = plan.current;
    if (!now) return false;
    saving.set('saving');
    refusal.set('');
    try {
      await ask(now);
      await again(now.id);
      saving.set('saved');
      return true;
    } catch (error) {
      await heed(error, now.id);
      return false;
    }
  });
}

async function again(id: number): Promise<void> {
  show(await api.readPlan(id));
  await refresh();
  const here = town.current.units;
  if (here.size) selected.set(selected.current.filter((one) => here.has(one)));
  void reread();
}

async function heed(error: unknown, id: number): Promise<void> {
  const unreachable = error instanceof ApiError && error.status === 0;
  saving.set(unreachable ? 'failed' : 'saved');
  if (error instanceof ApiError && error.status === 412) {
    refusal.set(say('save.stale'));
    return again(id).catch(() => undefined);
  }
  complain(error);
}

/** Says what went wrong, for a moment and until the next step. */
export function complain(error: unknown): void {
  const text = error instanceof ApiError && error.status === 0 ? say('save.unreachable') : wordsOf(error);
  refusal.set(text);
  toast(text);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? refusalText(error.message) : String(error);
}
