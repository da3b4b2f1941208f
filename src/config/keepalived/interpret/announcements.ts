import { type Micros, seconds, ZERO } from '../../../base/time.ts';
import type { AnnouncementPolicy } from '../../model/vrrp.ts';
import type { Context } from './context.ts';
import { type GarpDefaults, readRepeat } from './globals.ts';
import type { Values } from './values.ts';

/** How often addresses are announced: the instance's own words, else those of global_defs. */
export function readAnnouncements(
  values: Values,
  defaults: GarpDefaults,
  strict: boolean,
  context: Context,
): AnnouncementPolicy {
  const wholeSeconds = (name: string): Micros | undefined => {
    const number = values.number(name);
    return number === undefined ? undefined : seconds(number);
  };
  const repeat = readRepeat(values, 'garp_master_repeat', context) ?? defaults.repeat;
  const delay = wholeSeconds('garp_master_delay') ?? defaults.delay;
  const lowerPriorityDelay = wholeSeconds('garp_lower_prio_delay') ?? defaults.lowerPriorityDelay;
  const lowerPriorityRepeat =
    values.number('garp_lower_prio_repeat') ?? defaults.lowerPriorityRepeat;
  return {
    repeat,
    delay,
    refresh: wholeSeconds('garp_master_refresh') ?? defaults.refresh,
    refreshRepeat:
      readRepeat(values, 'garp_master_refresh_repeat', context) ?? defaults.refreshRepeat,
    lowerPriorityRepeat: strict ? 0 : lowerPriorityRepeat,
    lowerPriorityDelay: strict ? ZERO : lowerPriorityDelay,
    arpInterval: defaults.arpInterval,
    naInterval: defaults.naInterval,
  };
}
