/** PCRE2, the library that keepalived matches with; part of every Debian. */
import koffi from 'koffi';

type Native = (...args: (number | Uint8Array | null)[]) => number;

export interface Pcre2 {
  readonly compile: Native;
  readonly codeFree: Native;
  readonly patternInfo: Native;
  readonly matchDataCreate: Native;
  readonly matchDataFree: Native;
  readonly contextCreate: Native;
  readonly contextFree: Native;
  readonly setMatchLimit: Native;
  readonly setOffsetLimit: Native;
  readonly match: Native;
  readonly startOfMatch: Native;
  readonly errorMessage: Native;
}

const declarations: Readonly<Record<keyof Pcre2, string>> = {
  compile:
    'uintptr_t pcre2_compile_8(const void *pattern, size_t length, uint32_t options, ' +
    'void *error, void *offset, uintptr_t context)',
  codeFree: 'void pcre2_code_free_8(uintptr_t code)',
  patternInfo: 'int pcre2_pattern_info_8(uintptr_t code, uint32_t what, void *where)',
  matchDataCreate:
    'uintptr_t pcre2_match_data_create_from_pattern_8(uintptr_t code, uintptr_t context)',
  matchDataFree: 'void pcre2_match_data_free_8(uintptr_t data)',
  contextCreate: 'uintptr_t pcre2_match_context_create_8(uintptr_t general)',
  contextFree: 'void pcre2_match_context_free_8(uintptr_t context)',
  setMatchLimit: 'int pcre2_set_match_limit_8(uintptr_t context, uint32_t limit)',
  setOffsetLimit: 'int pcre2_set_offset_limit_8(uintptr_t context, size_t limit)',
  match:
    'int pcre2_match_8(uintptr_t code, const void *subject, size_t length, size_t start, ' +
    'uint32_t options, uintptr_t data, uintptr_t context)',
  startOfMatch: 'size_t pcre2_get_startchar_8(uintptr_t data)',
  errorMessage: 'int pcre2_get_error_message_8(int error, void *text, size_t size)',
};

let loaded: Pcre2 | 'missing' | undefined;

/** Undefined on a host without libpcre2-8. */
export function loadPcre2(): Pcre2 | undefined {
  loaded ??= load();
  return loaded === 'missing' ? undefined : loaded;
}

function load(): Pcre2 | 'missing' {
  try {
    const library = koffi.load('libpcre2-8.so.0');
    const functions = Object.entries(declarations).map(([name, declaration]) => [
      name,
      library.func(declaration) as Native,
    ]);
    return Object.fromEntries(functions) as Pcre2;
  } catch {
    return 'missing';
  }
}
