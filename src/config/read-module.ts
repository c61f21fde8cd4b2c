import { redact } from './tokens';

/** What a file exports as its default, or why there is none. */
export type DefaultExport = { readonly value: unknown } | { readonly failure: string };

/** Reads a module that was found at run time; a failure is a sentence of our own: each loader says it otherwise. */
export function readDefaultExport(path: string): DefaultExport {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- found by reading the folder, at run time
    const module: unknown = require(path);
    if (typeof module === 'object' && module !== null && 'default' in module)
      return { value: module.default };
    return {
      failure: 'must export the environment as its default: export default { … } satisfies EnvironmentInput',
    };
  } catch (error) {
    return { failure: failureOf(error, path) };
  }
}

/** Not `instanceof`: what a test runner loads has errors of another realm. */
const isError = (error: unknown): error is Error =>
  typeof error === 'object' && error !== null && 'message' in error && 'stack' in error;

function failureOf(error: unknown, path: string): string {
  if (!isError(error)) return 'throws while it is loaded';
  if ('code' in error && error.code === 'MODULE_NOT_FOUND')
    return 'imports a module that cannot be found; an environment imports only files of its folder that start with _';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.some((line) => line.includes(`${path}:`))
    ? `throws while it is loaded: ${redact(error.message.split('\n')[0] ?? '')}`
    : 'is not valid TypeScript; npm run check:types shows the line';
}
