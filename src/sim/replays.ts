/** Side messages of others that were recorded, and are sent once more by somebody who has no key. */
import type { Rng } from '../base/rng.ts';
import { millis } from '../base/time.ts';
import type { SimHost } from './host.ts';
import type { Letter } from './types.ts';
import type { World } from './world.ts';

/** No proof is good for so long; what is younger is a message that comes late. */
const OLD = millis(4500);
const FRESH = millis(1500);

/** One that must not change anything; of earlier sessions, of this one, or the host's own. */
export function recordingFor(rng: Rng, world: World, host: SimHost): Letter | undefined {
  const { recordings } = world.network;
  const isOwn = ({ interface: name, message }: Letter): boolean =>
    host.addressesOf(name).includes(message.sender);
  if (rng.chance(0.3)) {
    const own = recordings.findLast((letter) => isOwn(letter));
    const isRecent = own !== undefined && world.now - own.sentAt < FRESH;
    return isRecent ? { ...own, forged: 'reflection' } : undefined;
  }
  const old = recordings.filter(({ sentAt }) => world.now - sentAt >= OLD);
  // What names somebody does the most harm.
  const naming = old.filter(({ message }) => message.resignation !== undefined);
  const chosen = naming.length > 0 && rng.chance(0.5) ? naming : old;
  return chosen.length === 0 ? undefined : { ...rng.pick(chosen), forged: 'replay' };
}
