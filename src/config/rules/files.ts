import type { Refusal } from '../refusal';
import type { Contents } from '../image-model';
import { refuseIf } from './refusals';

/** Why a path inside the repository is no file, if it isn't one: the loader looks, since rules read nothing. */
export type FileProblem = (path: string) => string | undefined;

/** The user's scripts and files must be there when a machine is provisioned with them. */
export function fileRules(
  { scripts, files }: Pick<Contents, 'scripts' | 'files'>,
  fileProblem: FileProblem,
): Refusal[] {
  const references = [
    ...scripts.map((value, index) => ({ path: ['scripts', index], value })),
    ...files.map(({ source }, index) => ({ path: ['files', index, 'source'], value: source })),
  ];
  return references.flatMap(({ path, value }) => {
    const problem = fileProblem(value);
    return refuseIf(problem !== undefined, path, problem ?? '', value);
  });
}
