/** Cases in which ours does otherwise than haproxy, by the reason (docs/haproxy-differences.md). */
const byReason: Readonly<Record<string, readonly string[]>> = {
  'who waits for a server that goes is sent to another one at once': [
    'a server goes while clients wait for it',
  ],
  'interim responses are not for clients of 1.0': ['framing: 100 for a client of 1.0'],
  'a request that may be repeated, and that a kept connection did not answer, is asked again': [
    'keeping: a kept connection that ends when it is asked again',
  ],
  'refused, where two readers could read two things': [
    'malformed: NUL in a value',
    'malformed: a response with NUL in a value',
    'malformed: chunks with bare line feeds',
  ],
  'HTTP/2 is not spoken': ['malformed: the preface of HTTP/2'],
  'the statistics say 401 where they send it': ['rules: the stats page asks for a password'],
  'a PROXY header may come in parts, and is read as its description says': [
    'accept-proxy: v1, unknown with addresses',
    'accept-proxy: v1 in bits',
  ],
};

export const differences: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, names]) =>
    names.map((name) => [name, reason] as const),
  ),
);
