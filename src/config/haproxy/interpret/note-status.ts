import type { Keyword } from '../grammar/keyword.ts';
import type { LineOption } from '../grammar/option.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';

/** Says what is not done with a keyword; `apply` where it is acted upon. */
export function noteStatus(
  line: Line,
  word: Word | undefined,
  { name, status, note = '', ...rest }: Keyword | LineOption,
): 'apply' | 'leave' {
  switch (status) {
    case 'acted':
      return 'apply';
    case 'no-effect':
      return 'leave';
    case 'ignored':
      line.tell('not-applied', word, `'${name}' is accepted, not applied: ${note}`);
      return 'leave';
    case 'refused':
      line.tell('not-supported', word, `'${name}' is not supported: ${note}`);
      return 'leave';
    case 'removed': {
      const isRead = 'stillRead' in rest && rest.stillRead === 'still-read';
      const code = isRead ? 'old-keyword' : 'removed-keyword';
      line.tell(code, word, `'${name}' is no longer part of the language`, note);
      return isRead ? 'apply' : 'leave';
    }
  }
}
