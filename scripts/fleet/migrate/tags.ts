import type { Draft } from './draft';
import type { Notebook } from './notes';
import type { Option } from './option';

/** Tags of machines: `name,value,name,value` of each runner there, one object of the whole fleet here. */

/** Tags of machines, with where each stands. */
export type MachineTags = readonly { readonly name: string; readonly value: string; readonly from: string }[];

/** Tags that this project writes itself. */
const ownPrefix = 'gitlab-runner-aws:';

/** Reads the tags of a runner's machines. */
export function takeTags(option: Option | undefined, notebook: Notebook): MachineTags {
  if (option?.value === undefined || option.value === '') return [];
  const parts = option.value.split(',');
  if (parts.length % 2 !== 0) {
    notebook.add(option.from, 'must be names and values in turns, and is left out', option.text);
    return [];
  }
  const tags = parts.flatMap((name, index) =>
    index % 2 === 0 ? [{ name, value: parts[index + 1] ?? '', from: option.from }] : [],
  );
  const [named] = tags.filter(({ name }) => name === 'Name');
  if (named !== undefined)
    notebook.add(
      option.from,
      'has the tag Name, which is left out: machines have names of their own',
      named.value,
    );
  return tags.filter(({ name }) => name !== 'Name' && !name.startsWith(ownPrefix));
}

/** Writes the tags that all runners have; the rest is noted. */
export function setCommonTags(ofRunners: readonly MachineTags[], draft: Draft, notebook: Notebook): void {
  const [first = []] = ofRunners;
  const isCommon = ({ name, value }: MachineTags[number]): boolean =>
    ofRunners.every((tags) => tags.some((tag) => tag.name === name && tag.value === value));
  for (const tag of first.filter(isCommon)) draft.set(['tags', tag.name], tag.value, tag.from);
  for (const { name, value, from } of ofRunners.flat().filter((tag) => !isCommon(tag)))
    notebook.add(from, `has the tag ${name}, which not all runners have: tags are the fleet's`, value);
}
