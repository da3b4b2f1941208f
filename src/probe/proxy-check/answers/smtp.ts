/** Replies of a mail server (RFC 5321 §4.2): the code on each line, a hyphen after all but the last one's. */
import { type Answer, type Reading, refusing, well, wrong } from '../steps.ts';

export function readSmtpBanner(answer: Answer): Reading {
  return readReply(answer, (line) => wrong(line));
}

export function readSmtpReply(answer: Answer): Reading {
  return readReply(answer, (line) => refusing(0, line));
}

/** The text of the last line; `strange`: what a line without a code is. */
function readReply({ bytes, end }: Answer, strange: (line: string) => Reading): Reading {
  const lines = bytes.toString('latin1').split('\n');
  // What follows the last end of a line is no line yet, unless nothing follows it.
  const rest = lines.pop() ?? '';
  if (end === 'ended' && rest !== '') lines.push(rest);
  for (const [index, whole] of lines.entries()) {
    const line = whole.replace(/\r$/, '');
    const match = /^(\d{3})(?:([ -])(.*))?$/.exec(line);
    if (match === null) return strange(line);
    const [, digits, mark, text = ''] = match;
    if (mark === '-' && !(end === 'ended' && index === lines.length - 1)) continue;
    const code = Number(digits);
    return code >= 200 && code < 300 ? well(text, code) : refusing(code, text);
  }
  return 'more';
}
