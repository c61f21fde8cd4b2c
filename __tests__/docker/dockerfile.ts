import * as fs from 'node:fs';
import * as path from 'node:path';
import { REPOSITORY } from '../support/folders';

/** Reads Dockerfiles: their stages, and what their COPY instructions take from the build context. */

/** The images that the repository builds. */
export const IMAGES = ['manager', 'worker'] as const;

export interface Instruction {
  readonly name: string;
  /** Everything after the name, continued lines joined by one space. */
  readonly text: string;
}

/** The instructions of one FROM, itself included. */
export type Stage = readonly Instruction[];

export const dockerfileOf = (image: string): string =>
  fs.readFileSync(path.join(REPOSITORY, 'docker', image, 'Dockerfile'), 'utf8');

/** All instructions of a Dockerfile, without comments. */
export function parse(text: string): Instruction[] {
  const logical = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ');
  return logical.split('\n').map((line) => {
    const match = /^([A-Z]+)\s+(.*)$/.exec(line);
    if (match === null) throw new Error(`not an instruction: ${line}`);
    return { name: match[1] ?? '', text: match[2] ?? '' };
  });
}

export function stagesOf(text: string): Stage[] {
  const stages: Instruction[][] = [];
  for (const instruction of parse(text)) {
    if (instruction.name === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** The stage that becomes the image. */
export function finalStage(image: string): Stage {
  const stage = stagesOf(dockerfileOf(image)).at(-1);
  if (stage === undefined) throw new Error(`${image} has no stage`);
  return stage;
}

export interface Copy {
  readonly sources: readonly string[];
  readonly target: string;
  readonly mode: number | undefined;
}

/** What a stage copies from the build context. */
export const copiesOf = (stage: Stage): Copy[] =>
  stage
    .filter(({ name, text }) => name === 'COPY' && !text.includes('--from='))
    .map(({ text }) => {
      const paths = text.split(/\s+/).filter((word) => !word.startsWith('--'));
      const mode = /--chmod=(\d+)/.exec(text)?.[1];
      return {
        sources: paths.slice(0, -1),
        target: paths.at(-1) ?? '',
        mode: mode === undefined ? undefined : parseInt(mode, 8),
      };
    });

/** The repository's files that a source of COPY stands for; its name may have one `*`. */
export function filesOf(source: string): string[] {
  const folder = path.join(REPOSITORY, path.dirname(source));
  const [start = '', end] = path.basename(source).split('*');
  const isMeant = (name: string): boolean =>
    end === undefined ? name === start : name.startsWith(start) && name.endsWith(end);
  return fs
    .readdirSync(folder)
    .filter(isMeant)
    .map((name) => path.join(folder, name));
}

/** Lays out under `root` what the image has from the build context. */
export function layOut(image: string, root: string): void {
  for (const { sources, target, mode } of copiesOf(finalStage(image))) {
    for (const file of sources.flatMap(filesOf)) {
      const copy = path.join(root, target, target.endsWith('/') ? path.basename(file) : '');
      fs.mkdirSync(path.dirname(copy), { recursive: true });
      fs.copyFileSync(file, copy);
      if (mode !== undefined) fs.chmodSync(copy, mode);
    }
  }
}
