/** What keeps a log one line a session, and its fields apart, whatever clients send. */

/** `#` and two hexadecimal digits: what is no printable ASCII, and what would end a field. */
function encode(text: string, special: RegExp): string {
  return text.replace(
    special,
    (char) => `#${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Of a request line. */
export function encodeUri(text: string): string {
  return encode(text, /[^ -~]|["#]/g);
}

/** Of a captured header: they stand between braces, with bars between them. */
export function encodeHeader(text: string): string {
  return encode(text, /[^ -~]|["#{|}]/g);
}

/** Flag `E`, for structured data of RFC 5424. */
export function escapeStructured(text: string): string {
  return text.replace(/["\\\]]/g, '\\$&');
}
