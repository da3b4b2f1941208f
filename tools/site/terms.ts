/** Words to search by, of English, Russian and Chinese text; the same for what is written and what is asked. */

/**
 * Endings of Russian nouns, adjectives and verbs, the longest first: of a word that is left with four
 * letters at least one is cut, so that one form finds the others.
 */
const RUSSIAN_ENDINGS = [
  ...['иями', 'ями', 'ами', 'ого', 'его', 'ому', 'ему', 'ыми', 'ими', 'ешь', 'ете', 'ться'],
  ...['иях', 'ция', 'ции', 'цию', 'ает', 'яет', 'ают', 'яют', 'ать', 'ять', 'ить', 'еть', 'ует'],
  ...['ия', 'ии', 'ию', 'ие', 'ий', 'ый', 'ой', 'ая', 'яя', 'ое', 'ее', 'ые', 'ых', 'их', 'ом'],
  ...['ем', 'ам', 'ям', 'ах', 'ях', 'ов', 'ев', 'ей', 'ую', 'юю', 'ет', 'ит', 'ут', 'ют', 'ся'],
  ...['а', 'я', 'о', 'е', 'ы', 'и', 'у', 'ю', 'й', 'ь'],
];
const RUSSIAN_STEM_MIN = 4;
const ENGLISH_STEM_MIN = 3;

/**
 * Chinese has no blanks: each pair of neighbours is a word. Names with underscores are one word, and so
 * is each of their parts.
 */
export function splitTerms(text: string): string[] {
  const words = text.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}_])+/gu) ?? [];
  return words.flatMap((word) => {
    if (/\p{Script=Han}/u.test(word)) return pairsOf(word);
    const parts = word.split('_').filter((part) => part !== '');
    return parts.length > 1 ? [word, ...parts] : [word];
  });
}

function pairsOf(word: string): string[] {
  const characters = [...(word.match(/\p{Script=Han}/gu) ?? [])];
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** The form of a word under which it is kept. */
export function stemOf(term: string): string {
  const word = term.toLowerCase().replaceAll('ё', 'е');
  if (/^[а-я]+$/.test(word)) {
    const ending = RUSSIAN_ENDINGS.find(
      (text) => word.endsWith(text) && word.length - text.length >= RUSSIAN_STEM_MIN,
    );
    return ending === undefined ? word : word.slice(0, -ending.length);
  }
  if (/^[a-z]+$/.test(word) && word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) {
    return word.length > ENGLISH_STEM_MIN ? word.slice(0, -1) : word;
  }
  return word;
}
