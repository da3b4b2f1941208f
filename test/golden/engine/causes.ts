import type { Cause } from '../../../src/core/vrrp/types.ts';

export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'startup':
    case 'recovered':
      return cause.kind;
    case 'otherOwner':
      return `other owner ${cause.from}`;
    case 'masterDown': {
      const { lastMaster, afterPriorityZero, lateUs } = cause;
      const said = afterPriorityZero ? ', which said goodbye' : '';
      return `nothing from ${lastMaster ?? 'anybody'}${said}${lateUs === 0 ? '' : `, ${lateUs} us late`}`;
    }
    case 'advert':
      return `heard ${cause.priority} from ${cause.from}, own ${cause.ownPriority}`;
    case 'interface':
      return `interface ${cause.name} ${cause.state}`;
    case 'noSource':
      return 'no source address';
    case 'tracker':
      return `${cause.report.kind} ${cause.report.name} ${cause.report.verdict} (${cause.report.detail})`;
    case 'addressLost':
      return `lost ${cause.address}`;
    case 'overslept':
      return `overslept by ${cause.forUs} us`;
    case 'synced':
      return `sync group ${cause.group}: ${cause.after}`;
    case 'named':
      return `named by ${cause.by} (${cause.why}), own ${cause.ownPriority}`;
    case 'operator':
      return cause.action;
  }
}
