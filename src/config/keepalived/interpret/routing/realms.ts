import type { Word } from '../../text/words.ts';
import type { OptionLine } from './option-line.ts';

/** `[SOURCE/]DESTINATION`, each a number or a name. */
export function readRealms(line: OptionLine, option: Word): string | undefined {
  const word = line.value(option);
  if (word === undefined) return undefined;
  const parts = word.text.split('/');
  if (parts.length > 2 || parts.includes('')) {
    return line.refuse(word, `'${word.text}' is not one or two realms`, 'write 3/4');
  }
  for (const text of parts) line.nameOrNumber({ ...word, text }, option, 'rt_realms', 65_535);
  return word.text;
}
