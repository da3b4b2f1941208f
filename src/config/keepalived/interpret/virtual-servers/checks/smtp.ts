import type { HealthCheck } from '../../../../model/health-check.ts';
import { Values } from '../../values.ts';
import type { CheckReading } from './check.ts';
import { readTiming } from './polled.ts';
import { readTarget } from './target.ts';

const HELO_NAME = 'smtpchecker.keepalived.org';

export function interpretSmtpCheck(reading: CheckReading): HealthCheck {
  const { values, server, place, context } = reading;
  const hosts = values
    .all('host')
    .map(({ block, keyword }) => new Values(block?.statements ?? [], context.report, keyword.at));
  // Words about the check as a whole may stand in its hosts, too; the last of them counts.
  const layers = [...hosts.toReversed(), values, ...place.layers];
  const own = readTarget(values, server, [values, ...place.layers], context);
  const targets = hosts.map((host) =>
    readTarget(
      host,
      { address: own.address, port: own.port },
      [host, values, ...place.layers],
      context,
    ),
  );
  return {
    kind: 'smtp',
    ...readTiming(layers, {}, context),
    heloName: values.text('helo_name') ?? HELO_NAME,
    targets: targets.length > 0 ? targets : [own],
  };
}
