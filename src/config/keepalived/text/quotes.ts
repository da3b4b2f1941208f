/** Where the quotes of a line are, and where one is never closed. */
export interface QuoteScan {
  /** First index at which a character that `stops` accepts stands outside quotes; -1: nowhere. */
  readonly stop: number;
  /** Index of a quote that is never closed; -1: all are closed. */
  readonly unterminated: number;
}

/**
 * Reads from `from` to the first unquoted character of `stops`. `\"` inside quotes does not end
 * them, unless the line only adds up when it does.
 */
export function scanQuotes(text: string, from: number, stops: StopTest): QuoteScan {
  const escaped = scan(text, from, stops, 'escapes');
  if (escaped.unterminated === -1) return escaped;
  const plain = scan(text, from, stops, 'plain');
  return plain.unterminated === -1 ? plain : escaped;
}

export type StopTest = (text: string, index: number) => boolean;

function scan(text: string, from: number, stops: StopTest, mode: 'escapes' | 'plain'): QuoteScan {
  let open = -1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (open !== -1 && character === '\\' && mode === 'escapes') at++;
    else if (character === '"') open = open === -1 ? at : -1;
    else if (open === -1 && stops(text, at)) return { stop: at, unterminated: -1 };
  }
  return { stop: -1, unterminated: open };
}
