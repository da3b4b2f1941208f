/**
 * A short mark of texts, by which something is started anew when they have changed: FNV-1a, twice 32
 * bits. Not for secrets.
 */
export function fingerprint(texts: readonly string[]): string {
  const halves = [0x811c9dc5, 0x01000193].map((start) => {
    let hash = start;
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
      }
      // Where one text ends belongs to it.
      hash = Math.imul(hash ^ 0xff00, 0x01000193) >>> 0;
    }
    return hash.toString(16).padStart(8, '0');
  });
  return halves.join('');
}
