/** `required`: that nothing matches is an error; `lenient`: it is only mentioned. */
export type IncludePolicy = 'required' | 'lenient';

const POLICIES: Readonly<Record<string, IncludePolicy>> = {
  include: 'lenient',
  includer: 'required',
  includem: 'required',
  includew: 'required',
  includeb: 'required',
  includea: 'required',
};

/** What a keyword of the include family asks for; undefined for any other word. */
export function includePolicy(keyword: string): IncludePolicy | undefined {
  return Object.hasOwn(POLICIES, keyword) ? POLICIES[keyword] : undefined;
}
