import type { SchedulerFlag } from '../../../model/virtual-server.ts';
import type { Report } from '../../report.ts';
import { Values } from '../values.ts';

/** The kernel's flags by the words for them; `hashed` is set by the kernel itself. */
const FLAGS: Readonly<Record<string, SchedulerFlag | undefined>> = {
  'flag-1': 'flag-1',
  'flag-2': 'flag-2',
  'flag-3': 'flag-3',
  'sh-fallback': 'flag-1',
  'mh-fallback': 'flag-1',
  'sh-port': 'flag-2',
  'mh-port': 'flag-2',
  hashed: undefined,
};

export interface Scheduling {
  readonly scheduler: string | undefined;
  readonly flags: readonly SchedulerFlag[];
}

/** Flags of a scheduler count behind the line that names it. */
export function readScheduling({ statements }: Values, report: Report): Scheduling {
  let scheduler: string | undefined;
  const flags = new Set<SchedulerFlag>();
  for (const statement of statements) {
    const { keyword, definition } = statement;
    if ((definition.spellingOf ?? definition.name) === 'lvs_sched') {
      scheduler = new Values([statement], report).text('lvs_sched') ?? scheduler;
      continue;
    }
    if (!Object.hasOwn(FLAGS, definition.name)) continue;
    const flag = FLAGS[definition.name];
    const isGeneral = definition.name.startsWith('flag-');
    if (!isGeneral && scheduler !== 'sh' && scheduler !== 'mh') {
      report.add(
        'flag-without-scheduler',
        keyword.at,
        `'${definition.name}' is for the schedulers sh and mh only and is ignored`,
        `write it behind lvs_sched ${definition.name.startsWith('mh') ? 'mh' : 'sh'}`,
      );
    } else if (flag !== undefined) flags.add(flag);
  }
  return { scheduler, flags: [...flags].sort() };
}
