/** The members that are given: null and undefined mean the same as absent. */
export const given = <T extends object>(members: T | null | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(members ?? {}).filter(([, value]) => value != null)) as Partial<T>;
