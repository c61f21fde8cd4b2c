import type { Path } from './draft';
import { takeImage, takeInstanceType, takeSpot } from './machine-choice';
import type { RunnerMove } from './migration';
import type { Option, Options } from './option';
import { fieldOf, isOurs, noteOf } from './option-tables';
import type { Table, Text } from './table';
import { takeTags, type MachineTags } from './tags';

/**
 * `MachineOptions`: options of `docker-machine create` without their hyphens.
 * @see https://gitlab.com/gitlab-org/ci-cd/docker-machine/-/blob/main/docs/drivers/aws.md
 */

/** The key of the list. */
const optionsKey = 'MachineOptions';

function readOption({ text, from }: Text): Option {
  const [name = '', ...rest] = text.split('=');
  return { name, value: rest.length === 0 ? undefined : rest.join('='), text, from };
}

/** Reads the options into the machines at a path; their tags are the result. */
export function takeOptions(table: Table, path: Path, move: RunnerMove): MachineTags {
  const all = table.takeTexts(optionsKey).map(readOption);
  const options: Options = new Map(all.map((option) => [option.name, option]));
  takeInstanceType(options, path, move, table.at(optionsKey));
  takeImage(options, path, move);
  takeSpot(options, path, move);
  const rest = all.filter((option) => !takeKnown(option, path, move));
  takeFurther(rest, path, move);
  return takeTags(options.get('amazonec2-tags'), move.notebook);
}

/** Takes an option over that has a field or a note; whether it has one. */
function takeKnown(option: Option, path: Path, { draft, notebook, type }: RunnerMove): boolean {
  const { name, value, text, from } = option;
  const field = fieldOf(type, name);
  const note = noteOf(option);
  if (field !== undefined)
    draft.set([...path, ...field.path], field.isNumber === true ? Number(value) : value, from);
  else if (note !== undefined && note !== '' && !isOurs(option)) notebook.add(from, note, text);
  return field !== undefined || note !== undefined;
}

/** Docker Machine gets what this project doesn't know; where there is none, it means nothing. */
function takeFurther(options: readonly Option[], path: Path, { draft, notebook, type }: RunnerMove): void {
  options.forEach(({ text, from }, index) => {
    if (type === 'docker-machine') draft.set([...path, 'options', index], text, from);
    else
      notebook.add(
        from,
        'has no successor: what workers need goes into their image (images of the environment, or packages and scripts of a stock image)',
        text,
      );
  });
}
