/** Virtual servers as somebody who changes a few of them says them: a keepalived.conf with these alone. */
import { hostname } from 'node:os';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { createRng } from '../../base/rng.ts';
import { readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { createMemoryFiles } from '../../config/keepalived/memory-files.ts';
import type { LoadBalancing, VirtualServer } from '../../config/model/virtual-server.ts';
import { hasErrors } from '../configuration.ts';

const FILE = 'change-servers';

/** What is wrong with it is in words for whoever sent it. */
export function readServersText(text: string): Result<readonly VirtualServer[], string> {
  const { model, loadBalancing, diagnostics } = readKeepalivedConfig(FILE, {
    files: createMemoryFiles({ [FILE]: text }),
    // What the text says must not depend on where it is read.
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: hostname(),
  });
  if (hasErrors(diagnostics)) return failed(diagnostics.map(formatDiagnostic).join('; '));
  if (model.instances.length > 0) return failed('there are virtual routers in it');
  const { virtualServers } = loadBalancing;
  return isPlain(loadBalancing) ? ok(virtualServers) : failed(NOT_PLAIN);
}

export const NOT_PLAIN =
  'virtual servers of groups and marks, track_checks, FILE_CHECK, BFD_CHECK and ha_suspend take a reload';

/** Whether each virtual server stands for itself. */
export function isPlain({ groups, virtualServers, trackChecks }: LoadBalancing): boolean {
  const isTold = ({ kind }: { readonly kind: string }): boolean =>
    kind === 'file' || kind === 'bfd';
  return (
    groups.length + trackChecks.length === 0 &&
    virtualServers.every(
      ({ key, suspendWithoutAddress, realServers }) =>
        key.kind === 'address' &&
        !suspendWithoutAddress &&
        !realServers.some(({ checks }) => checks.some(isTold)),
    )
  );
}
