import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where this project keeps what it downloads; nothing in it is needed again once deleted.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (a relative path is to be ignored)
 */
export const cacheFolder = (): string => {
  const { XDG_CACHE_HOME: cache = '' } = process.env;
  return join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'gitlab-runner-aws');
};
