/** An environment without the variables whose names begin with any of these, and without undefined ones. */
export const withoutVariables = (
  environment: NodeJS.ProcessEnv,
  prefixes: readonly string[],
): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => value !== undefined && !prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
