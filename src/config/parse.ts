import { environment } from './environment';
import { refusalsOf } from './issues';
import type { Refusal } from './refusal';
import type { Environment } from './model';
import { resolve } from './resolve';
import { rulesAcrossFields } from './rules/across-fields';
import type { FileProblem } from './rules/files';
import { findTokens } from './tokens';

/** An environment, or everything that is wrong with it. */
export type ParseResult =
  | { readonly environment: Environment; readonly refusals?: undefined }
  | { readonly environment?: undefined; readonly refusals: readonly Refusal[] };

const isObject = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Checks what a file exports and makes the model of it: the only place where input is parsed. */
export function parseEnvironment(name: string, input: unknown, fileProblem: FileProblem): ParseResult {
  const checked = environment.superRefine(
    (parsed, context) => {
      for (const { path, rule, value } of rulesAcrossFields(name, parsed, context.issues, fileProblem))
        context.addIssue({ code: 'custom', path: [...path], message: rule, params: { value } });
    },
    // Also when single fields were refused: the rules look only at sound parts.
    { when: ({ value }) => isObject(value) },
  );
  const tokens = findTokens(input);
  const result = checked.safeParse(input);
  if (result.success && tokens.length === 0) return { environment: resolve(name, result.data) };
  return { refusals: [...tokens, ...(result.success ? [] : refusalsOf(result.error, input))] };
}
