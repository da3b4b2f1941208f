/** Whether the process may do what the files say before its parent has read them (`ahead` in api/checker-child.ts). */
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { Model } from '../../config/model/model.ts';
import { isPidFileTaken } from '../../linux/pid-file.ts';
import { hasErrors } from '../configuration.ts';
import type { DaemonOptions, DaemonRequest } from '../options.ts';
import { settle, settledOptions } from '../settle.ts';

/**
 * The options that its parent will come to; undefined where that has a say: it might refuse to start, run a script
 * first, or start another process in place of this one, which did not inherit what the files ask for.
 */
export function optionsAhead(
  request: DaemonRequest,
  { model, diagnostics }: { readonly model: Model; readonly diagnostics: readonly Diagnostic[] },
): DaemonOptions | undefined {
  const { process, startupScript, cpuAffinity } = model.global;
  const settlement = settle(request, process);
  const isPlain =
    model.checker !== undefined &&
    settlement.identity.networkNamespace === undefined &&
    startupScript === undefined &&
    cpuAffinity === undefined;
  if (!isPlain || hasErrors(diagnostics)) return undefined;
  // Another one balances: it is the parent's to say so.
  if (settlement.pidFiles.some(isPidFileTaken)) return undefined;
  return settledOptions(request, settlement);
}
