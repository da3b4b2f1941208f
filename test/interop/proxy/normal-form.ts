/** What may differ between two runs of one program is taken out. */

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

/** Ports in PROXY headers, and the names of folders. */
export function normalBytes(text: string): string {
  const plain = text
    .replace(/^(PROXY TCP[46] \S+ \S+) \d+ \d+/, '$1 … …')
    .replace(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:…');
  if (!plain.startsWith(SIGNATURE)) return plain;
  const ports = plain.charCodeAt(13) === 0x21 ? 48 : 24;
  if (plain.charCodeAt(12) === 0x20) return plain;
  return `${plain.slice(0, ports)}pppp${plain.slice(ports + 4)}`;
}

/** Commands that are shown to whoever names none are those of each program. */
export const normalAnswer = (answer: string): string =>
  answer.replace(/^(Unknown command, .*\n)[\s\S]*$/, '$1…');

/** Dates, ports, durations, and counts of connections: who has just gone is counted by chance. */
export function normalLine(line: string): string {
  return (
    line
      .replace(/\[\d\d\/\w{3}\/\d{4}:[\d:.]+(?: [+-]\d{4})?\]/g, '[date]')
      .replace(/((?:\d{1,3}\.){3}\d{1,3}|::1|unix|::ffff:[\d.]+):\d+/g, '$1:port')
      .replace(/ (\+?-?\d+(?:\/\+?-?\d+){2,4}) /, (_all, times: string) => {
        const parts = times.split('/').map((each) => (each === '-1' ? '-1' : 'ms'));
        return ` ${parts.join('/')} `;
      })
      // The form of web servers' logs.
      .replace(/"" "" \d+ \d+ /, '"" "" port ms ')
      .replace(/( "\S+")(?: -?\d+){5} (----) \d+ \d+ /, '$1 ms $2 n n ')
      // A line that is cut loses as much as its durations are longer.
      .replace(/x{500,}$/, 'x…')
      // Who is cut off has had as much as sockets hold.
      .replace(/ \d{7,} (?=[cs]D|- - [cs]D)/, ' many ')
      .replace(/ \d+\/\d+\/\d+\/\d+\/(\+?\d+) /, ' n/n/n/n/$1 ')
  );
}
