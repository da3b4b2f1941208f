import type { Model } from '../model/model.ts';
import type { HostFacts } from './host-check.ts';
import type { HostClaim } from './interpret/claims.ts';
import type { Report } from './report.ts';

/** What a configuration names beside its model: links, names of numbers, files of keys. */
export function checkClaims(
  claims: readonly HostClaim[],
  { global }: Model,
  host: HostFacts,
  report: Report,
): void {
  for (const claim of claims) {
    const { at } = claim;
    switch (claim.kind) {
      case 'interface':
        if (host.interface(claim.name) === 'present') break;
        if (claim.missing === 'reported' && global.dynamicInterfaces) break;
        report.add(
          claim.missing === 'fatal' ? 'unknown-interface' : 'interface-not-found',
          at,
          `this host has no interface ${claim.name}`,
          'write the name that ip link shows',
        );
        break;
      case 'number-name':
        if (host.numberName?.(claim.database, claim.name) !== 'missing') break;
        report.add(
          'unknown-number-name',
          at,
          `'${claim.name}' is neither a number nor a name that ${claim.database} has`,
        );
        break;
      case 'script':
        // Together with the scripts of the model, since whether they are safe is told once.
        break;
      case 'user':
        checkUser(claim, host, report);
        break;
      case 'key-file':
        checkKeyFile(claim.path, claim, host, report);
        break;
    }
  }
}

function checkUser(
  { user, group, at }: Extract<HostClaim, { kind: 'user' }>,
  host: HostFacts,
  report: Report,
): void {
  const missing =
    host.user(user) === 'missing'
      ? `user ${user}`
      : group !== undefined && host.group(group) === 'missing'
        ? `group ${group}`
        : undefined;
  if (missing !== undefined) report.add('unknown-user', at, `there is no ${missing}`);
}

function checkKeyFile(path: string, { at }: HostClaim, host: HostFacts, report: Report): void {
  switch (host.keyFile?.(path)) {
    case 'open':
      report.add(
        'key-file-open',
        at,
        `others than its owner may read or change ${path}: the key is not used`,
        `chmod 600 ${path}`,
      );
      break;
    case 'missing':
      report.add('key-file-unusable', at, `${path} cannot be read: the key is not used`);
      break;
    case 'invalid':
      report.add('key-file-unusable', at, `${path} does not hold a key of 32 to 64 characters`);
      break;
    default:
      break;
  }
}
