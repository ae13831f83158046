import { t } from '../i18n';
import { say } from '../state/app';

// What few visits need is fetched when it is asked for, so that the first scripts stay small.

/** Opens the dialog "my account". */
export async function openAccount(): Promise<void> {
  const found = await fetched(() => import('./account/account-dialog'));
  found?.showAccount();
}

/** Fetches the card that asks for a new password; it draws itself. */
export async function loadPasswordCard(): Promise<void> {
  await fetched(() => import('./account/password-card'));
}

/** Fetches what shows a masked value in clear; it draws itself. */
export async function loadClearValue(): Promise<void> {
  await fetched(() => import('./account/clear-value'));
}

/** Fetches the tree of layers; it draws itself, and its layers on the map. */
export async function loadLayers(): Promise<void> {
  await fetched(() => import('../layers/main'));
}

/** Fetches the questions to networks; they draw themselves, and their answers on the map. */
export async function loadTraces(): Promise<void> {
  await fetched(() => import('../lifeline/main'));
}

// A server that was replaced meanwhile no longer has the files that this page knows by name.
async function fetched<Module>(load: () => Promise<Module>): Promise<Module | null> {
  try {
    return await load();
  } catch (error) {
    console.error(error);
    say(t('app.partMissing'));
    return null;
  }
}
