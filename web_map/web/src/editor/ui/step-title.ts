import type { StepName } from '../wire';
import { sayIf } from '../words';

/** Names a step: by its operation in the language of the page, with what the server says of it. */
export function stepTitle(step: StepName): string {
  return sayIf(`op.${step.op}`, step.title || step.op);
}
