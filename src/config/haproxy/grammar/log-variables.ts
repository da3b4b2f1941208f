/** The variables of log formats: `%ci`. */

const GENERAL = `
  o B H ID ST T Td Tl Th Ts Tc Tt Tu Tw Tq U ac b bc bi bp bq ci cp f fc fi fp ft lc hr hrl hs hsl ms
  pid rc rt s sc si sp sq sslc sslv t ts`;

/** Those that are only known in HTTP. */
const OF_HTTP = 'CC CS HM HP HPO HQ HU HV Ta Ti TR Tr r tr trg trl tsc';

export const LOG_VARIABLES = new Set(GENERAL.trim().split(/\s+/));
export const HTTP_LOG_VARIABLES = new Set(OF_HTTP.split(' '));

/** What may stand in braces before a variable: `%{+Q}r`. */
export const LOG_FLAGS = new Set(['Q', 'X', 'E']);
