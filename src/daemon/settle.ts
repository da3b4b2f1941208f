/** What is decided once, before anything else: which daemon of this host this one is. */
import type { ProcessModel } from '../config/model/process.ts';
import { type DaemonIdentity, inNamespaceFolder, pidFilePath } from './instance-names.ts';
import type { DaemonOptions, DaemonRequest } from './options.ts';

/** What does not change as long as the process lives, also when another program takes its place. */
export interface Settlement {
  readonly identity: DaemonIdentity;
  readonly pidFiles: readonly string[];
  /** The host's core_pattern before this daemon changed it (`-M`). */
  readonly patternBefore?: string;
}

export function settle(request: DaemonRequest, process: ProcessModel = {}): Settlement {
  const identity = identityOf(request, process);
  const folder = process.usePidFolder === true ? 'own' : 'usual';
  const pidFiles = request.pidFiles.map((wanted) =>
    typeof wanted === 'string'
      ? inNamespaceFolder(wanted, identity.networkNamespace)
      : pidFilePath(wanted.owner, identity, folder),
  );
  return { identity, pidFiles };
}

export function settledOptions(request: DaemonRequest, settlement: Settlement): DaemonOptions {
  return { ...request, ...settlement };
}

/** What a configuration wants to change although it cannot, as sentences. */
export function lateWishes(
  { identity, ...request }: DaemonOptions,
  process: ProcessModel = {},
): readonly string[] {
  const wanted = identityOf(request, process);
  return [
    ...(wanted.networkNamespace === identity.networkNamespace ? [] : ['net_namespace']),
    ...(wanted.instance === identity.instance ? [] : ['instance']),
  ].map((keyword) => `${keyword} cannot change at a reload: it takes a restart`);
}

function identityOf(
  request: Pick<DaemonRequest, 'networkNamespace'>,
  { networkNamespace, instance }: ProcessModel,
): DaemonIdentity {
  const namespace = request.networkNamespace ?? networkNamespace;
  return {
    ...(namespace !== undefined && { networkNamespace: namespace }),
    ...(instance !== undefined && { instance }),
  };
}
