import type { HealthCheck, UdpCheck } from '../../../../model/health-check.ts';
import type { Word } from '../../../text/words.ts';
import type { CheckReading } from './check.ts';
import { readTiming } from './polled.ts';
import { readTarget } from './target.ts';

const MAX_REPLY = 255;

export function interpretUdpCheck(reading: CheckReading): HealthCheck {
  const { values, server, place, context } = reading;
  const layers = [values, ...place.layers];
  // One that is ignored leaves in force what an earlier one said.
  const payload = values
    .all('payload')
    .map(({ words }) => readHex(words, 'digits', reading))
    .findLast((bytes) => bytes !== undefined);
  const minReplyLength = values.number('min_reply_length') ?? 0;
  const maxReplyLength = values.number('max_reply_length') ?? MAX_REPLY;
  const at = values.position('min_reply_length') ?? values.position('max_reply_length');
  if (minReplyLength > maxReplyLength && at !== undefined) {
    context.report.add(
      'impossible-check',
      at,
      `no reply has at least ${minReplyLength} and at most ${maxReplyLength} bytes: the check always fails`,
    );
  }
  return {
    kind: 'udp',
    ...readTiming(layers, {}, context),
    target: readTarget(values, server, layers, context),
    ...(payload !== undefined && { payload }),
    reply: readReply(reading),
    minReplyLength,
    maxReplyLength,
  };
}

function readReply(reading: CheckReading): UdpCheck['reply'] {
  const replies = reading.values.all('require_reply').map(({ words }) => {
    if (words.length === 0) return 'required';
    const pattern = readHex(words, 'digits and x', reading);
    return pattern === undefined ? undefined : { pattern };
  });
  return replies.findLast((reply) => reply !== undefined) ?? 'unneeded';
}

/** Two digits make a byte; an odd one out at the end of a group is a byte of its own. */
function readHex(
  words: readonly Word[],
  alphabet: 'digits' | 'digits and x',
  { context: { report } }: CheckReading,
): string | undefined {
  const allowed = alphabet === 'digits' ? /^[0-9a-f\s]+$/i : /^[0-9a-fx\s]+$/i;
  const wrong = words.find(({ text }) => !allowed.test(text));
  if (wrong !== undefined) {
    report.add(
      'invalid-hex',
      wrong.at,
      `'${wrong.text}' is not made of hex digits${alphabet === 'digits' ? '' : ' and x'}: the line is ignored`,
    );
    return undefined;
  }
  const groups = words.flatMap(({ text }) => text.split(/\s+/).filter((group) => group !== ''));
  if (groups.length === 0) return undefined;
  const bytes = groups.flatMap((group) => group.match(/..?/g) ?? []);
  return bytes.map((byte) => byte.padStart(2, '0').toLowerCase()).join('');
}
