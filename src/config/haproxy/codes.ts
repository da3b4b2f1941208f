import { type CodeEntry, entry } from './code-entry.ts';

/** Everything that can be said about a haproxy.cfg. Codes are never renamed. */
export const CODES = {
  // Files and lines
  'config-missing': entry('fatal', 'error', 'A configuration file cannot be read.'),
  'no-final-newline': entry(
    'warning',
    'error',
    'The last line does not end with a newline; it is read all the same, HAProxy refuses the file.',
  ),
  'nul-in-line': entry('error', 'error', 'A line contains a NUL byte.'),
  'unmatched-quote': entry('error', 'error', 'A quote has no partner on its line.'),
  'bad-escape': entry('error', 'error', 'Behind \\x two hexadecimal digits are missing.'),
  'bad-variable': entry('error', 'error', 'A variable in double quotes cannot be read.'),
  'too-many-words': entry('error', 'error', 'A line has more than 64 words.'),
  'unknown-directive': entry('error', 'error', 'A word that begins with a dot is no directive.'),
  'bad-condition': entry('error', 'error', 'The condition of .if or .elif cannot be read.'),
  'condition-misplaced': entry('error', 'error', '.elif, .else or .endif where none can stand.'),
  'condition-not-closed': entry('error', 'error', 'An .if has no .endif in its file.'),
  'message-notice': entry('info', 'silent', 'What a .notice of the configuration says.'),
  'message-warning': entry('warning', 'warning', 'What a .warning of the configuration says.'),
  'message-alert': entry('error', 'error', 'What an .alert of the configuration says.'),
  // Sections and keywords
  'outside-section': entry('error', 'error', 'A keyword stands before the first section.'),
  'unknown-keyword': entry('error', 'error', 'A word stands where a keyword must, and is none.'),
  'wrong-section': entry('error', 'error', 'A keyword stands in a section that does not have it.'),
  'no-effect-here': entry(
    'warning',
    'warning',
    'A keyword does nothing in this kind of section or mode.',
  ),
  'removed-keyword': entry('error', 'error', 'A keyword that is no longer part of the language.'),
  'old-keyword': entry(
    'warning',
    'error',
    'A keyword that HAProxy no longer knows; it is read as what has taken its place.',
  ),
  'not-applied': entry('warning', 'silent', 'A keyword that is accepted and not applied.'),
  'not-supported': entry(
    'error',
    'silent',
    'A keyword without which the rest would mean something else; holdfast does not do it.',
  ),
  'missing-argument': entry('error', 'error', 'A keyword lacks an argument.'),
  'too-many-arguments': entry('error', 'error', 'A keyword has arguments too many.'),
  'invalid-value': entry('error', 'error', 'A value is none that can stand there.'),
  'not-a-number': entry(
    'error',
    'varies',
    'Letters where a number must stand; HAProxy takes some of them for 0.',
  ),
  'out-of-range': entry(
    'error',
    'varies',
    'A number that is too small or too large; HAProxy cuts some of them silently.',
  ),
  'missing-value': entry(
    'error',
    'varies',
    'An option lacks its value; HAProxy takes some for 0 or nothing.',
  ),
  'surplus-ignored': entry('warning', 'silent', 'Words that are ignored.'),
  'later-version': entry('info', 'error', 'Something that only later versions of HAProxy know.'),
  'surplus-after-unit': entry('warning', 'warning', 'Letters behind the unit of a time.'),
  'section-name-missing': entry('error', 'error', 'A section that must have a name has none.'),
  'section-name-invalid': entry(
    'error',
    'error',
    'The name of a section has letters that it cannot have.',
  ),
  'section-address': entry('error', 'error', 'An address on the line of a section; write bind.'),
  'unknown-defaults': entry('error', 'error', 'No defaults section has the name behind from.'),
  'duplicate-proxy': entry('error', 'error', 'Two proxies of one side have one name.'),
  'same-name': entry(
    'info',
    'silent',
    'A frontend and a backend have one name, which HAProxy no longer takes from version 3.3 on.',
  ),
  'duplicate-ignored': entry('warning', 'warning', 'A second of one name is ignored.'),
  'duplicate-section': entry('error', 'error', 'Two sections of one kind have one name.'),
  // Addresses, names, files
  'invalid-address': entry('error', 'error', 'An address cannot be read or cannot stand there.'),
  'short-address': entry(
    'error',
    'silent',
    'An IPv4 address of fewer than four numbers, which would be filled up with zeros.',
  ),
  'server-without-address': entry(
    'error',
    'silent',
    'A server has no address, mostly because a variable was empty; HAProxy would connect to itself.',
  ),
  'literal-variable': entry(
    'error',
    'varies',
    'A variable stands where an address is wanted, and is not set.',
  ),
  unresolved: entry(
    'warning',
    'error',
    'The name of a server has no address yet; it is down until it has one.',
  ),
  'unresolved-bind': entry('error', 'error', 'The name behind bind has no address.'),
  'file-unreadable': entry('error', 'error', 'A file that the configuration names cannot be read.'),
  'bad-certificate': entry('error', 'error', 'A file holds no certificate with its key.'),
  // Proxies as a whole
  'missing-timeout': entry(
    'warning',
    'warning',
    'A proxy has no time limit for connecting, clients or servers.',
  ),
  'no-bind': entry('warning', 'warning', 'A frontend listens nowhere.'),
  'unknown-backend': entry('error', 'error', 'No backend has that name.'),
  'backend-mode': entry(
    'error',
    'error',
    'A frontend in mode http hands over to a backend in mode tcp.',
  ),
  'duplicate-server': entry('error', 'error', 'Two servers of one backend have one name.'),
  'duplicate-id': entry(
    'error',
    'error',
    'Two proxies, or two servers of one backend, have one id.',
  ),
  'check-without-port': entry(
    'error',
    'error',
    'A server with check has no port to be checked at.',
  ),
  'tls-without-ca': entry('error', 'error', 'A server is to be verified, and there is no ca-file.'),
  tracking: entry('error', 'error', 'A server tracks one that is not there or is not checked.'),
  'agent-without-port': entry('error', 'error', 'A server with agent-check has no agent-port.'),
  'unknown-acl': entry('error', 'error', 'A condition names an acl that is not defined before it.'),
  'bad-acl': entry('error', 'error', 'A condition, an acl or a sample cannot be read.'),
  'empty-condition': entry(
    'error',
    'silent',
    'A condition is missing; HAProxy takes it for one that never holds.',
  ),
  'unknown-reference': entry(
    'error',
    'error',
    'A backend, server, frontend, table, userlist, cache or resolvers section is not there.',
  ),
  'unknown-account': entry('error', 'error', 'A user or group is not known on this host.'),
  'backend-loop': entry(
    'error',
    'error',
    'A proxy hands over to itself, directly or through others.',
  ),
  'bad-format': entry('error', 'error', 'A format for logs or headers cannot be read.'),
  'too-much': entry(
    'error',
    'silent',
    'More addresses to listen at or servers than anybody means.',
  ),
  'condition-too-large': entry(
    'error',
    'silent',
    'An unless has so many alternatives that it is refused.',
  ),
  'rule-order': entry(
    'warning',
    'warning',
    'A rule stands behind others that are carried out after it.',
  ),
  deprecated: entry('warning', 'warning', 'Something that HAProxy will not read for ever.'),
  'no-listener': entry(
    'info',
    'silent',
    'No proxy listens, so the program ends at once; HAProxy ends its test with 2.',
  ),
  'warning-is-error': entry('error', 'error', 'zero-warning is set, and there are warnings.'),
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;
