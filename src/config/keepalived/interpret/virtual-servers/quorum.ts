import type { RealServer, VirtualServer } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Report } from '../../report.ts';
import type { Values } from '../values.ts';

/**
 * What the weights of the real servers allow. With no weight at all keepalived reckons with wrapped
 * numbers, so that the quorum is never met; here it stays 1, which comes to the same.
 */
export function readQuorum(
  { keyword }: Statement,
  values: Values,
  realServers: readonly RealServer[],
  report: Report,
): Pick<VirtualServer, 'quorum' | 'hysteresis'> {
  const total = realServers.reduce((sum, { weight }) => sum + weight, 0);
  const written = values.number('quorum') ?? 1;
  const quorum = Math.max(1, Math.min(written, total));
  if (written > total) {
    report.add(
      'quorum-reduced',
      values.position('quorum') ?? keyword.at,
      `quorum ${written} is more than the weight of every real_server together, ${total}: ${quorum} is used`,
    );
  }
  const wanted = values.number('hysteresis') ?? 0;
  if (wanted < quorum) return { quorum, hysteresis: wanted };
  // What was less than the quorum as written has been told of with it.
  if (wanted < written) return { quorum, hysteresis: quorum - 1 };
  report.add(
    'quorum-reduced',
    values.position('hysteresis') ?? keyword.at,
    `hysteresis ${wanted} must be less than the quorum: ${quorum - 1} is used`,
  );
  return { quorum, hysteresis: quorum - 1 };
}
